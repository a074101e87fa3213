internal import Glibc
internal import Linux
internal import Messages

/// The threads of a replica that carry out what its source has sent. A stopped one outlives the connection that stopped it.
final class MariaDBReplica {
    /// One source's thread.
    struct AppliedSource: Equatable {
        /// The connection's or the channel's name; empty for a replica's only one.
        let name: String
        let isRunning: Bool
    }

    private let connection: MariaDBConnection
    private let server: MariaDBServer
    private let note: MariaDBReplicaNote
    private var stopped: [String] = []

    init(_ connection: MariaDBConnection, _ server: MariaDBServer, _ note: MariaDBReplicaNote) {
        self.connection = connection
        self.server = server
        self.note = note
    }

    /// Whether it was stopped here and has not been started again.
    var isStopped: Bool { !stopped.isEmpty }

    /// Stops every thread that runs, at a point where none has a temporary table open: such a table is in no file, and what is
    /// started from the backup would miss it.
    /// - Throws: `.busy` when there was no such point until `end`.
    func stop(until end: Instant) throws(ApplicationFault) {
        do throws(MariaDBError) {
            let running = try Self.threads(connection, server).filter(\.isRunning).map(\.name)
            if running.isEmpty { return }
            // Noted first: whatever happens from here on, somebody knows what has to run again.
            try write(running)
            stopped = running
            while true {
                for name in running { try connection.run(Self.statement("STOP", name, server)) }
                let tables = try openTemporaryTables()
                if tables == 0 { return }
                for name in running { try connection.run(Self.statement("START", name, server)) }
                if end < Instant.now {
                    throw MariaDBError(number: 1205, text: "Slave_open_temp_tables = \(tables)")
                }
                usleep(100_000)
            }
        } catch {
            if error.isWaitTimeout { throw .busy(detail: error.text) }
            throw error.isRefusal
                ? .refused(detail: error.description)
                : .quiesceFailed(detail: "STOP SLAVE SQL_THREAD: \(error.description)")
        }
    }

    private func write(_ names: [String]) throws(MariaDBError) {
        do throws(SystemError) {
            try note.write(names)
        } catch {
            throw MariaDBError(number: 0, text: error.description)
        }
    }

    /// Starts what was stopped here.
    func start(_ connection: MariaDBConnection) throws(MariaDBError) {
        for name in stopped { try connection.run(Self.statement("START", name, server)) }
        stopped = []
        note.remove()
    }

    private func openTemporaryTables() throws(MariaDBError) -> Int {
        let rows = try connection.rows("SHOW GLOBAL STATUS LIKE '%open\\_temp\\_tables'")
        return rows.compactMap { $0.last.flatMap { $0 }.flatMap { Int($0) } }.max() ?? 0
    }

    // MARK: After a crash

    /// Starts what a session had stopped whose process was killed. Does nothing without its note, for a thread that runs
    /// again, and for a server that was started since then: whether it replicates is its administrator's choice.
    static func recover(_ settings: ApplicationSettings) throws(ApplicationFault) {
        let note = MariaDBReplicaNote(settings.name)
        guard let noted = note.read() else { return }
        let connection = try MariaDBConnection(try MariaDBAddress(settings))
        do throws(MariaDBError) {
            let server = MariaDBServer(try connection.rows("SELECT VERSION()").first?.first.flatMap { $0 } ?? "")
            let uptime = try connection.rows("SHOW GLOBAL STATUS LIKE 'Uptime'").first?.last.flatMap { $0 } ?? ""
            // Its clock counts whole seconds.
            if (Double(uptime) ?? 0) + 2 >= noted.ageSeconds {
                for thread in try threads(connection, server) where !thread.isRunning {
                    if noted.names.contains(thread.name) {
                        try connection.run(statement("START", thread.name, server))
                    }
                }
            }
        } catch {
            throw .releaseFailed(detail: "START SLAVE SQL_THREAD: \(error.description)")
        }
        note.remove()
    }

    // MARK: The dialects

    static func threads(_ connection: MariaDBConnection, _ server: MariaDBServer) throws(MariaDBError)
        -> [AppliedSource]
    {
        let question =
            if server.isMariaDB { "SHOW ALL SLAVES STATUS" } else {
                server.isAtLeast([8, 0, 22]) ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS"
            }
        return try connection.records(question).map { row in
            AppliedSource(
                name: row["Connection_name"] ?? row["Channel_Name"] ?? "",
                isRunning: (row["Slave_SQL_Running"] ?? row["Replica_SQL_Running"]) == "Yes")
        }
    }

    private static func statement(_ verb: String, _ name: String, _ server: MariaDBServer) -> String {
        let quoted = "'" + name.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
        if server.isMariaDB { return "\(verb) SLAVE \(quoted) SQL_THREAD" }
        let word = server.isAtLeast([8, 0, 22]) ? "REPLICA" : "SLAVE"
        return "\(verb) \(word) SQL_THREAD FOR CHANNEL \(quoted)"
    }
}

/// What a session has stopped and not started again, in a file that the machine's next boot takes away, as it takes away the
/// stop itself.
struct MariaDBReplicaNote {
    private static let folder = "/run/remanso/applications"
    private let path: String

    /// - Parameter name: the application's name in `remanso.yaml`.
    init(_ name: String) {
        let safe = name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || character == "-")
                ? String(character) : "_" + String(byte, radix: 16)
        }
        path = "\(Self.folder)/\(safe.joined()).replica"
    }

    func write(_ names: [String]) throws(SystemError) {
        let lines = ["\(Instant.now.nanoseconds)"] + names
        try Files.makeFolder(Self.folder)
        try Files.replace(path, with: lines.joined(separator: "\n").utf8, isDurable: false)
    }

    func read() -> (names: Set<String>, ageSeconds: Double)? {
        guard let text = Files.text(path) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let first = lines.first, let nanoseconds = Int64(first) else { return nil }
        let age = Instant.now.milliseconds(since: Instant(nanoseconds: nanoseconds)) / 1000
        return (Set(lines.dropFirst()), age)
    }

    func remove() { unlink(path) }
}
