internal import Linux
internal import Messages

/// What is asked of restored data.
enum MariaDBChecks {
    /// In this order: the server's log is complete only when all data has been read.
    static let all = [
        DrillCheck("mariadb-check --all-databases --check --extended") { (room) throws(DrillFault) in
            try tables(room)
        },
        DrillCheck("SELECT * FROM every table") { (room) throws(DrillFault) in try rows(room) },
        DrillCheck("SHOW BINARY LOGS against the recorded position") { (room) throws(DrillFault) in
            try position(room)
        },
        DrillCheck("server log") { (room) throws(DrillFault) in try log(room) },
    ]

    /// Seconds; a large database is read whole.
    private static let patience = 86_400.0

    // MARK: The tables' own check

    private static func tables(_ room: DrillRoom) throws(DrillFault) -> String {
        let names = room.record.facts["flavour"] == "mysql" ? ["mysqlcheck"] : ["mariadb-check", "mysqlcheck"]
        guard let program = names.first(where: { Program.find($0) != nil }) else {
            throw .programMissing(program: names[0])
        }
        let files = MariaDBDrillFiles(room: room)
        let result = try room.run(
            program, ["--defaults-file=\(files.client)", "--all-databases", "--check", "--extended"], seconds: patience)
        // It exits with 0 although tables are damaged: only its lines say so.
        guard result.ending == .exited(0), !result.timedOut, !tellsDamage(result.output) else {
            throw .checkFailed(check: all[0].name, output: result.output)
        }
        return result.output
    }

    private static func tellsDamage(_ output: String) -> Bool {
        output.split(separator: "\n").contains { line in
            let words = line.lowercased().split(separator: ":", maxSplits: 1).map { $0.filter { $0 != " " } }
            guard let kind = words.first, words.count == 2 else { return false }
            return kind == "error" || kind == "warning"
        }
    }

    // MARK: Every row

    /// Long values lie on pages that the tables' own check does not read.
    private static func rows(_ room: DrillRoom) throws(DrillFault) -> String {
        let name = all[1].name
        let connection = try connect(room, for: name)
        var lines: [String] = []
        do throws(MariaDBError) {
            for table in try connection.rows(tablesWithData) {
                guard let schema = table[0], let table = table[1] else { continue }
                lines.append("\(schema).\(table)")
                lines.append("\(try connection.count("SELECT * FROM \(quoted(schema)).\(quoted(table))")) rows")
            }
        } catch {
            let last = lines.last ?? ""
            throw .checkFailed(check: name, output: "\(last): \(error.description)")
        }
        return stride(from: 0, to: lines.count - 1, by: 2).map { "\(lines[$0]): \(lines[$0 + 1])" }
            .joined(separator: "\n")
    }

    private static func connect(_ room: DrillRoom, for check: String) throws(DrillFault) -> MariaDBConnection {
        do throws(ApplicationFault) {
            return try MariaDBDrillFiles(room: room).connect()
        } catch {
            throw .checkFailed(check: check, output: "\(error)")
        }
    }

    private static let tablesWithData = """
        SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', \
        'SYSTEM VERSIONED', 'SEQUENCE') AND ENGINE IN ('InnoDB', 'Aria', 'MyISAM', 'ROCKSDB', 'ARCHIVE', 'CSV') \
        ORDER BY TABLE_SCHEMA, TABLE_NAME
        """

    private static func quoted(_ name: String) -> String { "`" + name.replacing("`", with: "``") + "`" }

    // MARK: The binary log

    /// While it was held nothing was added to the binary log: a file of another length is of another moment.
    private static func position(_ room: DrillRoom) throws(DrillFault) -> String {
        let facts = room.record.facts
        guard room.record.wasHeld, let file = facts["binlogFile"], let position = facts["binlogPosition"] else {
            return "not recorded"
        }
        let name = all[2].name
        let connection = try connect(room, for: name)
        do throws(MariaDBError) {
            let logs = try connection.records("SHOW BINARY LOGS")
            let found = logs.first { $0["Log_name"] == file }?["File_size"] ?? "none"
            guard found == position else {
                throw MariaDBError(number: 0, text: "\(file): \(position) recorded, \(found) found")
            }
        } catch {
            throw .checkFailed(check: name, output: error.text)
        }
        return "\(file): \(position)"
    }

    // MARK: The server's log

    private static func log(_ room: DrillRoom) throws(DrillFault) -> String {
        let text = Files.text(MariaDBDrillFiles(room: room).errorLog, limit: 256 << 20) ?? ""
        let lines = text.split(separator: "\n").map(String.init)
        let bad = lines.filter(tellsDamageInLog)
        if !bad.isEmpty { throw .checkFailed(check: all[3].name, output: bad.prefix(50).joined(separator: "\n")) }
        return lines.suffix(200).joined(separator: "\n")
    }

    /// An error of InnoDB, or a word of damage in whatever is more than a note.
    private static func tellsDamageInLog(_ line: String) -> Bool {
        let small = line.lowercased()
        let isError = small.contains("[error]")
        guard isError || small.contains("[warning]") else { return false }
        if isError && small.contains("innodb") { return true }
        let words = ["corrupt", "crashed", "is in the future", "checksum mismatch", "incorrect key file"]
        return words.contains(where: small.contains)
    }
}
