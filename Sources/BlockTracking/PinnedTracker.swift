internal import Glibc
public import Linux
public import Messages

/// A tracker whose programs and maps outlive the process: it knows what changed since the last backup.
///
/// What `take` takes is kept in a second set of maps until `commit`. So whoever is killed in between, or fails, loses
/// nothing: the next one opens the tracker and is given both sets. The first `take` gives everything since the parent,
/// later ones what came since.
public final class PinnedTracker: ChangeTracking {
    private let tracker: BlockTracker
    private let kept: BitMaps
    private let folder: TrackingFolder
    private let lock: Descriptor  // held as long as the tracker lives
    private let volume: String
    private let state: Shared<TrackingState>

    /// Why what changed since the parent is not known for sure, as it was when the tracker was opened: then everything
    /// has to be read and compared, and `commit` makes a new beginning.
    public let openingDoubt: TrackingDoubt?

    private init(
        _ objects: KernelObjects, _ kept: BitMaps, _ state: TrackingState, _ folder: TrackingFolder,
        _ lock: Descriptor, volume: String, openingDoubt: TrackingDoubt?
    ) throws(SystemError) {
        tracker = try BlockTracker(objects, keeper: kept, base: state.base, volume: volume)
        self.kept = kept
        self.folder = folder
        self.lock = lock
        self.volume = volume
        self.state = Shared(state)
        self.openingDoubt = openingDoubt
    }

    /// Bytes of the volume.
    public var size: UInt64 { tracker.size }
    /// The image that the changes are counted from.
    public var parent: ParentImage? { state.withLock { $0.parent } }
    /// Blocks that the parent's image does not hold, because they were free; `nil` when that is not known.
    public var unread: BlockSet? {
        parent.flatMap { folder.unread(of: tracker.device.name, parent: $0, size: size) }
    }
    /// When tracking began, in seconds since 1970.
    public var since: Int { state.withLock { $0.since } }
    /// When the parent was noted, in seconds since 1970.
    public var parentSince: Int? { state.withLock { $0.parentSince } }
    /// Blocks that changed since the parent: an upper bound.
    public var changedBlocks: Int {
        min(tracker.pendingBlocks + kept.blockCount, BlockSet(size: size).blockCount)
    }

    /// Blocks that are marked now and were not taken: an upper bound.
    public var pendingBlocks: Int { tracker.pendingBlocks }

    /// Gives what was marked since the last call; the first call gives all since the parent.
    public func take() -> TakenBlocks { tracker.take() }

    /// Sets the base line of the audit; see `ChangeTracking`. It is kept with the next `commit`.
    public func settle() throws(Failure) { try tracker.settle() }

    /// Whether the tracker saw all that the block layer counted. Exact only while the volume is frozen.
    public func doubt() -> TrackingDoubt? { doubt(isFrozen: true) }

    /// The same; what is not frozen may have writes in flight, so that less can be proved.
    public func doubt(isFrozen: Bool) -> TrackingDoubt? { tracker.doubt(isFrozen: isFrozen) }

    /// Notes that all that was taken so far is in this image. Call it after the recovery point was made.
    /// - Parameter unread: blocks that the image does not hold, because the file system called them free.
    /// - Throws: `.trackingFailed`; the next backup then reads more than it would have to.
    public func commit(parent: ParentImage, unread: BlockSet? = nil) throws(Failure) {
        var next = state.withLock { $0 }
        if let unread {
            do {
                try folder.save(unread: unread, of: tracker.device.name, parent: parent)
            } catch {
                throw Failure(.trackingFailed(volume: volume, reason: error.description))
            }
        }
        next.parent = parent
        next.parentSince = time(nil)
        next.base = tracker.baseLine
        try save(next)
        // After the notes: killed in between, the next backup is given too much and not too little. What was in flight
        // when it was taken has been marked again.
        kept.clear()
    }

    /// Takes away what `begin` made.
    public func abandon() {
        folder.remove(tracker.device.name)
        KernelObjects.unpin(tracker.device.name)
    }

    /// Keeps the base line that `settle` set, without a backup.
    public func saveBaseLine() throws(Failure) {
        var next = state.withLock { $0 }
        next.base = tracker.baseLine
        try save(next)
    }

    private func save(_ next: TrackingState) throws(Failure) {
        do {
            try folder.save(next)
        } catch {
            throw Failure(.trackingFailed(volume: volume, reason: error.description))
        }
        state.withLock { $0 = next }
    }
}

extension PinnedTracker {
    /// What was found where a volume's tracking should be.
    public struct Opening: Sendable {
        /// The tracker; `nil` when there is none that could be used.
        public var tracker: PinnedTracker?
        /// Why it cannot say what changed since the parent.
        public var doubt: TrackingDoubt?
    }

