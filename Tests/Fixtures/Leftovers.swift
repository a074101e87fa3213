internal import Glibc
internal import Linux

/// What a call of Remanso may have left behind: mounts, loop devices, processes, files in its state folder.
public struct Leftovers: Sendable {
    private let mounts: Set<String>
    private let loops: Set<String>
    private let processes: Set<pid_t>

    /// Remembers what is there now.
    public init() {
        ProcessTable.adoptOrphans()
        mounts = Self.mounts
        loops = Self.loops
        processes = Self.processes
    }

    /// What is there in addition, in words. What is about to go is waited for.
    public func found() -> [String] {
        var left = addition()
        _ = Wait.until(seconds: 30) {
            if !left.isEmpty { left = addition() }
            return left.isEmpty
        }
        return left
    }

    private func addition() -> [String] {
        var left = Self.mounts.subtracting(mounts).map { "the mount \($0)" }
        left += Self.loops.subtracting(loops).map { "the loop device \($0)" }
        left += Self.processes.subtracting(processes).map { pid in
            "the process \(pid) \(Files.line("/proc/\(pid)/comm") ?? "")"
        }
        for name in ["run.json", "freeze.ledger"] where Files.exists("/run/remanso/\(name)") {
            left.append("the file /run/remanso/\(name)")
        }
        if let lock = try? Descriptor.open("/run/remanso/lock", O_RDWR), flock(lock.number, LOCK_EX | LOCK_NB) != 0 {
            left.append("the lock /run/remanso/lock")
        }
        return left.sorted()
    }

    private static var mounts: Set<String> {
        let lines = (Files.text("/proc/self/mountinfo") ?? "").split(separator: "\n")
        return Set(lines.map { $0.split(separator: " ").prefix(5).joined(separator: " ") })
    }

    /// Loop devices over files of this process's mount namespace or of no name. Other tests may run beside these.
    private static var loops: Set<String> {
        let own = Set(((try? MountTable.current())?.mounts ?? []).filter { isOfTests($0.mountPoint) }.map(\.device))
        return Set(
            Files.names(in: "/sys/block").filter { $0.hasPrefix("loop") }.compactMap { name in
                guard let file = Files.line("/sys/block/\(name)/loop/backing_file") else { return nil }
                let device = (try? Shell.run("losetup", "-n", "-O", "BACK-MAJ:MIN", "/dev/\(name)"))?.trimmed ?? ""
                let isOwn =
                    isOfTests(file) && Files.exists(file) || own.contains { "\($0.major):\($0.minor)" == device }
                return isOwn ? "\(name) over \(file)" : nil
            })
    }

    private static func isOfTests(_ path: String) -> Bool { path.hasPrefix("\(Sandbox.base)/\(getpid())-") }

    /// Children of this process, among them every orphan of what it started.
    private static var processes: Set<pid_t> {
        Set(ProcessTable.all().filter { $0.parent == getpid() && !$0.isZombie }.map(\.pid))
    }
}
