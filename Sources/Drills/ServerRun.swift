internal import Applications
internal import Glibc
internal import Linux
internal import Messages

/// The application's own program while it runs; no amount of output blocks it.
final class ServerRun: Sendable {
    /// Seconds that an orderly end may take.
    private static let grace = 60.0

    let program: String
    let started: Instant
    let pid: pid_t
    private let stopSignal: Int32
    private let logFile: String?
    private let state: Shared<State>
    private let thread: Thread

    private struct State {
        var pid: pid_t = 0
        var outcome: Result<ProcessResult, SystemError>?
    }

    /// How it ended, and the end of what it has written.
    struct Ending {
        let how: String
        let log: String
    }

    /// Starts it as the application's user.
    /// - Throws: `.impossible` when it cannot be started.
    init(_ server: DrillServer, in room: DrillRoom) throws(DrillFault) {
        program = server.program
        stopSignal = server.stopSignal
        logFile = server.log
        let state = Shared(State())
        self.state = state
        var limits = ChildProcess.Limits()
        limits.onStart = { pid in state.withLock { $0.pid = pid } }
        let child = room.asUser(server.program, server.arguments, server.environment), fixed = limits
        started = .now
        let thread = Thread {
            let outcome = Result { () throws(SystemError) in try ChildProcess.run(child, fixed) }
            state.withLock { $0.outcome = outcome }
        }
        guard let thread else { throw .impossible(detail: "pthread_create") }
        self.thread = thread
        while true {
            let (pid, outcome) = state.withLock { ($0.pid, $0.outcome) }
            if case .failure(let error) = outcome { throw .impossible(detail: error.description) }
            if pid > 0 {
                self.pid = pid
                return
            }
            usleep(500)
        }
    }

    /// How it ended; `nil` while it runs.
    var ending: Ending? {
        guard let outcome = state.withLock({ $0.outcome }) else { return nil }
        guard case .success(let result) = outcome else { return Ending(how: "?", log: "") }
        let how =
            switch result.ending {
            case .exited(let status): "exit status \(status)"
            case .killed(let signal): "signal \(signal)"
            }
        let own = logFile.flatMap { Files.text($0) }.map { String($0.suffix(64 << 10)) } ?? ""
        let log = [result.output.text, result.errors.text, own].filter { !$0.isEmpty }.joined(separator: "\n")
        return Ending(how: how, log: log)
    }

    /// Ends it in an orderly way, and by force when it takes too long; nothing of it is left.
    func stop() -> Ending {
        let end = Instant.now.advanced(bySeconds: Self.grace)
        if ending == nil { kill(pid, stopSignal) }
        while ending == nil {
            if end < Instant.now || Interruption.signal != nil { kill(pid, SIGKILL) }
            usleep(5_000)
        }
        return ending ?? Ending(how: "?", log: "")
    }
}
