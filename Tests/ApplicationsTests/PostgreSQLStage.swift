import Applications
import Fixtures
import Glibc
import Linux
import Messages

/// A real PostgreSQL server with data of its own in a sandbox, run by Debian's user, that is gone afterwards.
final class PostgreSQLStage: @unchecked Sendable {
    let sandbox: Sandbox
    let folder: String
    let data: String
    /// The folder of its socket; it listens on no port.
    let socket: String
    private(set) var pid: pid_t = 0
    private var process: Descriptor?

    static let programs = Files.names(in: "/usr/lib/postgresql").compactMap { Int($0) }.max().map {
        "/usr/lib/postgresql/\($0)/bin"
    }

    /// - Parameter parent: where its folder is made, if not in the sandbox.
    init(_ sandbox: Sandbox, _ name: String, in parent: String? = nil) throws {
        self.sandbox = sandbox
        folder = "\(parent ?? sandbox.path)/\(name)"
        data = "\(folder)/data"
        socket = sandbox.path("s-\(name)")
        // The server's user must get there.
        for path in [Files.parent(of: sandbox.path), sandbox.path, parent ?? sandbox.path] { chmod(path, 0o711) }
        for path in [folder, socket] { try Self.makeFolder(path) }
    }

    /// Runs `body` beside a new server.
    static func with<Value>(
        _ sandbox: Sandbox, _ name: String = "main", in parent: String? = nil, initdb: [String] = [],
        settings: [String] = [], _ body: (PostgreSQLStage) throws -> Value
    ) throws -> Value {
        let stage = try PostgreSQLStage(sandbox, name, in: parent)
        try run("initdb", ["-D", stage.data, "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"] + initdb)
        try stage.configure(settings)
        defer { stage.stop() }
        try stage.start()
        return try body(stage)
    }

    /// The same, in a sandbox of its own.
    static func with<Value>(
        initdb: [String] = [], settings: [String] = [], _ body: (PostgreSQLStage) throws -> Value
    ) throws -> Value {
        try Sandbox.with { sandbox in try with(sandbox, initdb: initdb, settings: settings) { try body($0) } }
    }

    /// Debian's own rules for who may connect.
    func configure(_ settings: [String]) throws {
        let rules = [
            "local all postgres peer", "local replication postgres peer", "local all all scram-sha-256",
        ]
        try write("pg_hba.conf", rules)
        let own = [
            "unix_socket_directories = '\(socket)'", "listen_addresses = ''", "shared_buffers = 16MB",
            "max_connections = 23", "log_min_messages = warning",
        ]
        try write("postgresql.conf", own + settings)
    }

    private func write(_ name: String, _ lines: [String]) throws {
        try Sandbox.write("\(data)/\(name)", lines.map { $0 + "\n" }.joined(), mode: 0o644)
    }

    /// A folder of the server's user.
    static func makeFolder(_ path: String) throws {
        try Files.makeFolder(path)
        try Shell.run("chown", "postgres:", path)
    }

    static func program(_ name: String) throws -> String {
        guard let programs else { throw FixtureError("postgresql is not installed") }
        return "\(programs)/\(name)"
    }

    /// Arguments of setpriv(1) that make a program run as the server's user.
    static func asUser(_ name: String, _ arguments: [String]) throws -> [String] {
        ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", try program(name)] + arguments
    }

    @discardableResult
    static func run(_ name: String, _ arguments: [String]) throws -> String {
        try Shell.run("setpriv", try asUser(name, arguments), seconds: 300)
    }

    // MARK: The server

    /// - Parameters:
    ///   - serves: whether to wait until it does.
    ///   - other: what the server alone sees in the place of its data.
    func start(serves: Bool = true, seeing other: String? = nil) throws {
        let log = try Descriptor.open("\(folder)/log", O_WRONLY | O_CREAT | O_APPEND)
        var program = Program(.path("/usr/bin/setpriv"), try Self.asUser("postgres", ["-D", data]))
        if let other {
            let script = "mount --bind \"$0\" \"$1\" && shift && exec setpriv \"$@\""
            program.image = .path("/usr/bin/unshare")
            program.arguments = ["--mount", "sh", "-c", script, other, data] + program.arguments
        }
        (pid, process) = try ChildProcess.spawn(program, output: log, errors: log)
        let isUp = Wait.until(seconds: 180) {
            if serves { return (try? sql("select 1")) == "1" }
            // It answers that it does not serve: between bind and listen the socket is there and refuses everybody.
            return (try? Shell.run("sh", "-c", "\"$0\" -q -h \"$1\"; [ $? -le 1 ]", Self.program("pg_isready"), socket))
                != nil
        }
        if !isUp { throw FixtureError("PostgreSQL does not start: \(Files.text("\(folder)/log") ?? "")") }
    }

    /// Ends it and all its processes; at once, unless `signal` asks for an orderly end.
    func stop(_ signal: Int32 = SIGQUIT) {
        guard let process, pid > 0 else { return }
        kill(pid, signal)
        if !Wait.forEnd(of: process, seconds: 30) { kill(pid, SIGKILL) }
        ChildProcess.wait(for: pid)
        pid = 0
    }

    /// The answer of a new session, columns separated by `|`.
    @discardableResult
    func sql(_ statement: String, database: String = "postgres") throws -> String {
        try Self.run("psql", ["-h", socket, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement]).trimmed
    }

    /// What a configuration would say of it.
    func settings(_ values: [String: ApplicationSettings.Value] = [:]) -> ApplicationSettings {
        var settings = ApplicationSettings(type: "postgresql", name: "orders")
        // Only a test that means the deadline shortens it.
        settings.deadlineSeconds = 120
        settings.values = ["host": .text(socket)].merging(values) { $1 }
        return settings
    }

    /// Runs `body` while two clients of `pgbench` write without pause.
    func underLoad<Value>(_ body: () throws -> Value) throws -> Value {
        try Self.run("pgbench", ["-h", socket, "-i", "-q", "-s", "2", "postgres"])
        let arguments = try Self.asUser("pgbench", ["-h", socket, "-c", "2", "-n", "-T", "600", "postgres"])
        return try Background.with("setpriv", arguments) {
            guard try Wait.until({ try history() > 50 }) else { throw FixtureError("pgbench does not write") }
            return try body()
        }
    }

    /// Transactions of `pgbench` that are done.
    func history() throws -> Int { Int(try sql("select count(*) from pgbench_history")) ?? 0 }

    /// Adds a role that needs its password, and returns the path of its credentials file.
    func addRole(_ name: String, password: String, inFile: String? = nil) throws -> String {
        try sql("create role \(name) login superuser password '\(password)'")
        return try sandbox.write("\(name).credentials", "user = \(name)\npassword = \(inFile ?? password)\n")
    }
}
