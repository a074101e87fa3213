internal import CLinux
public import Glibc
public import Linux

/// A control group as systemd makes one for a unit, with a process in it that counts without pause. Thawed, emptied and
/// removed afterwards, also when the test fails.
public final class ControlGroup: Sendable {
    /// The group.
    public let cgroup: Cgroup
    /// The process that counts.
    public let pid: pid_t
    /// What it writes: line N is N, and each line is on disk before the next.
    public let file: String

    private init(_ cgroup: Cgroup, pid: pid_t, file: String) {
        self.cgroup = cgroup
        self.pid = pid
        self.file = file
    }

    /// Runs `body` while a process of a new group appends lines to `file`.
    /// - Parameter name: of the unit; made different from that of every other test.
    public static func with<Value>(
        _ name: String = "count", counting file: String, _ body: (ControlGroup) throws -> Value
    ) throws -> Value {
        try withFolder(name) { folder in
            guard let shell = Program.find("sh") else { throw FixtureError("sh is not installed") }
            let script = """
                echo $$ > "$1/cgroup.procs" || exit
                i=0; while :; do i=$((i+1)); echo $i >> "$0"; sync "$0"; done
                """
            let sink = try Descriptor.open("/dev/null", O_WRONLY)
            // Without the sandbox on its command line, where a test looks for what a run has left.
            let name = file.split(separator: "/").last.map(String.init) ?? file
            var program = Program(.path(shell), ["-c", script, name, folder])
            program.directory = Files.parent(of: file)
            let (pid, _) = try ChildProcess.spawn(program, output: sink, errors: sink)
            defer {
                kill(-pid, SIGKILL)
                ChildProcess.wait(for: pid)
            }
            let group = ControlGroup(try Cgroup(folder), pid: pid, file: file)
            defer { group.thaw() }
            guard Wait.until({ group.lines > 0 }) else { throw FixtureError("nothing was written to \(file)") }
            return try body(group)
        }
    }

    /// Runs `body` with a new group without a process.
    public static func withFolder<Value>(_ name: String, _ body: (String) throws -> Value) throws -> Value {
        try Sandbox.requirePrivateNamespace()
        let table = try MountTable.current()
        guard let root = table.visible.first(where: { $0.filesystem == "cgroup2" })?.mountPoint else {
            throw FixtureError("these tests need control groups of version 2")
        }
        let folder = "\(root)/remanso-\(getpid())-\(UInt32.random(in: 0...UInt32.max))-\(name).service"
        guard mkdir(folder, 0o755) == 0 else { throw FixtureError("mkdir \(folder): \(errno)") }
        defer { remove(folder) }
        return try body(folder)
    }

    private static func remove(_ folder: String) {
        for name in Files.names(in: folder) where Files.isFolder("\(folder)/\(name)") { remove("\(folder)/\(name)") }
        if let cgroup = try? Cgroup(folder) { _ = remanso_cgroup_thaw(cgroup.control.number) }
        if let file = try? Descriptor.open("\(folder)/cgroup.kill", O_WRONLY) { try? file.writeAll("1".utf8) }
        // The kernel takes the processes out of it a moment after their death.
        _ = Wait.until(seconds: 30) { rmdir(folder) == 0 || errno == ENOENT }
    }

    /// Asks a group to freeze, whatever is in it.
    public static func freeze(_ folder: String) throws {
        let cgroup = try Cgroup(folder)
        try check("cgroup.freeze", folder) { remanso_cgroup_freeze(cgroup.control.number) }
    }

    /// The name of the folder, as of a unit.
    public var unit: String { cgroup.path.split(separator: "/").last.map(String.init) ?? "" }

    /// Asks it to freeze as somebody else than Remanso would, and waits until it does.
    public func freezeAsForeigner() throws {
        guard remanso_cgroup_freeze(cgroup.control.number) == 0, Wait.until({ cgroup.isFrozen }) else {
            throw FixtureError("\(cgroup.path) does not freeze")
        }
    }

    /// Thaws it; `false` when it was not asked to freeze.
    @discardableResult
    public func thaw() -> Bool { remanso_cgroup_thaw(cgroup.control.number) == 0 }

    /// How many lines the process has written.
    public var lines: Int { LineWriter.lastLine(of: file) }

    /// Whether the process goes on in time.
    public func counts(withinSeconds seconds: Double = 60) -> Bool {
        let before = lines
        return Wait.until(seconds: seconds) { lines > before }
    }

    /// Whether it stands still: asked to, all of it at rest, and nothing written for a while.
    public var standsStill: Bool {
        guard cgroup.isAskedToFreeze, cgroup.isFrozen else { return false }
        let before = lines
        usleep(100_000)
        return lines == before
    }
}
