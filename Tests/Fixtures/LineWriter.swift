internal import Glibc
internal import Linux

/// A process that writes without pause: line N of its file is N, and each line is on disk before the next.
public final class LineWriter: Sendable {
    private let pid: pid_t
    private let process: Descriptor
    /// The file that it writes.
    public let file: String

    private init(pid: pid_t, process: Descriptor, file: String) {
        self.pid = pid
        self.process = process
        self.file = file
    }

    /// Runs `body` while a writer appends to `file`, and ends the writer.
    public static func with<Value>(_ file: String, _ body: (LineWriter) throws -> Value) throws -> Value {
        guard let shell = Program.find("sh") else { throw FixtureError("sh is not installed") }
        let script = "i=0; while :; do i=$((i+1)); echo $i >> \"$0\"; sync \"$0\"; done"
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, process) = try ChildProcess.spawn(
            Program(.path(shell), ["-c", script, file]), output: sink, errors: sink)
        let writer = LineWriter(pid: pid, process: process, file: file)
        defer {
            // The session too: the shell may just run sync.
            kill(-pid, SIGKILL)
            ChildProcess.wait(for: pid)
        }
        guard Wait.until({ writer.lastLine > 0 }) else { throw FixtureError("nothing was written to \(file)") }
        return try body(writer)
    }

    /// The last whole line of the file as it is now.
    public var lastLine: Int { Self.lastLine(of: file) }

    /// The last line that is surely on disk: a line may be seen before it is there.
    public var lastLineOnDisk: Int { lastLine - 1 }

    /// The last whole line of a copy; -1 when the lines are not 1, 2, 3 and so on.
    public static func lastLine(of file: String) -> Int {
        var lines = (Files.text(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        _ = lines.popLast()
        for (index, line) in lines.enumerated() where Int(line) != index + 1 { return -1 }
        return lines.count
    }

    /// Waits until it has written more than `line`.
    public func passes(_ line: Int) -> Bool { Wait.until { lastLine > line } }
}
