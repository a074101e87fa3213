import Applications
import Fixtures
import Glibc
import Linux
import Messages

/// A real MariaDB server with data of its own in a sandbox, run by Debian's user, that is gone afterwards.
final class MariaDBStage {
    let sandbox: Sandbox
    let data: String
    let socket: String
    private(set) var pid: pid_t = 0
    private let folder: String

    private init(_ sandbox: Sandbox, _ name: String) throws {
        self.sandbox = sandbox
        folder = sandbox.path(name)
        data = "\(folder)/data"
        socket = "\(folder)/s"
        // The server's user must get there.
        chmod(Files.parent(of: sandbox.path), 0o711)
        chmod(sandbox.path, 0o711)
        let (uid, gid) = try Self.identity()
        for path in [folder, "\(folder)/tmp"] {
            try Files.makeFolder(path)
            chown(path, uid, gid)
        }
    }

    /// Runs `body` beside a new server with these lines in its settings.
    static func with<Value>(
        _ settings: [String] = [], _ name: String = "source", in sandbox: Sandbox,
        _ body: (MariaDBStage) throws -> Value
    ) throws -> Value {
        let stage = try MariaDBStage(sandbox, name)
        try stage.writeSettings(settings)
        try stage.create()
        try stage.start()
        defer { stage.kill() }
        return try body(stage)
    }

    /// The same, in a sandbox of its own.
    static func with<Value>(_ settings: [String] = [], _ body: (MariaDBStage) throws -> Value) throws -> Value {
        try Sandbox.with { sandbox in try with(settings, in: sandbox) { try body($0) } }
    }

    static func identity() throws -> (uid: uid_t, gid: gid_t) {
        guard let entry = getpwnam("mysql") else { throw FixtureError("there is no user mysql") }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    // MARK: The server

    private func writeSettings(_ more: [String]) throws {
        let lines = [
            "[mariadbd]", "datadir=\(data)", "socket=\(socket)", "skip-networking", "pid-file=\(folder)/pid",
            "log-error=\(folder)/error.log", "tmpdir=\(folder)/tmp", "log-bin=\(data)/bin", "server-id=1",
            "innodb_buffer_pool_size=32M", "innodb_log_file_size=16M",
        ]
        try Sandbox.write("\(folder)/my.cnf", (lines + more).joined(separator: "\n") + "\n", mode: 0o644)
    }

    private static let asUser = ["--reuid=mysql", "--regid=mysql", "--clear-groups", "--no-new-privs", "--"]

    /// An empty database with the account that backups use, which may do no more than it must.
    private func create() throws {
        let words = [
            "mariadb-install-db", "--defaults-file=\(folder)/my.cnf", "--skip-test-db",
            "--auth-root-authentication-method=socket",
        ]
        try Shell.run("setpriv", Self.asUser + words)
    }

    func start() throws {
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let words = Self.asUser + ["/usr/sbin/mariadbd", "--defaults-file=\(folder)/my.cnf"]
        pid = try ChildProcess.spawn(Program(.path("/usr/bin/setpriv"), words), output: sink, errors: sink).pid
        guard Wait.until(seconds: 180, { (try? self.ask("SELECT 1")) == "1" }) else {
            kill()
            throw FixtureError("mariadbd does not answer: \(Files.text("\(folder)/error.log") ?? "")")
        }
        try ask(
            """
            SET sql_log_bin = 0; CREATE USER IF NOT EXISTS remanso@localhost IDENTIFIED BY '\(Self.password)';
            GRANT RELOAD, PROCESS, BINLOG MONITOR, SLAVE MONITOR, REPLICATION SLAVE ADMIN ON *.* TO remanso@localhost;
            CREATE DATABASE IF NOT EXISTS shop
            """)
    }

    /// Ends it in good order.
    func stop() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGTERM)
        ChildProcess.wait(for: pid)
        pid = 0
    }

    func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        ChildProcess.wait(for: pid)
        pid = 0
    }

    /// Runs `body` while the server does nothing at all: what it has written is then of one instant, as in a snapshot.
    func standingStill<Value>(_ body: () throws -> Value) rethrows -> Value {
        try Standstill.with(pid, body)
    }

    // MARK: Asking

    /// What a statement answers to the administrator, columns separated by tabs.
    @discardableResult
    func ask(_ statement: String) throws -> String {
        try Shell.run("mariadb", ["--no-defaults", "-S", socket, "-N", "-B", "-e", statement], seconds: 120)
            .trimmingEnd
    }

    /// Runs `body` while a statement runs beside it.
    func whileRunning<Value>(_ statement: String, _ body: () throws -> Value) throws -> Value {
        try Background.with("mariadb", ["--no-defaults", "-S", socket, "-e", statement]) {
            // The client sends one statement after another: the last is the long one.
            let last = statement.split(separator: ";").last.map { $0.drop { $0 == " " } } ?? ""
            let isThere = try Wait.until {
                try ask("SELECT INFO FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID()").contains(last)
            }
            guard isThere else { throw FixtureError("it does not run: \(statement)") }
            return try body()
        }
    }

    /// Whether a statement has to wait: after a second it has not come back.
    func isHeldUp(_ statement: String) throws -> Bool { try !passes(statement, withinSeconds: 1) }

    /// Whether a statement gets through.
    func passes(_ statement: String, withinSeconds seconds: Int = 60) throws -> Bool {
        let words = ["\(seconds)", "mariadb", "--no-defaults", "-S", socket, "-e", statement]
        do {
            try Shell.run("timeout", words)
            return true
        } catch is FixtureError {
            return false
        }
    }

    // MARK: Settings for backups

    static let password = "Ventanilla \(getpid()); azul"

    /// By an account with a password.
    func settings(_ values: [String: ApplicationSettings.Value] = [:], password: String = MariaDBStage.password) throws
        -> ApplicationSettings
    {
        let file = try Sandbox.write("\(folder)/credentials", "user = remanso\npassword = \(password)\n")
        var settings = ApplicationSettings(type: "mariadb", name: "shop db")
        // Only a test that means the deadline shortens it.
        settings.deadlineSeconds = 120
        settings.values = ["socket": .text(socket), "credentials": .text(file)].merging(values) { $1 }
        return settings
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }
}

