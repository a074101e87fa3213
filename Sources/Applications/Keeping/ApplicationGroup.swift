internal import Glibc
internal import Linux
public import Messages

/// The applications of a run, held by a keeper process. One thread uses it.
public final class ApplicationGroup {
    /// The hidden command of `remanso` that serves as the keeper.
    public static let keeperCommand = "keep-applications"

    /// The keeper's process number.
    public let pid: Int32
    private let settings: [ApplicationSettings]
    private let process: Descriptor
    private let requests: Descriptor
    private let answers: Descriptor
    private var reader: LineReader
    private var results: [ApplicationResult]
    private var isOver = false

    /// Seconds for a survey, or for what takes its time but stops nobody.
    private static let patience = (survey: 30.0, prepare: 3600.0)
    /// Seconds beyond the applications' own deadlines after which the keeper itself must hang.
    private static let grace = 5.0

    /// Starts the keeper.
    /// - Parameter program: the program `remanso`.
    public init(_ settings: [ApplicationSettings], program: String) throws(Failure) {
        self.settings = settings
        results = settings.map { ApplicationResult(record: ApplicationRecord($0)) }
        do throws(SystemError) {
            let input = try Pipe(), output = try Pipe()
            var keeper = Program(.path(program), [Self.keeperCommand])
            keeper.input = input.reader
            // It outlives a run that is killed, to let go what the run held.
            keeper.parentDeathSignal = 0
            let null = try Descriptor.open("/dev/null", O_WRONLY)
            (pid, process) = try ChildProcess.spawn(keeper, output: output.writer, errors: null)
            (requests, answers) = (input.writer, output.reader)
            reader = LineReader(answers.number)
            try requests.writeAll(JSONLine.encode(settings))
        } catch {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
    }

    deinit { close() }

    /// Asks every application what is where.
    public func survey() throws(Failure) -> [ApplicationResult] { try perform(.survey, seconds: Self.patience.survey) }

    /// Leaves applications alone from now on.
    /// - Parameter faults: why, by their names.
    public func refuse(_ faults: [String: ApplicationFault]) throws(Failure) -> [ApplicationResult] {
        try perform(.refuse(faults), seconds: Self.patience.survey)
    }

    /// Does what is slow and stops nobody.
    public func prepare() throws(Failure) -> [ApplicationResult] {
        try perform(.prepare, seconds: Self.patience.prepare)
    }

    /// Brings every application to rest, side by side.
    public func quiesce() throws(Failure) -> [ApplicationResult] {
        try perform(.quiesce, seconds: longestDeadline + Self.grace)
    }

    /// Lets every application go, also when this process was asked to stop.
    public func release() -> [ApplicationResult] {
        let results = try? perform(.release, seconds: longestDeadline + Self.grace, isInterruptible: false)
        return results ?? self.results
    }

    private var longestDeadline: Double { settings.map(\.deadlineSeconds).max() ?? 0 }

    private func perform(_ work: KeeperWork, seconds: Double, isInterruptible: Bool = true) throws(Failure)
        -> [ApplicationResult]
    {
        if isOver { return results }
        let deadline = Instant.now.advanced(bySeconds: seconds)
        guard (try? requests.writeAll(JSONLine.encode(work))) != nil else { return lost("EPIPE") }
        switch reader.next(other: isInterruptible ? Interruption.descriptor : -1, until: deadline) {
        case .line(let line):
            guard let answer = JSONLine.decode([ApplicationResult].self, line), answer.count == settings.count else {
                return lost("EPROTO")
            }
            results = answer
            return answer
        case .end: return lost("keeper")
        case .timeout: return lost("\(Int(seconds)) s")
        case .other: throw Failure(.interrupted(signal: Interruption.signal ?? SIGTERM))
        }
    }

    /// The keeper is gone, or hangs: with it go the sessions.
    private func lost(_ detail: String) -> [ApplicationResult] {
        close(patience: 0)
        for index in results.indices where results[index].fault == nil {
            results[index].fault = .sessionLost(detail: detail)
            results[index].record.wasHeld = false
        }
        return results
    }

    /// Ends the keeper, which lets everything go.
    public func close() { close(patience: 15) }

    private func close(patience: Double) {
        if isOver { return }
        isOver = true
        shutdownRequests()
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        if poll(&one, 1, Int32(patience * 1000)) == 0 {
            kill(pid, SIGKILL)
            poll(&one, 1, -1)
        }
        _ = ChildProcess.wait(for: pid)
    }

    /// Closes the pipe although the descriptor lives on: its number stays taken, by a reader of nothing.
    private func shutdownRequests() {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard null >= 0 else { return }
        dup2(null, requests.number)
        _ = fcntl(requests.number, F_SETFD, FD_CLOEXEC)
        Glibc.close(null)
    }
}
