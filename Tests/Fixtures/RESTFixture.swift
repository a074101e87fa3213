public import Glibc
internal import Linux

/// `rclone serve restic` on a folder, as somebody's server.
public struct RESTFixture: Sendable {
    /// Its address, without the account.
    public let address: String
    /// Its process.
    public let pid: pid_t

    /// Who may use it.
    public static let account = (user: "ada", password: "p@ss/word")
    /// As it stands in an address.
    private static let encoded = "ada:p%40ss%2Fword@"

    /// The repository as restic names it.
    public var repository: String { "rest:" + address.replacing("://", with: "://\(Self.encoded)") }

    /// Serves a folder for `body`.
    public static func with<Value>(
        _ folder: String, in sandbox: Sandbox, options: [String] = [], address: String = "127.0.0.1:0",
        _ body: (RESTFixture) throws -> Value
    ) throws -> Value {
        guard let path = Program.find("rclone") else { throw FixtureError("rclone is not installed") }
        let log = sandbox.path("rclone-\(UInt32.random(in: 0...9999)).log")
        let output = try Descriptor.open(log, O_WRONLY | O_CREAT | O_TRUNC)
        var program = Program(.path(path), ["serve", "restic", "--addr", address] + options + [folder])
        program.environment.merge(
            ["RCLONE_USER": account.user, "RCLONE_PASS": account.password, "RCLONE_CONFIG": "/dev/null"]) { $1 }
        let (pid, _) = try ChildProcess.spawn(program, output: output, errors: output)
        defer {
            kill(pid, SIGKILL)
            ChildProcess.wait(for: pid)
        }
        var found: String?
        _ = Wait.until(seconds: 60) {
            let line = Files.text(log)?.split(separator: "\n").first { $0.contains("Serving restic REST API on ") }
            found = line?.split(separator: " ").last.map(String.init)
            return found != nil
        }
        guard let found else { throw FixtureError("rclone does not serve: \(Files.text(log) ?? "")") }
        return try body(RESTFixture(address: found, pid: pid))
    }
}
