import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

/// What a test of the freeze needs: a sandbox, the real freezer, a ledger of its own.
struct Stage {
    let sandbox: Sandbox
    var ledgerPath: String { sandbox.path("freeze.ledger") }

    static func with(_ body: (Stage) throws -> Void) throws {
        try Sandbox.with { try body(Stage(sandbox: $0)) }
    }

    /// A session over these volumes, in the order that Remanso finds by itself.
    func session(_ volumes: [Volume], deadline: Double = 60) throws -> FreezeSession {
        try session(FreezeTarget.ordered(volumes.map { try target($0) }, in: .current()), deadline: deadline)
    }

    func session(_ targets: [FreezeTarget], deadline: Double = 60) throws -> FreezeSession {
        try FreezeSession(
            targets, deadlineSeconds: deadline, ledgerPath: ledgerPath,
            freezerPath: RemansoCommand.path(of: "remanso-freezer"))
    }

    /// A session over a control group and these volumes.
    func session(_ volumes: [Volume], _ group: ControlGroup, deadline: Double = 60) throws -> FreezeSession {
        try session(volumes, group.cgroup, deadline: deadline)
    }

    func session(_ volumes: [Volume], _ cgroup: Cgroup, deadline: Double = 60) throws -> FreezeSession {
        try FreezeSession(
            FreezeTarget.ordered(volumes.map { try target($0) }, in: .current()), cgroups: [cgroup],
            deadlineSeconds: deadline, ledgerPath: ledgerPath,
            freezerPath: RemansoCommand.path(of: "remanso-freezer"))
    }

    /// The state of a volume in the ledger's file.
    func state(_ volume: Volume) -> LedgerView.State? { LedgerView(ledgerPath)?.states[volume.mountPoint] }
}

func mount(of volume: Volume) throws -> Mount {
    try #require(try MountTable.current().mount(at: volume.mountPoint))
}

func target(_ volume: Volume, wave: UInt32 = 0) throws -> FreezeTarget {
    var target = try FreezeTarget.open(mount(of: volume))
    target.wave = wave
    return target
}

extension Volume {
    /// Whether somebody holds it frozen; asked with an FIFREEZE of a foreigner, so never of a volume on a frozen one.
    var isFrozen: Bool {
        do {
            try freezeAsForeigner()
            thaw()
            return false
        } catch {
            return true
        }
    }

    /// Starts a write that gets stuck in the middle while the volume's image cannot be written.
    func startDirectWrite() throws -> (pid: pid_t, process: Descriptor) {
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let shell = try #require(Program.find("sh"))
        let command = "dd if=/dev/zero of='\(path("direct"))' bs=4k count=1 oflag=direct conv=fsync"
        return try ChildProcess.spawn(Program(.path(shell), ["-c", command]), output: sink, errors: sink)
    }
}

/// Work on a thread of its own that a test waits for only so long.
final class Background<Value: Sendable>: Sendable {
    private let result = Shared<Value?>(nil)

    init(_ body: @escaping @Sendable () -> Value) {
        let result = result
        _ = Linux.Thread {
            let value = body()
            result.withLock { $0 = value }
        }
    }

    /// What it came to; `nil` when it is not done in time.
    func value(withinSeconds seconds: Double = 20) -> Value? {
        _ = Wait.until(seconds: seconds) { result.withLock { $0 != nil } }
        return result.withLock { $0 }
    }
}
