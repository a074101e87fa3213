internal import Linux
internal import Messages

/// What a server says of itself, and where its data is.
struct MariaDBSurvey {
    let connection: MariaDBConnection
    let server: MariaDBServer
    private let variables: [String: String]

    /// Asks for every setting at once: which of them there are depends on the version.
    init(_ connection: MariaDBConnection, _ server: MariaDBServer) throws(MariaDBError) {
        self.connection = connection
        self.server = server
        var variables: [String: String] = [:]
        for row in try connection.rows("SHOW GLOBAL VARIABLES") where row.count == 2 {
            if let name = row[0], let value = row[1] { variables[name] = value }
        }
        self.variables = variables
    }

    /// The value of a server setting.
    subscript(name: String) -> String? { variables[name] }

    /// Whether its commits are written to a binary log.
    var hasBinaryLog: Bool { variables["log_bin"] == "ON" }

    /// Every folder with data, links resolved; the data folder first, for its owner is the server's user.
    func folders() throws(MariaDBError) -> [String] {
        guard let data = path("datadir") else { return [] }
        let settings = [
            "innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory", "innodb_doublewrite_dir",
            "aria_log_dir_path", "rocksdb_datadir", "rocksdb_wal_dir",
        ]
        var found = [data] + settings.compactMap(path)
        found += ["log_bin_basename", "relay_log_basename"].compactMap(path).map(Files.parent)
        found += MariaDBDataFiles.paths(inSystemTablespace: variables["innodb_data_file_path"] ?? "")
        found += (variables["innodb_directories"] ?? "").split(separator: ";").map { absolute(String($0), data) }
        found += MariaDBDataFiles.pathsOutside(data)
        found += try tablespacesElsewhere()
        return [data] + Set(found.map { Files.resolved($0) ?? $0 }).subtracting([data]).sorted()
    }

    /// MySQL keeps no `.isl` files: its dictionary knows.
    private func tablespacesElsewhere() throws(MariaDBError) -> [String] {
        guard !server.isMariaDB else { return [] }
        let rows = try connection.rows("SELECT PATH FROM information_schema.INNODB_DATAFILES WHERE PATH LIKE '/%'")
        return rows.compactMap { $0.first ?? nil }
    }

    /// What a drill needs to start it, and what a person wants to know.
    func facts() throws(MariaDBError) -> [String: String] {
        var facts = ["flavour": server.isMariaDB ? "mariadb" : "mysql"]
        for name in MariaDBDrillFiles.keptSettings { facts[name] = variables[name] }
        for name in MariaDBDrillFiles.keptPaths { facts[name] = path(name) }
        facts["program"] = program
        let engines = try connection.rows(
            """
            SELECT DISTINCT PLUGIN_LIBRARY FROM information_schema.PLUGINS WHERE PLUGIN_LIBRARY IS NOT NULL \
            AND PLUGIN_STATUS = 'ACTIVE' AND PLUGIN_TYPE IN ('STORAGE ENGINE', 'ENCRYPTION', 'DATA TYPE')
            """
        ).compactMap { $0.first ?? nil }
        if !engines.isEmpty { facts["plugins"] = engines.sorted().joined(separator: ";") }
        return facts
    }

    /// The server's own program: that of the process at the other end, or of the one that its pid file names (systemd may
    /// have made the socket).
    private var program: String? {
        let noted = variables["pid_file"].flatMap(Files.line).flatMap { Int32($0) }
        for pid in [connection.line.peer, noted].compactMap({ $0 }) {
            guard let path = Files.linkTarget("/proc/\(pid)/exe") else { continue }
            let name = path.split(separator: "/").last ?? ""
            if name.hasPrefix("mariadbd") || name.hasPrefix("mysqld") { return path }
        }
        return nil
    }

    /// The absolute path behind a setting; `nil` when it is not set.
    private func path(_ name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        let full = absolute(value, variables["datadir"] ?? "/")
        // What need not exist itself, such as the beginning of the names of the binary logs, has a folder that does.
        if let resolved = Files.resolved(full) { return resolved }
        guard let folder = Files.resolved(Files.parent(of: full)), let last = full.split(separator: "/").last else {
            return full
        }
        return "\(folder)/\(last)"
    }

    private func absolute(_ path: String, _ folder: String) -> String {
        path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
}
