internal import Glibc
internal import Linux
internal import Messages

/// Holds a read transaction on each file, from before the snapshot until after it.
///
/// With a log (WAL), writers go on: nothing of the log that the transaction might need is overwritten, so the file and its
/// log belong together even when they are read one after the other. With a rollback journal, writers may begin, and their
/// commits wait: the file stays as it is. A write transaction of ours would add nothing but waiting.
///
/// The locks are the process's own: they are gone when it ends, however it ends. One thread works with the session;
/// `interrupt` may come from another.
final class SQLiteSession: ApplicationSession, @unchecked Sendable {
    private static let patience = 5.0

    private let settings: ApplicationSettings
    private let databases = Shared<[SQLiteDatabase]>([])
    private let isInterrupted = Shared(false)
    private var locks: [FileLocks] = []

    init(_ settings: ApplicationSettings) { self.settings = settings }

    func survey() throws(ApplicationFault) -> ApplicationSurvey {
        let library = try SQLiteLibrary()
        var survey = ApplicationSurvey(version: library.version, folders: [])
        var files: [String] = []
        for path in settings.paths("files") {
            let database = try open(path, library)
            // `folders` are folders: a log or a journal beside the file is as much a part of it.
            let folder = Files.parent(of: database.file)
            if !survey.folders.contains(folder) { survey.folders.append(folder) }
            for pragma in ["journal_mode", "page_size"] {
                let rows = try query(database, "PRAGMA \(pragma)", until: patienceEnd)
                survey.facts["\(pragma) \(database.file)"] = rows.first?.first
            }
            files.append(database.file)
        }
        survey.facts["files"] = files.joined(separator: "\n")
        return survey
    }

    func prepare(_ log: any StepLog) throws(ApplicationFault) {
        for database in opened {
            // PASSIVE is the one way that neither waits for anybody nor makes anybody wait. Without a log it does nothing.
            try log.measure("PRAGMA wal_checkpoint(PASSIVE) \(database.file)") { () throws(ApplicationFault) in
                _ = try query(database, "PRAGMA wal_checkpoint(PASSIVE)", until: patienceEnd)
            }
        }
    }

    func quiesce(_ log: any StepLog) throws(ApplicationFault) {
        let deadline = Instant.now.advanced(bySeconds: settings.deadlineSeconds)
        for database in opened {
            try log.measure("BEGIN; SELECT \(database.file)") { () throws(ApplicationFault) in
                try query(database, "BEGIN DEFERRED", until: deadline)
                try query(database, "SELECT 1 FROM sqlite_master LIMIT 1", until: min(deadline, patienceEnd))
                let locks = FileLocks(of: database.file)
                guard !locks.isEmpty else { throw .quiesceFailed(detail: "\(database.file): /proc/locks") }
                self.locks.append(locks)
            }
        }
    }

    func release(_ log: any StepLog) throws(ApplicationFault) -> ApplicationRelease {
        defer { close() }
        for held in locks where !FileLocks(of: held.file).contains(held) {
            throw .sessionLost(detail: "\(held.file): /proc/locks")
        }
        for database in opened {
            try log.measure("COMMIT \(database.file)") { () throws(ApplicationFault) in
                do throws(SQLiteFailure) {
                    try database.query("COMMIT")
                } catch {
                    throw .releaseFailed(detail: "\(database.file): \(error.text)")
                }
            }
        }
        return ApplicationRelease()
    }

    func close() { opened.forEach { $0.close() } }

    func interrupt() {
        isInterrupted.withLock { $0 = true }
        opened.forEach { $0.interrupt() }
        close()
    }

    // MARK: Files

    private var opened: [SQLiteDatabase] { databases.withLock { $0 } }

    private var patienceEnd: Instant {
        .now.advanced(bySeconds: settings.seconds("busyTimeout") ?? Self.patience)
    }

    private func open(_ path: String, _ library: SQLiteLibrary) throws(ApplicationFault) -> SQLiteDatabase {
        guard let file = Files.resolved(path) else {
            throw .setting(key: "files", reason: "\(path): \(SystemError.reason(of: errno))")
        }
        guard !Files.isFolder(file) else {
            throw .setting(key: "files", reason: "\(path): \(SystemError.reason(of: EISDIR))")
        }
        do {
            let database = try SQLiteDatabase(file, library)
            databases.withLock { $0.append(database) }
            return database
        } catch {
            throw error.fault(file)
        }
    }

    /// SQLite's own busy timeout would sleep through an interruption.
    @discardableResult
    private func query(
        _ database: SQLiteDatabase, _ statement: String, until limit: Instant
    ) throws(ApplicationFault) -> [[String]] {
        while true {
            do throws(SQLiteFailure) {
                return try database.query(statement)
            } catch {
                if isInterrupted.withLock({ $0 }) { throw .deadlineExceeded(seconds: settings.deadlineSeconds) }
                guard error.isBusy, Instant.now < limit else { throw error.fault(database.file) }
                usleep(2_000)
            }
        }
    }
}

/// The locks that this process holds on a database file, as the kernel says. SQLite itself would not notice a loss: a
/// process loses its locks on a file as soon as any part of it closes any descriptor of that file (fcntl(2)).
struct FileLocks {
    let file: String
    private let lines: Set<String>

    init(of file: String) {
        self.file = file
        let inodes = [file, "\(file)-shm"].compactMap { path -> String? in
            var status = stat()
            return stat(path, &status) == 0 ? "\(status.st_ino)" : nil
        }
        // "1: POSIX  ADVISORY  READ 4711 fe:00:131 1073741826 1073742335"
        let own = (Files.text("/proc/locks") ?? "").split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard words.count == 8, words[4] == "\(getpid())", let inode = words[5].split(separator: ":").last else {
                return nil
            }
            return inodes.contains(String(inode)) ? words.dropFirst().joined(separator: " ") : nil
        }
        lines = Set(own)
    }

    var isEmpty: Bool { lines.isEmpty }

    func contains(_ other: FileLocks) -> Bool { lines.isSuperset(of: other.lines) }
}
