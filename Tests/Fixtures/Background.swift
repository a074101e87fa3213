internal import Glibc
internal import Linux

/// A program that runs beside a test and is gone afterwards, with all that it started.
public enum Background {
    /// Runs `body` while the program runs.
    public static func with<Value>(_ command: String, _ arguments: [String], _ body: () throws -> Value) throws -> Value
    {
        guard let path = Program.find(command) else { throw FixtureError("\(command) is not installed") }
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, _) = try ChildProcess.spawn(Program(.path(path), arguments), output: sink, errors: sink)
        defer {
            // A session of its own: its pid is its group's.
            kill(-pid, SIGKILL)
            ChildProcess.wait(for: pid)
        }
        return try body()
    }
}
