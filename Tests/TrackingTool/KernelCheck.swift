import BlockTracking
import CLinux
import Glibc
import Linux
import Messages

/// What must hold on every kernel: whatever changed on the device was noted, and the audit is exact. For a machine on
/// which nothing else runs; it freezes the volume by itself.
struct KernelCheck {
    let mount: Mount
    let node: String
    let folder: String

    func run() throws {
        let root = try Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY)
        guard try root.mountIdentity().isMountRoot else { throw SystemError("mount", mount.mountPoint, code: EINVAL) }
        let places = TrackingFolder(in: folder)
        try begin(root, places)
        let before = try content()
        try write(root)
        let opening = try PinnedTracker.open(mount, in: places)
        if let doubt = opening.doubt { say("doubt: \(doubt.text(in: .en))") }
        guard let tracker = opening.tracker else { exit(1) }
        let (taken, doubt, after) = try frozen(root) {
            let taken = tracker.take()
            return (taken, tracker.doubt(), try content())
        }
        var changed = difference(before, after)
        let count = changed.count
        changed.subtract(taken.written)
        changed.subtract(taken.discarded)
        let isGood = changed.isEmpty && count > 0 && doubt == nil
        say(
            "changed \(count) noted \(taken.written.count) missed \(changed.count) doubt \(doubt?.text(in: .en) ?? "none")"
        )
        say(isGood ? "TRACKED" : "NOT TRACKED")
        if !isGood { exit(1) }
    }

    private func begin(_ root: Descriptor, _ places: TrackingFolder) throws {
        let tracker = try PinnedTracker.begin(mount, in: places)
        try frozen(root) { try tracker.settle() }
        _ = tracker.take()
        try tracker.commit(parent: ParentImage(repository: "check", snapshot: "check", path: "/check.img"))
    }

    private func write(_ root: Descriptor) throws {
        for index in 0..<40 {
            let file = try Descriptor.open("\(mount.mountPoint)/file\(index)", O_WRONLY | O_CREAT)
            let byte = UInt8(index + 1)
            try file.writeAll([UInt8](repeating: byte, count: 40_000 + 4096 * index))
            if index % 4 == 0 { fsync(file.number) }
        }
        for index in stride(from: 0, to: 40, by: 3) { unlink("\(mount.mountPoint)/file\(index)") }
        try root.syncFileSystem()
    }

    private func frozen<Value>(_ root: Descriptor, _ body: () throws -> Value) throws -> Value {
        try check("FIFREEZE", mount.mountPoint) { remanso_freeze(root.number) }
        defer { _ = remanso_thaw(root.number) }
        return try body()
    }

    private func content() throws -> [UInt8] {
        let direct: Int32 = 0o40000
        let device = try Descriptor.open(node, O_RDONLY | direct)
        let size = Int(lseek(device.number, 0, Int32(SEEK_END)))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { buffer.deallocate() }
        var done = 0
        while done < size {
            let count = pread(device.number, buffer.baseAddress?.advanced(by: done), min(size - done, 1 << 20), done)
            if count <= 0 { throw SystemError("pread", node) }
            done += count
        }
        return Array(buffer)
    }

    private func difference(_ before: [UInt8], _ after: [UInt8]) -> BlockSet {
        var set = BlockSet(size: UInt64(after.count))
        for block in 0..<set.blockCount {
            let range = block * 4096..<min((block + 1) * 4096, after.count)
            if before[range] != after[range] { set.insert(block..<block + 1) }
        }
        return set
    }
}
