import BlockTracking
import Fixtures
import Freezing
import Glibc
import Images
import Linux
import Messages
import Testing

@testable import Snapshots

/// A volume on a plain loop device, the real tracker and the real freezer: what an image needs.
struct ImageStage {
    let sandbox: Sandbox
    let volume: Volume
    let mount: Mount
    let shelf: any ImageShelf
    var settings = Settings()

    struct Settings {
        var skipsFreeSpace = true
        /// More than the whole volume: these writers do not let anybody catch up.
        var memoryLimit = 1 << 30
        var freezeBudget = 0.2
        /// Seconds that a freeze may take: in it the test reads the whole device.
        var deadline = 180.0
    }

    /// What a run of the provider came to, and what the device held at the frozen instant.
    struct Shot {
        let name: String
        /// The file with what came back of the image.
        let path: String
        let device: AlignedMemory
        let free: BlockSet
        let result: ImageResult
        let tracker: any ChangeTracking
        let freezeMilliseconds: Double
    }

    /// - Parameter usesVault: the images go to the real vault and are read back from there.
    static func with(
        _ kind: Volume.Kind, megabytes: Int, usesVault: Bool = false, _ body: (ImageStage) throws -> Void
    ) throws {
        try Sandbox.with { sandbox in
            // In memory: the disk has enough to do with the volume.
            let images = sandbox.path("images")
            try Files.makeFolder(images)
            try Shell.run("mount", "-t", "tmpfs", "tmpfs", images)
            defer { umount2(images, Int32(MNT_DETACH)) }
            let shelf: any ImageShelf = usesVault ? try VaultShelf(images) : PlainShelf(images)
            try Volume.with(kind, megabytes: megabytes, in: sandbox.path) {
                try body(ImageStage(sandbox: sandbox, volume: $0, mount: $0.mount(), shelf: shelf))
            }
        }
    }

    func attach() throws(Failure) -> any ChangeTracking { try BlockTracker.attach(mount) }

    // MARK: One image

    /// Takes an image as a run does, and reads the device while it is still frozen.
    /// - Parameters:
    ///   - name: of the image's file.
    ///   - parent: with its tracker, for an increment.
    ///   - beforeFreeze: called before each freeze, when all is prepared.
    ///   - inFreeze: called inside each freeze, before `take`.
    ///   - afterTake: called inside each freeze, after `take`; throws `OtherVolumeFailed` where the run has to try again.
    func shoot(
        _ name: String, after parent: Shot? = nil, beforeFreeze: () throws -> Void = {},
        inFreeze: () throws -> Void = {}, afterTake: () throws -> Void = {}
    ) throws -> Shot {
        usedTracker.withLock { $0 = nil }
        let tracker = try parent?.tracker ?? attach()
        let sink = try shelf.begin(name, size: tracker.size, parent: parent?.name)
        let snapshot = try PrecopyProvider().prepare(source(tracker, sink, parent: parent))
        defer { try? snapshot.release() }
        while true {
            try snapshot.prepareForFreeze()
            try beforeFreeze()
            do {
                let frozen = try inFreezeOfOurs {
                    try inFreeze()
                    try snapshot.take()
                    try afterTake()
                    return try readFrozen()
                }
                _ = try snapshot.open(wasFrozen: true)
                let result = try #require(snapshot.image)
                return Shot(
                    name: name, path: try shelf.finish(name), device: frozen.value.device, free: frozen.value.free,
                    result: result,
                    tracker: usedTracker.withLock { $0 } ?? tracker, freezeMilliseconds: frozen.milliseconds)
            } catch is OtherVolumeFailed {
                try snapshot.prepareAgain()
            } catch let failure as Failure {
                guard snapshot.canTryAgain else { throw failure }
                try snapshot.prepareAgain()
            }
        }
    }

    /// Another volume of the run could not be taken in the same freeze.
    struct OtherVolumeFailed: Error {}

    /// The tracker that took the place of another one in the middle of a run.
    let usedTracker = Shared<(any ChangeTracking)?>(nil)

    private func source(_ tracker: any ChangeTracking, _ sink: any ImageSink, parent: Shot?) throws -> SnapshotSource {
        let stage = self
        var task = ImageTask(
            sink: sink, tracker: tracker, isTrackerSettled: parent != nil,
            freezeForAnInstant: { (body) throws(Failure) in try stage.freezeForAnInstant(body) },
            retrack: { () throws(Failure) in
                let tracker = try stage.attach()
                stage.usedTracker.withLock { $0 = tracker }
                return tracker
            })
        task.skipsFreeSpace = settings.skipsFreeSpace
        task.memoryLimit = settings.memoryLimit
        task.freezeBudget = settings.freezeBudget
        task.unread = parent?.result.unread
        return SnapshotSource(
            mount: mount, root: volume.root, recoveryPoint: "20260121T101500Z-7f3a", image: task)
    }

    // MARK: The freeze

    func freezeForAnInstant(_ body: @Sendable () throws(Failure) -> Void) throws(Failure) {
        do {
            try inFreezeOfOurs(body)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.systemCall(operation: "freeze", subject: volume.mountPoint, reason: "\(error)"))
        }
    }

    @discardableResult
    private func inFreezeOfOurs<Value>(_ body: () throws -> Value) throws -> (value: Value, milliseconds: Double) {
        let target = try FreezeTarget.open(mount)
        let session = try FreezeSession(
            [target], deadlineSeconds: settings.deadline, ledgerPath: sandbox.path("freeze.ledger"),
            freezerPath: RemansoCommand.path(of: "remanso-freezer"))
        defer { session.close() }
        if let problem = session.freeze().compactMap(\.problem).first {
            _ = session.thaw()
            throw Failure(problem)
        }
        let result = Result(catching: body)
        _ = session.thaw()
        return (try result.get(), session.totalMilliseconds)
    }

    /// The whole device and its free blocks, at the frozen instant.
    private func readFrozen() throws -> (device: AlignedMemory, free: BlockSet) {
        let source = try DeviceSource(volume.device)
        let memory = try AlignedMemory(capacity: Int(source.size))
        try source.readAligned(at: 0, into: memory.bytes(Int(source.size)))
        var free = BlockSet(size: source.size)
        let map = try #require(FreeSpace(of: volume.root, on: mount.device))
        #expect(map.read(into: &free))
        return (memory, free)
    }
}

extension ImageStage.Shot {
    /// Blocks of the image that are not as they were on the frozen device; free ones may be left out.
    func differences(leavingOutFree: Bool) throws -> [Int] {
        let block = BlockSet.blockSize, size = Int(free.size)
        let image = try AlignedMemory(capacity: size)
        defer { image.keepAlive() }
        let file = try Descriptor.open(path, O_RDONLY)
        var offset = 0
        while offset < size {
            let part = image.bytes(min(64 << 20, size - offset), at: offset)
            let count = pread(file.number, part.baseAddress, part.count, off_t(offset))
            if count <= 0 { throw FixtureError("the image ends at byte \(offset)") }
            offset += count
        }
        var found: [Int] = []
        for number in 0..<free.blockCount {
            let start = number * block, length = min(block, size - start)
            let left = device.bytes(length, at: start).baseAddress, right = image.bytes(length, at: start).baseAddress
            guard let left, let right, memcmp(left, right, length) != 0 else { continue }
            if !(leavingOutFree && free.contains(number)) { found.append(number) }
        }
        return found
    }
}