    /// Opens the tracking of a volume that was begun earlier.
    /// - Throws: `.trackingBusy`, `.trackingFailed`, `.trackingImpossible`.
    public static func open(_ mount: Mount, in folder: TrackingFolder) throws(Failure) -> Opening {
        let device = try current(mount)
        let lock = try lock(device.name, volume: mount.mountPoint, folder)
        guard folder.hasState(device.name) || KernelObjects.isPinned(device.name) else {
            return Opening(tracker: nil, doubt: .notTracked)
        }
        guard let state = folder.state(device.name) else { return Opening(tracker: nil, doubt: .stateUnusable) }
        if let doubt = identityDoubt(state, device, mount) { return Opening(tracker: nil, doubt: doubt) }
        guard let objects = KernelObjects.pinned(state.device, state.guarding, state.guardKind),
            let maps = try? KeptBits.pinned(state.device)
        else { return Opening(tracker: nil, doubt: .detached) }
        do {
            let audit = try Audit(objects)
            let counted = state.base.map { audit.doubt(since: $0, isFrozen: false) } ?? .noBaseLine
            let seen = counted ?? objects.guardDoubt ?? filesystemDoubt(state, mount)
            let opening = seen ?? (state.parent == nil ? .noParent : nil)
            let tracker = try PinnedTracker(
                objects, try BitMaps(size: state.device.size, maps), state, folder, lock, volume: mount.mountPoint,
                openingDoubt: opening)
            return Opening(tracker: tracker, doubt: opening)
        } catch {
            throw Failure(.trackingFailed(volume: mount.mountPoint, reason: String(describing: error)))
        }
    }

    /// Begins to track a volume; what there was of an earlier tracking goes. Call `settle` while the volume is frozen, and
    /// `commit` when all of it is in an image.
    /// - Throws: `.trackingImpossible`, `.trackingBusy`, `.trackingFailed`.
    public static func begin(_ mount: Mount, in folder: TrackingFolder) throws(Failure) -> PinnedTracker {
        if let obstacle = TrackingSupport.obstacle(mount) {
            throw Failure(.trackingImpossible(volume: mount.mountPoint, obstacle: obstacle))
        }
        let device = try current(mount)
        let lock = try lock(device.name, volume: mount.mountPoint, folder)
        do {
            try KernelObjects.mountFileSystem()
            let objects = try KernelObjects.load(device)
            let maps = try KeptBits.make(device)
            let state = TrackingState(
                bootID: TrackingState.currentBootID, mountPoint: mount.mountPoint, device: device,
                filesystem: filesystem(of: mount),
                guarding: objects.guarding, guardKind: objects.guardKind, since: time(nil))
            folder.remove(device.name)
            try objects.pin(Dictionary(uniqueKeysWithValues: maps.map { (KeptBits.name($0), $1) }))
            try folder.save(state)
            return try PinnedTracker(
                objects, try BitMaps(size: device.size, maps), state, folder, lock, volume: mount.mountPoint,
                openingDoubt: .noParent)
        } catch let error as LoadError {
            throw Failure(.trackingImpossible(volume: mount.mountPoint, obstacle: error.obstacle))
        } catch {
            throw Failure(.trackingFailed(volume: mount.mountPoint, reason: String(describing: error)))
        }
    }

    static func current(_ mount: Mount) throws(Failure) -> TrackedDevice {
        guard mount.device.major != 0, let device = TrackedDevice.current(mount.device) else {
            throw Failure(.trackingImpossible(volume: mount.mountPoint, obstacle: .noBlockDevice))
        }
        return device
    }

    static func lock(_ name: String, volume: String, _ folder: TrackingFolder) throws(Failure) -> Descriptor {
        let lock: Descriptor?
        do {
            lock = try folder.lock(name)
        } catch {
            throw Failure(.trackingFailed(volume: volume, reason: error.description))
        }
        guard let lock else { throw Failure(.trackingBusy(volume: volume)) }
        return lock
    }

    private static func identityDoubt(
        _ state: TrackingState, _ device: TrackedDevice, _ mount: Mount
    ) -> TrackingDoubt? {
        if state.bootID != TrackingState.currentBootID { return .rebooted }
        let was = state.device
        if was.number != device.number || was.disk != device.disk || was.diskSequence != device.diskSequence {
            return .deviceReplaced
        }
        return was == device ? nil : .deviceResized
    }

    private static func filesystemDoubt(_ state: TrackingState, _ mount: Mount) -> TrackingDoubt? {
        state.filesystem == filesystem(of: mount) ? nil : .filesystemReplaced
    }

    private static func filesystem(of mount: Mount) -> String? {
        let root = try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY)
        return root?.fileSystemUUID() ?? BlockDevices.uuid(ofNode: mount.source)
    }
}
