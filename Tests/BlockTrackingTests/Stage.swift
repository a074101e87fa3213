import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import BlockTracking

/// A mounted volume with a tracker, and the truth about it: the content of its device.
struct Stage {
    static let parent = ParentImage(repository: "vault", snapshot: "parent", path: "/volume.img")

    let sandbox: Sandbox
    let volume: Volume
    let mount: Mount

    static func with(_ kind: Volume.Kind, megabytes: Int = 0, _ body: (Stage) throws -> Void) throws {
        try Sandbox.with { sandbox in
            try Volume.with(kind, megabytes: megabytes, in: sandbox.path) { volume in
                guard let mount = try MountTable.current().mount(at: volume.mountPoint) else {
                    throw FixtureError("\(volume.mountPoint) is not mounted")
                }
                let stage = Stage(sandbox: sandbox, volume: volume, mount: mount)
                defer { KernelObjects.unpin(stage.deviceName) }
                try body(stage)
            }
        }
    }

    /// Where the notes of pinned tracking are kept.
    var folder: TrackingFolder { TrackingFolder(in: sandbox.path) }
    /// The kernel's name of the device.
    var deviceName: String { String(volume.device.dropFirst("/dev/".count)) }

    func attached() throws -> BlockTracker { try BlockTracker.attach(mount) }

    /// The barrier: what was queued before has completed.
    func settle(_ tracker: BlockTracker) throws {
        try volume.frozen { try tracker.settle() }
        _ = tracker.take()
    }

    /// The device's content as the disk has it, past the page cache.
    func image() throws -> [UInt8] { try Device.content(volume.device) }

    func blocks(changedSince before: [UInt8]) throws -> BlockSet {
        Device.changed(before, try image())
    }

    /// How many of the blocks a tracker did not name.
    func missing(_ blocks: BlockSet, in taken: TakenBlocks) -> Int {
        var left = blocks
        left.subtract(taken.written)
        left.subtract(taken.discarded)
        return left.count
    }

    /// Begins pinned tracking with a first backup; returns what that holds.
    func beginPinned() throws -> [UInt8] {
        let tracker = try PinnedTracker.begin(mount, in: folder)
        return try volume.frozen {
            try tracker.settle()
            _ = tracker.take()
            try tracker.commit(parent: Self.parent)
            return try image()
        }
    }

    /// A backup of what changed, as another process would make it.
    func backup(parent: ParentImage) throws {
        let tracker = try PinnedTracker.open(mount, in: folder).tracker
        _ = tracker?.take()
        try tracker?.commit(parent: parent)
    }

    /// A backup that fails after it has taken the blocks; returns how many.
    func takeAndForget() throws -> Int {
        try PinnedTracker.open(mount, in: folder).tracker?.take().written.count ?? 0
    }

    /// Every block that differs must be named, and the audit be exact.
    func expectAllNamed(_ tracker: PinnedTracker, since before: [UInt8]) throws {
        try volume.frozen {
            let taken = tracker.take()
            let changed = try blocks(changedSince: before)
            #expect(changed.count > 0)
            #expect(missing(changed, in: taken) == 0)
            #expect(tracker.doubt() == nil)
        }
    }

    /// Changes the notes as they lie on the disk.
    func edit(_ change: (inout TrackingState) -> Void) throws {
        guard var state = folder.state(deviceName) else { throw FixtureError("no notes") }
        change(&state)
        try folder.save(state)
    }

    func setStatistics(on: Bool) throws {
        let file = try Descriptor.open("/sys/block/\(deviceName)/queue/iostats", O_WRONLY)
        try file.writeAll((on ? "1" : "0").utf8)
    }

    func writeDevice(block: Int, count: Int) throws { try Device.write(volume.device, block: block, count: count) }
}

/// A block device, read and written past the page cache.
enum Device {
    private static let direct: Int32 = 0o40000

    static func content(_ node: String) throws -> [UInt8] {
        let device = try Descriptor.open(node, O_RDONLY | direct)
        let size = Int(lseek(device.number, 0, Int32(SEEK_END)))
        return try withBuffer(size) { buffer in
            var done = 0
            while done < size {
                let place = buffer.baseAddress?.advanced(by: done)
                let count = pread(device.number, place, min(size - done, 1 << 20), done)
                if count <= 0 { throw SystemError("pread", node) }
                done += count
            }
            return Array(buffer)
        }
    }

    static func changed(_ before: [UInt8], _ after: [UInt8]) -> BlockSet {
        var set = BlockSet(size: UInt64(after.count))
        before.withUnsafeBytes { left in
            after.withUnsafeBytes { right in
                for block in 0..<set.blockCount {
                    let offset = block * 4096, length = min(4096, after.count - offset)
                    guard let l = left.baseAddress, let r = right.baseAddress else { continue }
                    if memcmp(l + offset, r + offset, length) != 0 { set.insert(block..<block + 1) }
                }
            }
        }
        return set
    }

    static func write(_ node: String, block: Int, count: Int) throws {
        let device = try Descriptor.open(node, O_WRONLY | direct)
        let byte = UInt8.random(in: 1...255)
        try withBuffer(count * 4096) { buffer in
            for index in buffer.indices { buffer[index] = byte }
            let written = pwrite(device.number, buffer.baseAddress, buffer.count, block * 4096)
            if written != buffer.count { throw SystemError("pwrite", node) }
        }
    }

    private static func withBuffer<Value>(
        _ size: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Value
    ) throws -> Value {
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer { raw.deallocate() }
        return try body(raw.bindMemory(to: UInt8.self))
    }
}
