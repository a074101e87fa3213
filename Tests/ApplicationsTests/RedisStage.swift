import Applications
import Fixtures
import Glibc
import Linux

/// A server of Redis in a sandbox, run by Debian's user, that is gone afterwards.
final class RedisStage {
    /// `REMANSO_TESTS_REDIS` names another server, such as one of another version, or Valkey.
    static let server = getenv("REMANSO_TESTS_REDIS").map { String(cString: $0) } ?? "/usr/bin/redis-server"
    let sandbox: Sandbox
    let folder: String
    let socket: String
    private(set) var pid: pid_t = 0

    private init(_ sandbox: Sandbox, _ name: String) throws {
        self.sandbox = sandbox
        folder = sandbox.path("\(name)/data")
        socket = sandbox.path("\(name)/socket")
        // Its user must get there.
        chmod(Files.parent(of: sandbox.path), 0o711)
        chmod(sandbox.path, 0o711)
        let (uid, gid) = try DrillRun.identity(of: "redis")
        for path in [sandbox.path(name), folder] {
            try Files.makeFolder(path)
            chown(path, uid, gid)
        }
    }

    /// Runs `body` beside a server with these lines in its settings.
    static func with<Value>(
        _ settings: [String] = [], _ name: String = "redis", in sandbox: Sandbox, waits: Bool = true,
        _ body: (RedisStage) throws -> Value
    ) throws -> Value {
        let stage = try RedisStage(sandbox, name)
        try stage.start(settings, waits: waits)
        defer { stage.kill() }
        return try body(stage)
    }

    /// As `with`, in a sandbox of its own.
    static func with<Value>(_ settings: [String] = [], _ body: (RedisStage) throws -> Value) throws -> Value {
        try Sandbox.with { sandbox in try with(settings, in: sandbox) { try body($0) } }
    }

    func start(_ settings: [String], waits: Bool = true) throws {
        let own = ["port 0", "unixsocket \(socket)", "unixsocketperm 700", "dir \(folder)", "save \"\""]
        let file = Files.parent(of: folder) + "/redis.conf"
        try Sandbox.write(file, (own + settings).joined(separator: "\n") + "\n", mode: 0o644)
        let sink = try Descriptor.open(log, O_WRONLY | O_CREAT | O_APPEND)
        let identity = ["--reuid=redis", "--regid=redis", "--clear-groups", "--no-new-privs", "--"]
        let program = Program(.path("/usr/bin/setpriv"), identity + [Self.server, file])
        pid = try ChildProcess.spawn(program, output: sink, errors: sink).pid
        guard waits else { return }
        let answers = Wait.until {
            (try? self.ask("PING")).map { $0.contains("PONG") || $0.contains("NOAUTH") } ?? false
        }
        guard answers else {
            kill()
            throw FixtureError("redis-server does not answer: \(Files.text(log) ?? "")")
        }
    }

    func kill() {
        guard pid > 0 else { return }
        Glibc.kill(pid, SIGKILL)
        ChildProcess.wait(for: pid)
        pid = 0
    }

    var log: String { Files.parent(of: folder) + "/log" }

    /// What `redis-cli` says.
    @discardableResult
    func ask(_ words: String...) throws -> String {
        let answer = try Shell.run("timeout", ["60", "redis-cli", "-s", socket] + words)
        return answer.split(whereSeparator: \.isNewline).joined(separator: "\n")
    }

    /// A field of `INFO`.
    func information(_ field: String) throws -> String {
        let lines = try ask("INFO").split(separator: "\n")
        return lines.first { $0.hasPrefix("\(field):") }.map { String($0.dropFirst(field.count + 1)) } ?? ""
    }

    /// The size of the AOF's first increment.
    var appendedBytes: Int {
        get throws {
            let file = try Descriptor.open("\(folder)/appendonlydir/appendonly.aof.1.incr.aof", O_RDONLY)
            return Int(try file.status().st_size)
        }
    }

    func settings(_ values: [String: ApplicationSettings.Value] = [:], deadline: Double = 120) -> ApplicationSettings {
        var settings = ApplicationSettings(type: "redis", name: "cache")
        settings.deadlineSeconds = deadline
        settings.values = ["socket": .text(socket)].merging(values) { $1 }
        return settings
    }

    /// Keys from `first` on, with 100 bytes each.
    func fill(_ count: Int, from first: Int = 0) throws {
        let script =
            "for i=ARGV[1],ARGV[1]+ARGV[2]-1 do redis.call('SET','fill'..i,string.rep('v',100)) end return 'done'"
        guard try ask("EVAL", script, "0", "\(first)", "\(count)") == "done" else { throw FixtureError("EVAL") }
    }

    /// Runs `body` beside a client that sets one key after the other.
    func withWriter<Value>(_ body: (Recorder) throws -> Value) throws -> Value {
        try Recorder.with(Self.writer, [socket], in: sandbox, body)
    }

    private static let writer = """
        import os, socket, sys
        record = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        link = socket.socket(socket.AF_UNIX)
        link.connect(sys.argv[2])
        replies = link.makefile("rb")
        number = 0
        while True:
            number += 1
            key, value = b"key%d" % number, b"%d " % number * 500
            link.sendall(b"*3\\r\\n$3\\r\\nSET\\r\\n$%d\\r\\n%s\\r\\n$%d\\r\\n%s\\r\\n" % (len(key), key, len(value), value))
            if replies.readline() != b"+OK\\r\\n": sys.exit("refused")
            os.write(record, b".")
        """

    /// Copies the data as it is now, and says where the copy is.
    func copy(_ name: String) throws -> String {
        let copy = sandbox.path("\(name)/data")
        try Files.makeFolder(Files.parent(of: copy))
        chmod(Files.parent(of: copy), 0o711)
        try Shell.run("cp", "-a", folder, copy)
        return copy
    }
}

extension ApplicationRecord {
    /// The same application with its data elsewhere.
    func moved(to folder: String) -> ApplicationRecord {
        var record = self
        record.facts["dir"] = folder
        return record
    }
}
