internal import Glibc
internal import Linux
internal import Messages

/// A server with `innodb_flush_log_at_trx_commit = 0` keeps commits that it has acknowledged in memory, for a second as a
/// rule: a snapshot would miss them.
struct MariaDBLazyLog {
    private let connection: MariaDBConnection
    private let server: MariaDBServer

    init(_ connection: MariaDBConnection, _ server: MariaDBServer) {
        self.connection = connection
        self.server = server
    }

    /// What is done, in the server's words.
    static func action(_ server: MariaDBServer) -> String {
        server.isMariaDB ? "SHOW GLOBAL STATUS LIKE 'Innodb_lsn_flushed'" : flush
    }

    private static let flush = "FLUSH LOCAL ENGINE LOGS"

    /// Returns when all that was committed is in InnoDB's log files. Nothing may be committed meanwhile.
    /// - Throws: `.quiesceFailed`, `.deadlineExceeded`.
    func write(until end: Instant) throws(ApplicationFault) {
        let start = Instant.now
        do throws(MariaDBError) {
            // MariaDB takes the setting to hold for this statement, too: its own thread writes the log every second.
            if !server.isMariaDB { return try connection.run(Self.flush) }
            let wanted = try position("Innodb_lsn_current")
            while try position("Innodb_lsn_flushed") < wanted {
                if end < Instant.now { break }
                usleep(10_000)
            }
        } catch {
            throw .quiesceFailed(detail: "innodb_flush_log_at_trx_commit = 0: \(error.description)")
        }
        if end < Instant.now { throw .deadlineExceeded(seconds: end.milliseconds(since: start) / 1000) }
    }

    private func position(_ name: String) throws(MariaDBError) -> Int {
        let rows = try connection.rows("SHOW GLOBAL STATUS LIKE '\(name)'")
        guard let value = rows.first?.last.flatMap({ $0 }).flatMap({ Int($0) }) else {
            throw MariaDBError(number: 0, text: name)
        }
        return value
    }
}
