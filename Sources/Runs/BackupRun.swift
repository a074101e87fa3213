internal import FoundationEssentials
internal import Freezing
internal import Glibc
internal import Linux
public import Messages
public import Vault

/// What a run tells while it goes on. Progress comes from another thread than the phases.
public protocol RunObserver: AnyObject, Sendable {
    /// A phase starts.
    func phaseStarted(_ phase: PhaseName)
    /// Data moves to the vault.
    func stored(_ progress: StoreProgress)
    /// A failed run is tried again.
    func willRetry(attempt: Int, afterSeconds seconds: Double)
}

/// The whole run: lock, crash recovery, attempts, report.
public enum BackupRun {
    /// Runs once, or as often as the options allow when it fails for a reason that may pass.
    /// - Returns: the report, also of a failed run.
    /// - Throws: `.alreadyRunning`, `.cannotWrite` and `.notRoot`, when nothing was done at all.
    public static func perform(_ options: RunOptions, observer: (any RunObserver)?) throws(Failure) -> Report {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let state = try StateFolder(options.stateFolder)
        let lock = try state.lock()
        defer { withExtendedLifetime(lock) {} }
        ProcessTable.adoptOrphans()
        let inherited = recoverEarlierRun(state)
        var report = Report()
        for number in 1...max(1, options.attempts) {
            let attempt = Attempt(options, number: number, state: state, earlier: inherited, observer: observer)
            report = attempt.run()
            guard report.outcome == .failed, attempt.isWorthRetry, number < options.attempts else { break }
            observer?.willRetry(attempt: number + 1, afterSeconds: options.retryDelaySeconds)
            if !pause(options.retryDelaySeconds) { break }
        }
        return report
    }

    private static func recoverEarlierRun(_ state: StateFolder) -> [Finding] {
        let recovered = CrashRecovery.finish(state)
        guard let id = recovered.recoveryPoint else { return [] }
        let phase = PhaseName.preflight.rawValue
        let problems = recovered.problems.map { Finding($0, severity: .warning, phase: phase) }
        return [Finding(.recoveredEarlierRun(recoveryPoint: id), severity: .warning, phase: phase)] + problems
    }

    /// Waits; `false` when a request to stop came first.
    private static func pause(_ seconds: Double) -> Bool {
        let end = Instant.now.advanced(bySeconds: seconds)
        var one = pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)
        while Interruption.signal == nil {
            let left = end.millisecondsLeft
            if left == 0 { return true }
            poll(&one, 1, left)
        }
        return false
    }
}
