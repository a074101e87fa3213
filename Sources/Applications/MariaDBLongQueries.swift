internal import Messages

/// Statements that run for so long already that the lock would queue behind them, and everybody behind the lock.
struct MariaDBLongQueries {
    let connection: MariaDBConnection
    let lock: MariaDBServer.Lock
    /// Seconds.
    let limit: Double

    /// - Throws: `.busy` for the first of them.
    func check() throws(ApplicationFault) {
        do throws(MariaDBError) {
            let harmless = try writersOfInnoDB()
            let own = "\(connection.line.threadID)"
            for process in try connection.records("SHOW FULL PROCESSLIST") {
                guard let number = process["Id"], number != own, !harmless.contains(number) else { continue }
                if let seconds = Double(process["Time"] ?? ""), seconds >= limit, isInTheWay(process) {
                    throw MariaDBError(number: 1205, text: Self.description(of: process))
                }
            }
        } catch {
            throw error.isWaitTimeout ? .busy(detail: error.text) : error.faultOnAsking
        }
    }

    /// `BACKUP STAGE` waits only for statements that write to tables without transactions, and for changes of tables.
    private func isInTheWay(_ process: [String: String]) -> Bool {
        guard ["Query", "Execute"].contains(process["Command"] ?? ""), let statement = process["Info"] else {
            return false
        }
        if lock != .stages { return true }
        let word = statement.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }.uppercased()
        return !["SELECT", "SHOW", "EXPLAIN", "ANALYZE", "WITH", "DO", "KILL"].contains(word)
    }

    /// Connections that have changed rows of InnoDB, for which `BACKUP STAGE` does not wait. One that writes to other
    /// tables in the same statement is not told apart: for that one the lock has its limit of time.
    private func writersOfInnoDB() throws(MariaDBError) -> Set<String> {
        guard lock == .stages else { return [] }
        let rows = try connection.rows(
            "SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX WHERE trx_rows_modified > 0")
        return Set(rows.compactMap { $0.first ?? nil })
    }

    /// Without what stands between quotes: it may be a secret.
    private static func description(of process: [String: String]) -> String {
        var shown = ""
        var quote: Character?
        for character in (process["Info"] ?? "").prefix(2000) {
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            if character == "'" || character == "\"" {
                quote = character
                shown += "?"
            } else {
                shown.append(character.isNewline ? " " : character)
            }
        }
        let place = [process["User"], process["Host"]].compactMap { $0 }.joined(separator: "@")
        return "connection \(process["Id"] ?? "") (\(place)), \(process["Time"] ?? "") s: \(shown.prefix(80))"
    }
}
