public import Glibc
public import Linux

/// `remanso` while it runs, to be watched, stopped and killed.
public final class RunningRemanso: Sendable {
    /// Its pid.
    public let pid: pid_t
    private let process: Descriptor
    private let outputPath: String

    /// Starts it; what it prints goes to files in the sandbox.
    public init(_ arguments: [String], in sandbox: Sandbox) throws {
        outputPath = sandbox.path("remanso.out")
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        let output = try Descriptor.open(outputPath, flags)
        let errors = try Descriptor.open(sandbox.path("remanso.err"), flags)
        var program = Program(.path(try RemansoCommand.path(of: "remanso")), arguments)
        program.environment["LC_ALL"] = "C"
        (pid, process) = try ChildProcess.spawn(program, output: output, errors: errors)
    }

    /// The freezer that it has started.
    public var freezer: ProcessEntry? {
        ProcessTable.all().first { $0.parent == pid && Files.line("/proc/\($0.pid)/comm") == "remanso-freezer" }
    }

    /// Whether it has ended, threads that are stuck in the kernel included.
    public func hasEnded(withinSeconds seconds: Double) -> Bool { Wait.forEnd(of: process, seconds: seconds) }

    /// What it has printed on its standard output.
    public var output: String { Files.text(outputPath) ?? "" }

    /// Waits for its end and reaps it; it is killed when it takes too long.
    public func end(withinSeconds seconds: Double) throws -> ProcessEnding {
        let inTime = hasEnded(withinSeconds: seconds)
        if !inTime {
            kill(pid, SIGKILL)
            guard hasEnded(withinSeconds: 30) else { throw FixtureError("remanso cannot be killed") }
        }
        let ending = ChildProcess.wait(for: pid)
        if !inTime { throw FixtureError("remanso did not end: \(output)") }
        return ending
    }
}
