internal import Linux
internal import Messages

/// What is asked of a restored server, from what finds most to what reads everything once more.
struct PostgreSQLChecks: Sendable {
    /// A check of terabytes takes hours, but not for ever.
    private static let longestSeconds = 86_400.0

    private let cluster: PostgreSQLCluster

    init(_ cluster: PostgreSQLCluster) { self.cluster = cluster }

    var all: [DrillCheck] {
        // pg_amcheck reads tables and B-trees; a base backup reads every page of every file, and its checksum with it.
        cluster.hasChecksums && cluster.major >= 15
            ? [structures, indexEntries, pageChecksums, everyRow] : [structures, indexEntries, everyRow]
    }

    private var structures: DrillCheck {
        // Before version 14 there was no pg_amcheck, and its extension knew indexes only.
        guard cluster.major >= 14 else { return PostgreSQLIndexCheck(cluster).structures }
        let arguments = ["--all", "--heapallindexed", "--parent-check", "--install-missing"]
        return check("pg_amcheck", arguments) { room throws(DrillFault) in
            let available = try PostgreSQLIndexCheck(cluster).ask(
                "select name from pg_available_extensions where name = 'amcheck'", room, "postgres", check: "amcheck")
            if available.isEmpty { throw .programMissing(program: "amcheck (postgresql-contrib)") }
        }
    }

    private var indexEntries: DrillCheck { PostgreSQLIndexCheck(cluster).entries }

    private var pageChecksums: DrillCheck {
        check(
            "pg_basebackup",
            ["--target=blackhole", "--wal-method=none", "--checkpoint=fast", "--no-manifest", "--no-slot"])
    }

    private var everyRow: DrillCheck { check("pg_dumpall", ["--no-sync", "--file=/dev/null"]) }

    private func check(
        _ program: String, _ arguments: [String],
        before: @escaping @Sendable (DrillRoom) throws(DrillFault) -> Void = { (_) throws(DrillFault) in }
    ) -> DrillCheck {
        let name = ([program] + arguments).joined(separator: " ")
        return DrillCheck(name) { (room) throws(DrillFault) in
            try before(room)
            let path = try PostgreSQLPrograms(cluster).path(program, in: room)
            let address = ["--host=\(room.folder)", "--port=\(cluster.port)", "--username=\(cluster.superuser)"]
            let result = try room.run(
                path, arguments + address + ["--no-password"], environment: ["LC_ALL": "C"],
                seconds: Self.longestSeconds)
            if result.timedOut { throw .impossible(detail: "\(name): \(SystemError.reason(of: 110))") }
            guard result.ending == .exited(0) else { throw .checkFailed(check: name, output: result.output) }
            return result.output
        }
    }
}
