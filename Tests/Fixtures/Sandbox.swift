public import Glibc
internal import Linux

/// What went wrong while a fixture was made.
public struct FixtureError: Error, CustomStringConvertible {
    /// In words.
    public let description: String

    /// An error in these words.
    public init(_ description: String) { self.description = description }
}

/// A folder of a test's own, for root alone, that is gone afterwards whatever happens. Mounts of the test exist only in
/// the test process's private mount namespace.
public final class Sandbox: Sendable {
    /// Where sandboxes are made. `REMANSO_TESTS_FOLDER` names another place, such as a file system in memory: nobody mounts
    /// one here, because a sandbox elsewhere that removes the folder under it would take it away.
    static let base = getenv("REMANSO_TESTS_FOLDER").map { String(cString: $0) } ?? "/var/lib/remanso-tests"

    /// Its absolute path. Every folder on the way belongs to root and is writable by nobody else.
    public let path: String

    private init(_ path: String) { self.path = path }

    /// Runs `body` with a new sandbox and removes it.
    public static func with<Value>(_ body: (Sandbox) throws -> Value) throws -> Value {
        try requirePrivateNamespace()
        let sandbox = Sandbox("\(base)/\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        // Another test process may just remove the base, with its own last sandbox.
        guard Wait.until(seconds: 5, { (try? Files.makeFolder(sandbox.path)) != nil }) else {
            throw FixtureError("mkdir \(sandbox.path): \(errno)")
        }
        defer {
            _ = try? Shell.run("rm", "-rf", "--one-file-system", sandbox.path)
            rmdir(base)
        }
        return try body(sandbox)
    }

    /// Tests mount, freeze and kill: never outside a mount namespace of their own, and never without root.
    public static func requirePrivateNamespace() throws {
        guard geteuid() == 0 else { throw FixtureError("these tests must run as root: sudo make test") }
        // Only `scripts/as-root.sh` mounts a file system there, in the namespace that it makes.
        guard (try? MountTable.current())?.mount(at: "/run/remanso") != nil else {
            throw FixtureError("these tests need a mount namespace of their own: make test")
        }
    }

    /// A path inside.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file inside and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        try Self.write(path(name), text, mode: mode)
    }

    /// Writes a file anywhere and returns its path.
    @discardableResult
    public static func write(_ path: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        try Files.makeFolder(Files.parent(of: path))
        try Files.replace(path, with: text.utf8, isDurable: false)
        chmod(path, mode)
        return path
    }
}

/// Programs of the system that fixtures need.
public enum Shell {
    /// Runs a program and returns its standard output.
    /// - Throws: `FixtureError` when it fails or takes longer than three minutes.
    @discardableResult
    public static func run(_ command: String, _ arguments: String...) throws -> String {
        try run(command, arguments)
    }

    /// Runs a program and returns its standard output.
    @discardableResult
    public static func run(_ command: String, _ arguments: [String], seconds: Double = 180) throws -> String {
        guard let path = Program.find(command) else { throw FixtureError("\(command) is not installed") }
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: seconds)
        limits.keptBytes = 16 << 20
        let result = try ChildProcess.run(Program(.path(path), arguments), limits)
        guard result.ending == .exited(0), !result.timedOut else {
            throw FixtureError("\(command) \(arguments.joined(separator: " ")): \(result.errors.text)")
        }
        return result.output.text
    }
}
