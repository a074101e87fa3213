internal import Glibc
internal import Linux
internal import Messages

/// The files by which a drill starts a server and speaks with it, all in the room's folder.
struct MariaDBDrillFiles {
    /// What decides how the files are read; the server's settings of these names come back at the drill.
    static let keptSettings = [
        "character_set_server", "collation_server", "innodb_checksum_algorithm", "innodb_data_file_path",
        "innodb_directories", "innodb_log_file_size", "innodb_log_files_in_group", "innodb_page_size",
        "innodb_redo_log_capacity", "innodb_undo_tablespaces", "lower_case_table_names", "server_id",
    ]
    /// The same, for folders and the beginnings of names of files.
    static let keptPaths = [
        "aria_log_dir_path", "basedir", "character_sets_dir", "datadir", "innodb_data_home_dir",
        "innodb_doublewrite_dir", "innodb_log_group_home_dir", "innodb_undo_directory", "lc_messages_dir",
        "log_bin_basename", "log_bin_index", "plugin_dir", "relay_log_basename", "relay_log_index", "rocksdb_datadir",
        "rocksdb_wal_dir",
    ]
    /// Settings whose option has another name.
    private static let options = ["log_bin_basename": "log_bin", "relay_log_basename": "relay_log"]
    private static let user = "remanso_drill"

    let room: DrillRoom

    private var facts: [String: String] { room.record.facts }
    private var isMariaDB: Bool { facts["flavour"] != "mysql" }

    var settings: String { "\(room.folder)/my.cnf" }
    var client: String { "\(room.folder)/client.cnf" }
    var errorLog: String { "\(room.folder)/error.log" }
    private var socket: String { "\(room.folder)/server.sock" }
    private var start: String { "\(room.folder)/start.sql" }
    private var temporary: String { "\(room.folder)/tmp" }

    /// Writes them, for the application's user alone.
    /// - Throws: `.impossible`.
    func write() throws(DrillFault) {
        // sun_path of unix(7), with its end.
        guard socket.utf8.count < 108 else {
            throw .impossible(detail: "\(socket): \(SystemError.reason(of: ENAMETOOLONG))")
        }
        let password = Self.password()
        do throws(SystemError) {
            try Files.makeFolder(temporary)
            try give(temporary)
            try write(settings, serverLines)
            try write(start, Self.statements(password))
            let account = ["user=\(Self.user)", "password=\(password)", "socket=\(Self.quoted(socket))"]
            try write(client, ["[client]"] + account)
        } catch {
            if error.code == ENOSPC { throw .scratchFull(path: error.subject) }
            throw .impossible(detail: error.description)
        }
    }

    private func write(_ path: String, _ lines: [String]) throws(SystemError) {
        try Files.replace(path, with: (lines.joined(separator: "\n") + "\n").utf8, isDurable: false)
        try give(path)
    }

    private func give(_ path: String) throws(SystemError) {
        try check("chown", path) { chown(path, room.user, room.group) }
    }

    // MARK: The server

    private var serverLines: [String] {
        var lines = ["[mysqld]"]
        lines += (Self.keptPaths + Self.keptSettings).sorted().compactMap { name in
            // `loose`: a server of another version may not know all of them.
            facts[name].map { "loose_\(Self.options[name] ?? name)=\(Self.quoted($0))" }
        }
        // Absolute paths in the system tablespace are relative to this.
        if facts["innodb_data_file_path"]?.hasPrefix("/") ?? false { lines.append("innodb_data_home_dir=") }
        // The binary log of the backup decides what becomes of transactions that were prepared in it.
        if facts["log_bin_basename"] == nil { lines.append("skip_log_bin") }
        let plugins = (facts["plugins"] ?? "").split(separator: ";").map(String.init)
        lines += plugins.map { "loose_plugin_load_add=\(Self.quoted($0))" }
        lines += ["socket", "pid_file", "log_error", "tmpdir", "init_file"].map { "\($0)=\(Self.quoted(path($0)))" }
        return lines + (isMariaDB ? Self.calm + Self.mariadb : Self.calm + Self.mysql)
    }

    private func path(_ option: String) -> String {
        switch option {
        case "socket": socket
        case "log_error": errorLog
        case "tmpdir": temporary
        case "init_file": start
        default: "\(room.folder)/server.pid"
        }
    }

    /// It reaches nobody and nobody reaches it, and it changes nothing by itself.
    private static let calm = [
        "skip_networking=1", "skip_slave_start=1", "event_scheduler=OFF", "read_only=OFF", "general_log=OFF",
        "slow_query_log=OFF", "loose_innodb_buffer_pool_load_at_startup=OFF", "loose_performance_schema=OFF",
    ]
    /// Damage must be told, not mended: so no table is repaired when it is opened.
    private static let mariadb = [
        "loose_myisam_recover_options=OFF", "loose_aria_recover_options=OFF", "loose_wsrep_on=OFF",
        "expire_logs_days=0",
    ]
    private static let mysql = [
        "loose_skip_replica_start=1", "loose_mysqlx=OFF", "loose_upgrade=NONE", "loose_binlog_expire_logs_seconds=0",
        "loose_super_read_only=OFF", "loose_myisam_recover_options=OFF",
    ]

    /// An account for the drill, made in the copy before the server takes connections.
    private static func statements(_ password: String) -> [String] {
        let account = "'\(user)'@'localhost'"
        return [
            "SET SESSION sql_log_bin = 0;", "DROP USER IF EXISTS \(account);",
            "CREATE USER \(account) IDENTIFIED BY '\(password)';",
            "GRANT ALL PRIVILEGES ON *.* TO \(account) WITH GRANT OPTION;",
        ]
    }

    /// Letters, digits and a sign, as servers that judge passwords want it.
    private static func password() -> String {
        "aA1_" + (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
    }

    private static func quoted(_ value: String) -> String {
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }

    // MARK: The client

    /// Connects to whatever answers on the room's socket.
    func connect() throws(ApplicationFault) -> MariaDBConnection {
        let lines = (Files.text(client) ?? "").split(separator: "\n")
        let password = lines.first { $0.hasPrefix("password=") }?.dropFirst("password=".count) ?? ""
        let address = MariaDBAddress(place: .socket(socket), user: Self.user, password: String(password))
        return try MariaDBConnection(address, .init(connect: 5, answer: 86_400))
    }
}
