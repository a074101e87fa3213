internal import Glibc
internal import Linux
internal import Messages

/// Brings what InnoDB has in memory into its log files: changes that no commit has written, such as those of sequences, and
/// with `innodb_flush_log_at_trx_commit = 0` the commits of the last second. A snapshot would miss them.
struct MariaDBRedoLog {
    let connection: MariaDBConnection
    let server: MariaDBServer
    /// The setting is 0.
    let isLazy: Bool

    private static let flush = "FLUSH LOCAL ENGINE LOGS"
    private static let question = "SHOW GLOBAL STATUS LIKE 'Innodb_lsn_flushed'"

    /// Returns when all is written. Nothing may be committed meanwhile.
    /// - Throws: `.quiesceFailed`.
    func write(until end: Instant, _ log: any StepLog) throws(ApplicationFault) {
        // MySQL has no sequences.
        if server.isMariaDB || isLazy {
            try log.measure(Self.flush) { () throws(ApplicationFault) in
                do throws(MariaDBError) {
                    try connection.run(Self.flush)
                } catch {
                    throw .quiesceFailed(detail: "\(Self.flush): \(error.description)")
                }
            }
        }
        // MariaDB takes the setting to hold for that statement, too: its own thread writes the log every second.
        if server.isMariaDB, isLazy {
            try log.measure(Self.question) { () throws(ApplicationFault) in try wait(until: end) }
        }
    }

    private func wait(until end: Instant) throws(ApplicationFault) {
        do throws(MariaDBError) {
            let wanted = try position("Innodb_lsn_current")
            while try position("Innodb_lsn_flushed") < wanted {
                if end < Instant.now { throw MariaDBError(number: 1969, text: Self.question) }
                usleep(10_000)
            }
        } catch {
            throw .quiesceFailed(detail: "innodb_flush_log_at_trx_commit = 0: \(error.description)")
        }
    }

    private func position(_ name: String) throws(MariaDBError) -> Int {
        let rows = try connection.rows("SHOW GLOBAL STATUS LIKE '\(name)'")
        guard let value = rows.first?.last.flatMap({ $0 }).flatMap({ Int($0) }) else {
            throw MariaDBError(number: 0, text: name)
        }
        return value
    }
}
