internal import CLinux
internal import Glibc
internal import Linux

/// How far the freeze of one volume or control group has come. Raw values are those of `ledger.h`.
enum FreezeState: UInt32 {
    case planned, issuing, frozen, refused, abandoned, thawing, thawed, lost, cancelled

    /// Remanso has frozen the volume, or may have.
    var mayBeFrozen: Bool {
        switch self {
        case .issuing, .frozen, .abandoned, .thawing: true
        case .planned, .refused, .thawed, .lost, .cancelled: false
        }
    }
}

/// The mapped freeze ledger, shared with the freezer and kept in a file for `remanso thaw`.
final class Ledger: Sendable {
    let file: Descriptor
    private nonisolated(unsafe) let pointer: UnsafeMutablePointer<remanso_ledger>

    private static let size = MemoryLayout<remanso_ledger>.size

    /// Writes a new ledger for these control groups, and these volumes behind them.
    static func create(
        _ path: String, cgroups: [Cgroup], targets: [FreezeTarget], deadlineSeconds: Double
    ) throws(SystemError) -> Ledger {
        let count = cgroups.count + targets.count
        guard count <= Int(REMANSO_LEDGER_MAX_VOLUMES) else { throw SystemError("freeze", path, code: E2BIG) }
        // A new file each time: the freezer of an earlier run may still have the old one mapped.
        let temporary = path + ".new"
        unlink(temporary)
        let file = try Descriptor.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
        try check("ftruncate", path) { ftruncate(file.number, off_t(size)) }
        let ledger = try Ledger(mapping: file)
        let content = ledger.pointer
        content.pointee.version = UInt32(REMANSO_LEDGER_VERSION)
        content.pointee.count = UInt32(count)
        // A timer set to 0 would never fire.
        content.pointee.deadline_ns = Int64(min(max(deadlineSeconds, 0.001), 86_400) * 1e9)
        try copy(BootID.current, to: remanso_ledger_boot_id(content), capacity: 40)
        for (index, cgroup) in cgroups.enumerated() { try ledger.enter(cgroup, at: index) }
        // A process that waits for a frozen file system never comes to rest: the groups come first.
        let firstWave: UInt32 = cgroups.isEmpty ? 0 : 1
        for (index, target) in targets.enumerated() {
            try ledger.enter(target, at: cgroups.count + index, wave: firstWave + target.wave)
        }
        content.pointee.magic = REMANSO_LEDGER_MAGIC
        try check("rename", path) { rename(temporary, path) }
        return ledger
    }

    private func enter(_ cgroup: Cgroup, at index: Int) throws(SystemError) {
        guard let entry = entry(index) else { return }
        entry.pointee.kind = UInt32(REMANSO_CGROUP)
        entry.pointee.inode = cgroup.inode
        try Self.copy(cgroup.path, to: remanso_entry_mount_point(entry), capacity: Int(REMANSO_LEDGER_PATH))
    }

    private func enter(_ target: FreezeTarget, at index: Int, wave: UInt32) throws(SystemError) {
        guard let entry = entry(index) else { return }
        entry.pointee.wave = wave
        entry.pointee.major = target.mount.device.major
        entry.pointee.minor = target.mount.device.minor
        entry.pointee.mount_id = target.mount.id
        try Self.copy(target.mount.mountPoint, to: remanso_entry_mount_point(entry), capacity: Int(REMANSO_LEDGER_PATH))
        try Self.copy(target.mount.source, to: remanso_entry_device(entry), capacity: 256)
        try Self.copy(target.mount.filesystem, to: remanso_entry_filesystem(entry), capacity: 32)
    }

    /// Opens a ledger that an earlier run has left; `nil` when it is none of this boot.
    static func open(_ path: String) -> Ledger? {
        guard let file = try? Descriptor.open(path, O_RDWR | O_NOFOLLOW), let status = try? file.status(),
            status.st_size >= size, let ledger = try? Ledger(mapping: file),
            ledger.pointer.pointee.magic == REMANSO_LEDGER_MAGIC,
            ledger.pointer.pointee.version == UInt32(REMANSO_LEDGER_VERSION),
            ledger.pointer.pointee.count <= UInt32(REMANSO_LEDGER_MAX_VOLUMES),
            String(cString: remanso_ledger_boot_id(ledger.pointer)) == BootID.current
        else { return nil }
        return ledger
    }