/// Commits rows one after another without pause, and keeps a record of each that was acknowledged.
final class MariaDBWriter {
    private let record: String

    private init(_ record: String) { self.record = record }

    /// Runs `body` beside a writer to a new table `shop.orders`.
    static func with<Value>(_ stage: MariaDBStage, _ body: (MariaDBWriter) throws -> Value) throws -> Value {
        try stage.ask("CREATE OR REPLACE TABLE shop.orders (id INT PRIMARY KEY, text VARCHAR(200), KEY (text))")
        let writer = MariaDBWriter(stage.sandbox.path("record"))
        let loop = """
            i=0; while i=$((i+1)); do echo "INSERT INTO orders VALUES ($i, REPEAT(MD5($i), 6)); SELECT $i;"; done |
            mariadb --no-defaults -S \(stage.socket) -N -B --unbuffered shop > \(writer.record)
            """
        return try Background.with("sh", ["-c", loop]) {
            guard writer.passes(10) else { throw FixtureError("the writer does not write") }
            return try body(writer)
        }
    }

    /// How many commits were acknowledged.
    var count: Int { (Files.text(record, limit: 64 << 20) ?? "").utf8.count { $0 == UInt8(ascii: "\n") } }

    /// Waits until more than `number` commits were acknowledged.
    func passes(_ number: Int) -> Bool { Wait.until(seconds: 120) { count > number } }

    /// How many were acknowledged when none has been for a while: on a busy machine it takes its time to note the last.
    func countAtRest() throws -> Int {
        for _ in 0..<60 {
            let before = count
            usleep(1_000_000)
            if count == before { return before }
        }
        throw FixtureError("the writer goes on")
    }
}
