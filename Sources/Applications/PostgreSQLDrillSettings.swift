internal import Linux
internal import Messages

/// The settings of a drill's server. The live server's own could name its archive, its port, its primary.
struct PostgreSQLDrillSettings {
    private let cluster: PostgreSQLCluster
    private let folder: String

    init(_ cluster: PostgreSQLCluster, folder: String) {
        self.cluster = cluster
        self.folder = folder
    }

    /// Writes them where the application's user can read them.
    /// - Returns: the path of `postgresql.conf`.
    func write() throws(DrillFault) -> String {
        let path = "\(folder)/postgresql.conf"
        do throws(SystemError) {
            // Only who reaches the room's folder reaches the socket.
            let access = "local all all trust\nlocal replication all trust\n"
            try Files.replace("\(folder)/pg_hba.conf", with: access.utf8, mode: 0o644, isDurable: false)
            try Files.replace("\(folder)/pg_ident.conf", with: "".utf8, mode: 0o644, isDurable: false)
            try Files.replace(path, with: text.utf8, mode: 0o644, isDurable: false)
        } catch {
            throw error.code == 28 ? .scratchFull(path: folder) : .impossible(detail: error.description)
        }
        return path
    }

    private var text: String {
        let own = own
        let recorded = PostgreSQLSurvey.neededToStart.filter { own[$0] == nil }.compactMap { name in
            cluster.facts[name].map { (name, $0) }
        }
        let all = recorded + own.map { ($0.key, $0.value) }
        return all.sorted { $0.0 < $1.0 }.map { "\($0.0) = \(Self.quoted($0.1))\n" }.joined()
    }

    private var own: [String: String] {
        [
            "data_directory": cluster.data, "hba_file": "\(folder)/pg_hba.conf",
            "ident_file": "\(folder)/pg_ident.conf", "unix_socket_directories": folder, "listen_addresses": "",
            "port": cluster.port, "archive_mode": "off", "logging_collector": "off", "log_destination": "stderr",
            "lc_messages": "C", "ssl": "off", "autovacuum": "off", "restart_after_crash": "off",
            // A subscription must not fetch from the live publisher.
            "max_logical_replication_workers": "0",
            // What checks every page reads as a base backup does.
            "wal_level": cluster.facts["wal_level"] == "logical" ? "logical" : "replica",
            "max_wal_senders": "\(max(4, cluster.facts["max_wal_senders"].flatMap { Int($0) } ?? 0))",
        ]
    }

    private static func quoted(_ value: String) -> String {
        var text = ""
        for character in value { text += character == "'" ? "''" : character == "\\" ? "\\\\" : String(character) }
        return "'\(text)'"
    }
}