    private init(mapping file: Descriptor) throws(SystemError) {
        let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.number, 0)
        guard let memory, memory != MAP_FAILED else { throw SystemError("mmap", file.path) }
        self.file = file
        pointer = memory.bindMemory(to: remanso_ledger.self, capacity: 1)
    }

    deinit { munmap(pointer, Self.size) }

    private static func copy(_ text: String, to target: UnsafeMutablePointer<CChar>?, capacity: Int)
        throws(SystemError)
    {
        guard let target, text.utf8.count < capacity else { throw SystemError("freeze", text, code: ENAMETOOLONG) }
        text.withCString { _ = strcpy(target, $0) }
    }

    /// How many volumes and control groups it holds.
    var count: Int { Int(pointer.pointee.count) }
    /// Whether the deadline ended the freeze.
    var isExpired: Bool { remanso_ledger_is_expired(pointer) != 0 }

    /// Notes that the deadline ended the freeze.
    func expire() { remanso_ledger_expire(pointer) }

    private func entry(_ index: Int) -> UnsafeMutablePointer<remanso_ledger_entry>? {
        remanso_ledger_entry(pointer, Int32(index))
    }

    func state(_ index: Int) -> FreezeState {
        entry(index).flatMap { FreezeState(rawValue: remanso_entry_state($0)) } ?? .planned
    }

    func setState(_ index: Int, _ state: FreezeState) {
        if let entry = entry(index) { remanso_entry_set_state(entry, state.rawValue) }
    }

    private func change(_ index: Int, from old: FreezeState, to new: FreezeState) {
        if let entry = entry(index) { _ = remanso_entry_change_state(entry, old.rawValue, new.rawValue) }
    }

    /// Keeps a freezer that is not quite dead, or not dead at all, from freezing more: volumes that it has not come to
    /// are cancelled, and a FIFREEZE that is under way thaws as soon as it returns.
    func forbidFurtherFreezing() {
        for index in 0..<count {
            change(index, from: .planned, to: .cancelled)
            if span(index).issued > 0 { change(index, from: .issuing, to: .abandoned) }
        }
    }

    /// The freeze was about to be issued and, if the freezer is dead, never will be.
    func wasNeverIssued(_ index: Int) -> Bool { isUnderWay(index) && span(index).issued == 0 }

    /// A FIFREEZE may be under way, so that FITHAW can say too early that nothing is frozen.
    func isUnderWay(_ index: Int) -> Bool { state(index) == .issuing || state(index) == .abandoned }

    /// Which process is the freezer.
    var freezer: (pid: pid_t, startTime: UInt64) {
        get { (pointer.pointee.freezer_pid, pointer.pointee.freezer_start) }
        set {
            pointer.pointee.freezer_pid = newValue.pid
            pointer.pointee.freezer_start = newValue.startTime
        }
    }

    /// The thread of the freezer that dies with it at once.
    var freezerCanary: pid_t { pointer.pointee.freezer_canary }

    /// Indices of the volumes that are frozen, or may be.
    var mayBeFrozen: [Int] { (0..<count).filter { state($0).mayBeFrozen } }

    /// The `errno` of a call that failed.
    func error(_ index: Int) -> Int32 { entry(index)?.pointee.error ?? 0 }
    func setError(_ index: Int, _ code: Int32) { entry(index)?.pointee.error = code }

    /// Whether the entry is of a control group, and not of a volume.
    func isCgroup(_ index: Int) -> Bool { entry(index)?.pointee.kind == UInt32(REMANSO_CGROUP) }
    /// The number of a control group's file `cgroup.freeze`.
    func inode(_ index: Int) -> UInt64 { entry(index)?.pointee.inode ?? 0 }

    /// A control group that the freezer has not come to: a freeze of it would be somebody else's. A volume says so itself.
    func mayBeForeign(_ index: Int) -> Bool { isCgroup(index) && span(index).issued == 0 }

    func wave(_ index: Int) -> UInt32 { entry(index)?.pointee.wave ?? 0 }
    func mountID(_ index: Int) -> UInt64 { entry(index)?.pointee.mount_id ?? 0 }
    func device(_ index: Int) -> DeviceNumber {
        DeviceNumber(major: entry(index)?.pointee.major ?? 0, minor: entry(index)?.pointee.minor ?? 0)
    }
    func mountPoint(_ index: Int) -> String {
        entry(index).map { String(cString: remanso_entry_mount_point($0)) } ?? ""
    }
    func source(_ index: Int) -> String { entry(index).map { String(cString: remanso_entry_device($0)) } ?? "" }
    func filesystem(_ index: Int) -> String { entry(index).map { String(cString: remanso_entry_filesystem($0)) } ?? "" }

    /// When freeze and thaw were issued and when they came about, in nanoseconds; 0 when it has not happened.
    func span(_ index: Int) -> (issued: Int64, frozen: Int64, thaw: Int64, thawed: Int64) {
        guard let entry = entry(index) else { return (0, 0, 0, 0) }
        let content = entry.pointee
        return (content.issued_ns, content.frozen_ns, content.thaw_ns, content.thawed_ns)
    }

    func noteThaw(_ index: Int) { entry(index)?.pointee.thawed_ns = remanso_monotonic_ns() }

    /// Indices of the volumes in one wave.
    func indices(inWave wave: UInt32) -> [Int] { (0..<count).filter { self.wave($0) == wave } }
    /// The waves in the order of thawing.
    var wavesToThaw: [UInt32] { Set((0..<count).map(wave)).sorted(by: >) }
}

/// The id of the running kernel's boot, which no earlier or later boot shares.
public enum BootID {
    /// As `/proc/sys/kernel/random/boot_id` gives it.
    public static let current = Files.line("/proc/sys/kernel/random/boot_id") ?? ""
}
