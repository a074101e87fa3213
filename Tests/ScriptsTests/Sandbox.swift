import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

/// A folder that only root can write, on a path that only root can write, gone after the test whatever happens.
struct Sandbox: Sendable {
    let path: String

    /// Runs a test in a new sandbox. Needs root, because only root's files are trusted; says so and fails otherwise.
    static func with(_ body: (Sandbox) throws -> Void) throws {
        try #require(getuid() == 0, "these tests need root: only root's files are trusted")
        var template = Array("/root/.remanso-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        try #require(made, "mkdtemp in /root failed")
        let name = template.dropLast().map { UInt8(bitPattern: $0) }
        let sandbox = Sandbox(path: String(decoding: name, as: UTF8.self))
        defer { sandbox.remove(sandbox.path) }
        try body(sandbox)
    }

    private func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            Files.names(in: path).forEach { remove(path + "/" + $0) }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file with exactly this mode, whatever the umask.
    @discardableResult
    func file(_ name: String, bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
        let path = path(name)
        try Files.makeFolder(Files.parent(of: path))
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try file.writeAll(bytes)
        try #require(chmod(path, mode) == 0)
        return path
    }

    @discardableResult
    func file(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        try file(name, bytes: Array(text.utf8), mode: mode)
    }

    func folder(_ name: String, mode: mode_t = 0o700, owner: uid_t = 0) throws -> String {
        try Files.makeFolder(path(name))
        try #require(chown(path(name), owner, 0) == 0)
        try #require(chmod(path(name), mode) == 0)
        return path(name)
    }

    func link(_ name: String, to target: String) throws -> String {
        try #require(symlink(target, path(name)) == 0)
        return path(name)
    }

    /// Writes a plugin configuration with the two required keys and whatever else is given.
    @discardableResult
    func config(_ name: String = "config.json", _ more: String = "", mode: mode_t = 0o600) throws -> String {
        try file(name, JSONText.object(more), mode: mode)
    }

    func load(_ name: String = "config.json", isExplicit: Bool = true) -> ScriptFramework {
        ScriptFramework.load(configPath: path(name), isExplicit: isExplicit)
    }

    /// The lines that scripts wrote to a file of the sandbox; none when there is no file.
    func lines(_ name: String) -> [String] {
        (Files.text(path(name)) ?? "").split(separator: "\n").map(String.init)
    }
}

enum JSONText {
    static let required = #""pluginName":"ScriptRunner","preScriptLocation":"/pre.sh","postScriptLocation":"/post.sh""#

    static func object(_ more: String = "") -> String { "{" + required + (more.isEmpty ? "" : "," + more) + "}" }
}

extension ScriptFramework {
    var problems: [Problem] { findings.map(\.problem) }
    var errors: [Problem] { findings.filter { $0.severity == .error }.map(\.problem) }
    var warnings: [Problem] { findings.filter { $0.severity == .warning }.map(\.problem) }
}

/// Running scripts of a sandbox.
struct ScriptBench {
    let box: Sandbox
    var retries = 0
    var timeout = 20
    var parameters: [String] = []
    var environment: [String: String] = [:]
    var phase = ScriptPhase.pre
    var sweepsOrphans = true
    var isInterruptible = false

    /// Once only: what is a child already when this is called is never swept.
    private static let adoption: Void = ProcessTable.adoptOrphans()

    init(_ box: Sandbox) {
        self.box = box
        Self.adoption
    }

    func plugin(_ path: String) -> Plugin {
        let spec = ScriptSpec(path: path, parameters: parameters, retries: retries)
        return Plugin(
            name: "ScriptRunner", configPath: box.path("config.json"), pre: spec, post: spec, timeoutSeconds: timeout)
    }

    /// Writes a script, checks it and runs it.
    func run(_ text: String) throws -> ScriptOutcome {
        let plugin = plugin(try box.file("script", text, mode: 0o700))
        return run(try plugin.open(phase), plugin)
    }

    func run(_ script: CheckedScript, _ plugin: Plugin) -> ScriptOutcome {
        ScriptRun.run(
            script, plugin: plugin, environment: environment, isInterruptible: isInterruptible,
            sweepsOrphans: sweepsOrphans)
    }
}

/// Runs `body` and returns how long it took, in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = Instant.now
    try body()
    return Instant.now.milliseconds(since: start) / 1000
}

/// Whether a process is there and not just waiting to be reaped.
func isAlive(_ pid: String) -> Bool {
    pid_t(pid).flatMap(ProcessTable.entry).map { !$0.isZombie } ?? false
}
