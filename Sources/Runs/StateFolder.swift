internal import Glibc
public import Linux
public import Messages

/// The folder `/run/remanso` with the lock, the journal and the freeze ledger. A reboot empties it.
public struct StateFolder: Sendable {
    /// The folder.
    public let path: String

    var lockPath: String { path + "/lock" }
    var journalPath: String { path + "/run.json" }
    /// The record of what is frozen.
    public var ledgerPath: String { path + "/freeze.ledger" }
    /// Files of applications that belong to a recovery point and lie on no volume, below it at their own paths.
    var filesPath: String { path + "/files" }
    /// The report that travels into the vault; its name never changes, so that restic finds the parent.
    var reportPath: String { path + "/report.json" }

    /// Makes the folder, for root alone.
    /// - Throws: `.cannotWrite`.
    public init(_ path: String) throws(Failure) {
        self.path = path
        do {
            try Files.makeFolder(path)
        } catch {
            throw Failure(.cannotWrite(path: path, reason: error.reason))
        }
    }

    /// Takes the lock that one run at a time holds; it goes with the descriptor.
    /// - Throws: `.alreadyRunning` with the holder's pid.
    public func lock() throws(Failure) -> Descriptor {
        do {
            let file = try Descriptor.open(lockPath, O_RDWR | O_CREAT | O_NOFOLLOW)
            if flock(file.number, LOCK_EX | LOCK_NB) != 0 {
                throw Failure(.alreadyRunning(pid: Files.line(lockPath).flatMap(pid_t.init) ?? 0))
            }
            ftruncate(file.number, 0)
            try file.writeAll("\(getpid())\n".utf8)
            return file
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.cannotWrite(path: lockPath, reason: String(describing: error)))
        }
    }

    /// Whether a live run holds the lock.
    public var isLocked: Bool {
        guard let file = try? Descriptor.open(lockPath, O_RDWR) else { return false }
        return flock(file.number, LOCK_EX | LOCK_NB) != 0
    }
}
