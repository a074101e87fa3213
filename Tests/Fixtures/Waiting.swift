internal import CLinux
internal import Glibc
internal import Linux

/// Waiting for a condition with a limit, instead of sleeping for a guessed time.
public enum Wait {
    /// Returns as soon as `condition` holds; `false` when it did not within the time.
    public static func until(seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
        let limit = Instant.now.advanced(bySeconds: seconds)
        while true {
            if try condition() { return true }
            if limit < .now { return false }
            usleep(5_000)
        }
    }
}

extension Volume {
    /// Freezes the volume for `body`, and thaws it afterwards or when `seconds` are over, whichever is first: a call that
    /// blocks on the frozen volume gets free.
    public func frozen<Value>(atMostSeconds seconds: Double = 10, _ body: () throws -> Value) throws -> Value {
        let root = root
        let isOver = Shared(false)
        let watchdog = Thread {
            _ = Wait.until(seconds: seconds) { isOver.withLock { $0 } }
            _ = remanso_thaw(root.number)
        }
        guard let watchdog else { throw FixtureError("no thread for the watchdog") }
        defer {
            isOver.withLock { $0 = true }
            watchdog.join()
        }
        try freezeAsForeigner()
        defer { thaw() }
        return try body()
    }
}

/// A process that writes without pause: line N of its file is N, and each line is on disk before the next.
public final class Writer: Sendable {
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
    public static func with<Value>(_ file: String, _ body: (Writer) throws -> Value) throws -> Value {
        guard let shell = Program.find("sh") else { throw FixtureError("sh is not installed") }
        let script = "i=0; while :; do i=$((i+1)); echo $i >> \"$0\"; sync \"$0\"; done"
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, process) = try ChildProcess.spawn(
            Program(.path(shell), ["-c", script, file]), output: sink, errors: sink)
        let writer = Writer(pid: pid, process: process, file: file)
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

/// What a run must not leave behind on the machine.
public struct Traces: Sendable, Equatable {
    private let folder: String
    private let loopDevices: Set<String>
    private let mounts: Int

    /// As it is now: the mounts, and the loop devices of files below `folder`, for other tests may run beside this one.
    public init(below folder: String) throws {
        self.folder = folder
        loopDevices = Set(
            Files.names(in: "/sys/block").filter {
                Files.line("/sys/block/\($0)/loop/backing_file")?.hasPrefix(folder) ?? false
            })
        mounts = try MountTable.current().mounts.count
    }

    /// Whether nothing was added since then. The kernel takes a loop device away a moment after its last mount.
    public func areAllThatIsLeft() throws -> Bool {
        try Wait.until {
            let now = try Traces(below: folder)
            return now.mounts <= mounts && now.loopDevices.isSubset(of: loopDevices)
        }
    }
}
