public import Linux
public import Messages

extension Vault {
    /// `restic mount`: shows every snapshot below `ids/` in a folder until the folder is unmounted. It holds a lock of
    /// the repository so long.
    /// - Throws: `.resticMissing`, `.vaultPasswordUnusable`, `.vaultEnvironmentUnusable`, `.cannotWrite`.
    public func mountProgram(at folder: String) throws(Failure) -> Program {
        try restic.program(for: ResticTask(["mount", folder], isLocking: true))
    }

    /// What it means that `restic mount` has ended by itself.
    /// - Parameter words: what it has written.
    public func failureOfMount(_ words: String) -> Failure {
        let words = ResticWords(restic.scrubbed(words))
        return Failure(words.problem(status: 1, location: location, workFolder: restic.options.workFolder))
    }

    /// Removes the lock that a restic of this machine has left when it was killed.
    public func removeLock(of pid: Int32) { _ = try? restic.removeOwnStaleLocks(host: Host.name, pids: [pid]) }

    /// Seconds that a remote repository may take without any progress.
    public var patience: Double { restic.options.patience }
}
