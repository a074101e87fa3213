public import Freezing
internal import Glibc
internal import Linux
public import Messages
public import Scripts
internal import Snapshots
internal import Vault

/// Undoes what a run that died has left: the same list that a living run walks, read from its journal.
public enum CrashRecovery {
    /// What was undone.
    public struct Result: Sendable {
        /// One step for each volume that was frozen, or might have been.
        public var thawed: [FreezeRecovery.Step] = []
        /// The recovery point that the dead run was making; `nil` when no run was interrupted.
        public var recoveryPoint: String?
        /// The executions of owed post-scripts.
        public var postScripts: [ScriptAttempt] = []
        /// What could not be undone.
        public var problems: [Problem] = []

        /// Nothing was undone.
        public init() {}
    }

    /// Thaws at once what a ledger still names, whoever holds the lock.
    public static func thaw(_ state: StateFolder) -> [FreezeRecovery.Step] {
        FreezeRecovery.undo(ledgerPath: state.ledgerPath)
    }

    /// Finishes a dead run: thaw, end its scripts, owed post-scripts, stale snapshots, stale vault lock. Call with the lock
    /// held.
    public static func finish(_ state: StateFolder) -> Result {
        var result = Result()
        result.thawed = thaw(state)
        result.problems = result.thawed.compactMap(\.problem)
        guard var record = Journal.read(state.journalPath) else { return result }
        result.recoveryPoint = record.recoveryPoint
        if record.bootID == BootID.current {
            record.scriptLeaders.forEach(endSession)
            endKeeper(record, &result)
            for owed in record.owedPostScripts { runPostScript(owed, &result) }
        }
        // What is done is not done again, also when something else is left for the next time.
        record.scriptLeaders = []
        record.owedPostScripts = []
        record.keeper = nil
        record.heldApplications = nil
        Journal.write(record, to: state.journalPath)
        for leftover in record.leftovers {
            do throws(Failure) {
                try SnapshotProviders.named(leftover.provider)?.remove(leftover: leftover.token)
            } catch {
                result.problems.append(error.problem)
            }
        }
        if let location = record.vault, !record.resticPIDs.isEmpty {
            do throws(Failure) {
                _ = try Vault(location).removeOwnStaleLocks(pids: Set(record.resticPIDs))
            } catch {
                result.problems.append(error.problem)
            }
        }
        if result.problems.isEmpty { unlink(state.journalPath) }
        return result
    }

    /// The keeper has noticed that its run is gone, and lets everything go; what was left of one that is gone too is undone.
    private static func endKeeper(_ record: JournalRecord, _ result: inout Result) {
        if let keeper = record.keeper {
            let patience = Instant.now.advanced(bySeconds: 15)
            while lives(keeper), patience.millisecondsLeft > 0 { poll(nil, 0, 20) }
            if lives(keeper) { kill(keeper.pid, SIGKILL) }
        }
        for settings in record.heldApplications ?? [] {
            if let problem = HeldApplications.recover(settings) { result.problems.append(problem) }
        }
    }

    private static func lives(_ process: JournalRecord.LiveProcess) -> Bool {
        guard let entry = ProcessTable.entry(process.pid) else { return false }
        return entry.startTime == process.startTime && !entry.isZombie
    }

    private static func endSession(_ process: JournalRecord.LiveProcess) {
        // The leader may be gone while its session lives on; another process with its number means that both are gone.
        if let entry = ProcessTable.entry(process.pid), entry.startTime != process.startTime { return }
        ProcessTable.endSession(process.pid)
    }

    private static func runPostScript(_ owed: JournalRecord.OwedPostScript, _ result: inout Result) {
        do throws(Failure) {
            let script = try CheckedScript.open(owed.plugin.post, .post)
            let outcome = ScriptRun.run(
                script, plugin: owed.plugin, environment: owed.environment, isInterruptible: false,
                sweepsOrphans: true)
            result.postScripts += outcome.attempts
            if let problem = outcome.problem { result.problems.append(problem) }
        } catch {
            result.problems.append(error.problem)
        }
    }
}
