internal import Glibc
internal import Linux
internal import Messages

/// Shows that a PostgreSQL server starts on the restored data, as a primary of its own, and that its data is sound.
struct PostgreSQLDrill: ApplicationDrill {
    private let record: ApplicationRecord
    private let cluster: PostgreSQLCluster

    init(_ record: ApplicationRecord) {
        self.record = record
        cluster = PostgreSQLCluster(record)
    }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        let program = try PostgreSQLPrograms(cluster).path("postgres", in: room)
        try cluster.prepare()
        let file = try PostgreSQLDrillSettings(cluster, folder: room.folder).write()
        return DrillServer(program, ["-D", cluster.data, "-c", "config_file=\(file)"], stopSignal: SIGINT)
    }

    func answers(in room: DrillRoom) -> Bool {
        // Every question that comes too early is a line in the server's log, which is kept as evidence.
        guard cluster.seemsReady, let connection = try? connect(room),
            let rows = try? connection.rows("select pg_is_in_recovery()")
        else {
            return false
        }
        return rows == [["f"]]
    }

    /// The kernel knows who listens at the socket; a file, or what a server says of itself, would have to be believed.
    func process(in room: DrillRoom) throws(DrillFault) -> Int32? {
        do throws(SystemError) {
            return try SocketPeer.listener(at: "\(room.folder)/.s.PGSQL.\(cluster.port)")
        } catch {
            throw .impossible(detail: error.description)
        }
    }

    var checks: [DrillCheck] { PostgreSQLChecks(cluster).all }

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        let connection = try connect(room, database: record.settings.text(PostgreSQLKey.database))
        let milliseconds = "\(Int(record.settings.drill.timeoutSeconds * 1000))"
        do throws(PostgreSQLError) {
            try connection.rows("select set_config('statement_timeout', $1, false)", [milliseconds])
            let rows = try connection.rows(query)
            return rows.map { $0.map { $0 ?? "" }.joined(separator: "|") }.joined(separator: "\n")
        } catch {
            throw .probeFailed(detail: error.message)
        }
    }

    private func connect(_ room: DrillRoom, database: String? = nil) throws(DrillFault) -> PostgreSQLConnection {
        try cluster.connect(room, database: database ?? "postgres")
    }
}

/// A restored data directory, with what its recovery point says of it.
struct PostgreSQLCluster: Sendable {
    let facts: [String: String]
    /// The data directory.
    let data: String
    /// Also the name of the socket; nothing listens on the network.
    let port: String
    /// A role that may do everything, as which the drill connects.
    let superuser: String
    let hasChecksums: Bool
    /// Such as 15.
    let major: Int

    init(_ record: ApplicationRecord) {
        facts = record.facts
        data = facts["data_directory"] ?? ""
        port = facts["port"] ?? "5432"
        superuser = facts[PostgreSQLFact.superuser] ?? "postgres"
        hasChecksums = facts["data_checksums"] == "on"
        major = (facts["server_version_num"].flatMap { Int($0) } ?? 0) / 10_000
    }

    /// Takes away what would make it somebody's standby, or a server that seems to run, and lays its links as they
    /// were resolved.
    /// - Throws: `.dataMissing`, `.impossible`.
    func prepare() throws(DrillFault) {
        for name in ["PG_VERSION", "global/pg_control"] where !Files.exists("\(data)/\(name)") {
            throw .dataMissing(path: "\(data)/\(name)")
        }
        // postgresql.auto.conf is read whatever config_file says: it could name a primary, an archive, a port.
        for name in ["postmaster.pid", "postmaster.opts", "standby.signal", "recovery.signal", "postgresql.auto.conf"] {
            try remove("\(data)/\(name)")
        }
        let links = [PostgreSQLFact.wal] + facts.keys.filter { $0.hasPrefix(PostgreSQLFact.tablespace("")) }.sorted()
        for name in links { if let target = facts[name] { try lay("\(data)/\(name)", target) } }
    }

    /// What the server notes of itself in the eighth line of its `postmaster.pid`: a hint, and no proof.
    var seemsReady: Bool {
        let lines = (Files.text("\(data)/postmaster.pid") ?? "").split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[7].hasPrefix("ready")
    }

    private func lay(_ link: String, _ target: String) throws(DrillFault) {
        guard Files.isFolder(target) else { throw .dataMissing(path: target) }
        guard let found = Files.linkTarget(link), found != target else { return }
        try remove(link)
        if symlink(target, link) != 0 { throw .impossible(detail: SystemError("symlink", link).description) }
    }

    private func remove(_ path: String) throws(DrillFault) {
        if unlink(path) != 0, errno != ENOENT { throw .impossible(detail: SystemError("unlink", path).description) }
    }

    func connect(_ room: DrillRoom, database: String) throws(DrillFault) -> PostgreSQLConnection {
        let library: PostgreSQLLibrary
        do throws(ApplicationFault) { library = try PostgreSQLLibrary() } catch {
            throw .programMissing(program: "libpq.so.5")
        }
        do throws(PostgreSQLError) {
            return try .open(
                library,
                [
                    "host": room.folder, "port": port, "user": superuser, "dbname": database,
                    "application_name": "remanso drill", "client_encoding": "UTF8",
                ], seconds: 10)
        } catch {
            throw .impossible(detail: error.message)
        }
    }
}
