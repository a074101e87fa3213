internal import Messages

/// Where a server's history stands: what a replica that is made from the backup starts with.
struct MariaDBPosition {
    private let connection: MariaDBConnection
    private let server: MariaDBServer
    private let hasBinaryLog: Bool

    init(_ connection: MariaDBConnection, _ server: MariaDBServer, hasBinaryLog: Bool) {
        self.connection = connection
        self.server = server
        self.hasBinaryLog = hasBinaryLog
    }

    func facts() throws(MariaDBError) -> [String: String] {
        var facts: [String: String] = [:]
        if hasBinaryLog, let status = try connection.records(server.binaryLogStatus).first {
            facts["binlogFile"] = status["File"]
            facts["binlogPosition"] = status["Position"]
        }
        let variables =
            server.isMariaDB
            ? ["gtid_binlog_pos", "gtid_current_pos", "gtid_slave_pos"] : ["gtid_executed", "gtid_purged"]
        for name in variables {
            let value = try connection.rows("SELECT @@GLOBAL.\(name)").first?.first.flatMap { $0 }
            if let value, !value.isEmpty { facts[name] = value.replacing("\n", with: "") }
        }
        return facts
    }
}
