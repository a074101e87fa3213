internal import Glibc
internal import Linux

/// Watches a running restic: asks it to end when Remanso shall stop, when its time is over, or when it makes no
/// progress. It is asked with SIGINT, the only signal on which every version takes its lock out of the repository, and
/// killed when it does not obey.
final class Watch: Sendable {
    enum Cause: Sendable, Equatable { case interruption, deadline, stall }

    struct Rules: Sendable {
        /// When restic is ended.
        var deadline: Instant?
        /// Seconds without progress after which it is ended; `nil` for any time.
        var patience: Double?
        /// Whether a request to stop ends it.
        var isInterruptible = true
        /// Told twice a second what restic has moved.
        var onTraffic: (@Sendable (Traffic) -> Void)?
    }

    private struct State {
        var cause: Cause?
        var wasKilled = false
        var progressCount = 0
    }

    /// Less than this between two looks is the noise of retries, not progress.
    private static let progressBytes: UInt64 = 256 << 10
    /// Seconds that restic has to put its affairs in order.
    private static let grace = 10.0

    private let rules: Rules
    private let state = Shared(State())
    private let reader: Descriptor
    private let writer = Shared<Descriptor?>(nil)
    private let thread = Shared<Thread?>(nil)

    init(_ rules: Rules) throws(SystemError) {
        self.rules = rules
        var ends: [Int32] = [-1, -1]
        try check("pipe", "pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reader = Descriptor(owning: ends[0], path: "pipe")
        let other = Descriptor(owning: ends[1], path: "pipe")
        writer.withLock { $0 = other }
    }

    /// Begins to watch this process.
    func start(_ pid: pid_t) {
        let started = Thread { self.watch(pid) }
        thread.withLock { $0 = started }
    }

    /// Tells of progress that the traffic does not show, such as unchanged files passed over.
    func noteProgress() { state.withLock { $0.progressCount += 1 } }

    /// Ends the watch.
    /// - Returns: why restic was ended, and whether it had to be killed.
    func stop() -> (cause: Cause?, wasKilled: Bool) {
        writer.withLock { $0 = nil }
        thread.withLock { running -> Thread? in
            defer { running = nil }
            return running
        }?.join()
        return state.withLock { ($0.cause, $0.wasKilled) }
    }

    private func watch(_ pid: pid_t) {
        // With its start time a pid names one process for ever.
        guard let process = ProcessTable.entry(pid) else { return }
        var lastProgress = Instant.now, lastTotal: UInt64 = 0, lastCount = 0
        while !isOver(milliseconds: wait(), interruptible: rules.isInterruptible) {
            let traffic = Traffic(of: pid)
            rules.onTraffic?(traffic)
            let count = state.withLock { $0.progressCount }
            if count != lastCount || traffic.total > lastTotal &+ Self.progressBytes {
                (lastProgress, lastTotal, lastCount) = (.now, traffic.total, count)
            }
            guard let cause = cause(lastProgress: lastProgress) else { continue }
            state.withLock { $0.cause = cause }
            return end(process)
        }
    }

    private func wait() -> Int32 { min(500, rules.deadline?.millisecondsLeft ?? 500) }

    private func cause(lastProgress: Instant) -> Cause? {
        if rules.isInterruptible, Interruption.signal != nil { return .interruption }
        if let deadline = rules.deadline, deadline < .now { return .deadline }
        if let patience = rules.patience, lastProgress.advanced(bySeconds: patience) < .now { return .stall }
        return nil
    }

    private func end(_ process: ProcessEntry) {
        signal(process, SIGINT)
        if isOver(milliseconds: Int32(Self.grace * 1000), interruptible: false) { return }
        state.withLock { $0.wasKilled = true }
        signal(process, SIGKILL)
    }

    private func signal(_ process: ProcessEntry, _ number: Int32) {
        guard ProcessTable.entry(process.pid)?.startTime == process.startTime else { return }
        kill(process.pid, number)
    }

    /// Waits until the watch is stopped, at most this long.
    private func isOver(milliseconds: Int32, interruptible: Bool) -> Bool {
        var polls = [
            pollfd(fd: reader.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interruptible ? Interruption.descriptor : -1, events: Int16(POLLIN), revents: 0),
        ]
        poll(&polls, nfds_t(polls.count), milliseconds)
        return polls[0].revents != 0
    }
}

/// What restic has moved through read(2) and write(2), sockets and pipes included.
struct Traffic: Sendable {
    private(set) var read: UInt64 = 0
    private(set) var written: UInt64 = 0

    init(of pid: pid_t) {
        for line in Files.text("/proc/\(pid)/io")?.split(separator: "\n") ?? [] {
            if line.hasPrefix("rchar: ") { read = UInt64(line.dropFirst(7)) ?? 0 }
            if line.hasPrefix("wchar: ") { written = UInt64(line.dropFirst(7)) ?? 0 }
        }
    }

    var total: UInt64 { read &+ written }
}
