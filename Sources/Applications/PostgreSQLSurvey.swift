internal import Glibc
internal import Linux
internal import Messages

/// What a server says of itself, and whether its data is on this machine. The facts have PostgreSQL's own names.
struct PostgreSQLSurvey {
    /// A restart on this data needs them to be at least as large as they were, or the same.
    static let neededToStart = [
        "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
        "max_locks_per_transaction", "max_replication_slots", "wal_level", "shared_preload_libraries",
    ]
    private static let described =
        neededToStart + [
            "data_directory", "config_file", "hba_file", "ident_file", "port", "data_checksums", "server_version",
            "server_version_num", "wal_segment_size", "fsync", "full_page_writes",
        ]

    private let connection: PostgreSQLConnection
    private let mode: PostgreSQLMode

    init(_ connection: PostgreSQLConnection, _ mode: PostgreSQLMode) {
        self.connection = connection
        self.mode = mode
    }

    func result() throws(ApplicationFault) -> ApplicationSurvey {
        var facts = try settings()
        try facts.merge(state()) { $1 }
        let data = try folder(facts["data_directory"] ?? "")
        try proveIsHere(data, facts)
        try proveCanRest(facts)
        let wal = try folder("\(data)/pg_wal")
        let tablespaces = try tablespaces()
        facts["data_directory"] = data
        facts[PostgreSQLFact.wal] = wal
        facts[PostgreSQLFact.programs] = programs(data)
        for (id, path) in tablespaces { facts[PostgreSQLFact.tablespace(id)] = path }
        var folders = [data]
        // What lies below a folder that is named already needs no name of its own.
        for path in [wal] + tablespaces.map(\.path).sorted()
        where !folders.contains(where: { Files.path(path, isWithin: $0) }) { folders.append(path) }
        let version = facts.removeValue(forKey: "server_version")
        return ApplicationSurvey(
            version: version ?? PostgreSQLVersion.text(connection.version), folders: folders, facts: facts)
    }

    private func settings() throws(ApplicationFault) -> [String: String] {
        let names = "{\(Self.described.joined(separator: ","))}"
        let rows = try rows("select name, setting from pg_settings where name = any($1::text[])", [names])
        var facts: [String: String] = [:]
        for row in rows { if let name = row[0] { facts[name] = row[1] ?? "" } }
        // The server hides these lines from whoever may not read all settings.
        guard facts["data_directory"] != nil else { throw .refused(detail: "data_directory: pg_read_all_settings") }
        return facts
    }

    private func state() throws(ApplicationFault) -> [String: String] {
        let names = [PostgreSQLFact.systemIdentifier, PostgreSQLFact.inRecovery, PostgreSQLFact.superuser]
        let row = try rows(
            """
            select (select system_identifier from pg_control_system()), pg_is_in_recovery(),
                (select rolname from pg_roles where rolsuper and rolcanlogin order by oid limit 1)
            """
        ).first
        var facts: [String: String] = [:]
        for (name, value) in zip(names, row ?? []) { facts[name] = value }
        return facts
    }

    private func tablespaces() throws(ApplicationFault) -> [(id: String, path: String)] {
        var found: [(id: String, path: String)] = []
        for row in try rows("select oid, pg_tablespace_location(oid) from pg_tablespace order by oid") {
            // The built-in ones, and those "in place", lie in the data directory.
            guard let id = row[0], let path = row[1], path.hasPrefix("/") else { continue }
            found.append((id, try folder(path)))
        }
        return found
    }

    /// The folder without links; it must be here, or the server is not the one of this machine.
    private func folder(_ path: String) throws(ApplicationFault) -> String {
        if let resolved = Files.resolved(path) { return resolved }
        throw .setting(key: PostgreSQLKey.host, reason: "\(path): \(SystemError.reason(of: ENOENT))")
    }

    /// A server in a container or on another machine names paths that mean something else here.
    private func proveIsHere(_ data: String, _ facts: [String: String]) throws(ApplicationFault) {
        let path = "\(data)/global/pg_control"
        let here = PostgreSQLControlFile.systemIdentifier(path)
        guard here.map({ "\($0)" }) == facts[PostgreSQLFact.systemIdentifier] else {
            let there = facts[PostgreSQLFact.systemIdentifier] ?? "?"
            throw .setting(
                key: PostgreSQLKey.host, reason: "\(path): system_identifier \(here.map { "\($0)" } ?? "?") ≠ \(there)")
        }
    }

    private func proveCanRest(_ facts: [String: String]) throws(ApplicationFault) {
        if mode == .backup, facts["wal_level"] == "minimal" {
            throw .setting(key: PostgreSQLKey.mode, reason: "wal_level = minimal")
        }
        // Until PostgreSQL 14, a backup of the old kind puts a backup_label into the data itself, which would be in the
        // snapshot: the server would refuse to start on it, or start from the wrong place.
        if connection.version < 150_000, try rows("select pg_is_in_backup()").first?.first == "t" {
            throw .busy(detail: "pg_is_in_backup()")
        }
    }

    /// Where the server's programs are: it was started from there.
    private func programs(_ data: String) -> String? {
        let recorded = Files.line("\(data)/postmaster.pid").flatMap { Int32($0) }
        guard let pid = connection.peer ?? recorded, let program = Files.linkTarget("/proc/\(pid)/exe"),
            program.hasSuffix("/postgres")
        else { return nil }
        return Files.parent(of: program)
    }

    private func rows(_ query: String, _ arguments: [String] = []) throws(ApplicationFault) -> [[String?]] {
        do throws(PostgreSQLError) { return try connection.rows(query, arguments) } catch {
            switch error.state {
            case "42501": throw .refused(detail: error.message)
            case "57P01", "57P02", "57P03": throw .notReady(detail: error.message)
            default: throw .unreachable(detail: error.message)
            }
        }
    }
}

/// Facts that are no settings of PostgreSQL's.
enum PostgreSQLFact {
    static let wal = "pg_wal", programs = "bindir", superuser = "superuser"
    static let systemIdentifier = "system_identifier", inRecovery = "pg_is_in_recovery"

    static func tablespace(_ id: String) -> String { "pg_tblspc/\(id)" }
}

/// The file `global/pg_control`.
enum PostgreSQLControlFile {
    /// Its first eight bytes: the number that a cluster gets when it is made; `nil` when it cannot be read.
    static func systemIdentifier(_ path: String) -> UInt64? {
        guard let file = try? Descriptor.open(path, O_RDONLY) else { return nil }
        var number: UInt64 = 0
        let count = withUnsafeMutableBytes(of: &number) { read(file.number, $0.baseAddress, 8) }
        return count == 8 ? number : nil
    }
}
