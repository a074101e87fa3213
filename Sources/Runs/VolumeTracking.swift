internal import BlockTracking
internal import Glibc
internal import Linux
internal import Messages
internal import Vault

/// What is known of the changes on a volume since its last recovery point.
struct VolumeTracking {
    /// Tells the blocks that change.
    let tracker: any ChangeTracking
    /// The tracker, where `remanso track enable` began it.
    private let pinned: PinnedTracker?
    /// The snapshot that the tracker counts from; `nil` when everything has to be read.
    let parent: String?
    /// Why everything has to be read; `nil` when it need not be.
    let doubt: TrackingDoubt?
    private let mount: Mount

    /// Seconds to wait for `remanso track` to look at the same volume.
    private static let patience = 5.0

    /// The tracker needs no barrier: it has vouched for every write since the parent.
    var isSettled: Bool { doubt == nil }

    /// Takes up the tracking that `remanso track enable` began, or begins one for this run alone.
    /// - Parameter repository: the id of the vault that the image goes to.
    static func begin(_ mount: Mount, repository: String, in folder: TrackingFolder) throws(Failure) -> VolumeTracking {
        switch try inspect(mount, folder) {
        case .usable(let pinned, .some(let doubt)):
            return VolumeTracking(tracker: pinned, pinned: pinned, parent: nil, doubt: doubt, mount: mount)
        case .usable(let pinned, nil):
            guard let parent = pinned.parent, parent.repository == repository,
                parent.path == RecoveryPoint.imagePath(of: mount.mountPoint)
            else {
                return VolumeTracking(tracker: pinned, pinned: pinned, parent: nil, doubt: .otherVault, mount: mount)
            }
            return VolumeTracking(
                tracker: pinned, pinned: pinned, parent: parent.snapshot, doubt: nil, mount: mount)
        case .unusable(.notTracked):
            let tracker = try BlockTracker.attach(mount)
            return VolumeTracking(tracker: tracker, pinned: nil, parent: nil, doubt: .notTracked, mount: mount)
        case .unusable(let doubt):
            // The administrator wants it tracked: from this run on it is again.
            let pinned = try PinnedTracker.begin(mount, in: folder)
            return VolumeTracking(tracker: pinned, pinned: pinned, parent: nil, doubt: doubt, mount: mount)
        }
    }

    private enum Found {
        case usable(PinnedTracker, TrackingDoubt?)
        case unusable(TrackingDoubt)
    }

    /// A tracker in doubt is let go, so that another can be begun in its place.
    private static func inspect(_ mount: Mount, _ folder: TrackingFolder) throws(Failure) -> Found {
        let opening = try open(mount, folder)
        guard let tracker = opening.tracker else { return .unusable(opening.doubt ?? .stateUnusable) }
        switch opening.doubt {
        case nil, .noParent: return .usable(tracker, opening.doubt)
        case .some(let doubt): return .unusable(doubt)
        }
    }

    private static func open(_ mount: Mount, _ folder: TrackingFolder) throws(Failure) -> PinnedTracker.Opening {
        let end = Instant.now.advanced(bySeconds: patience)
        while true {
            do throws(Failure) {
                return try PinnedTracker.open(mount, in: folder)
            } catch {
                guard case .trackingBusy = error.problem, Instant.now < end, Interruption.signal == nil else {
                    throw error
                }
                usleep(100_000)
            }
        }
    }

    /// Another tracker for the rest of this run, after this one fell into doubt. The pinned one stays in doubt, so that
    /// the next run reads everything too.
    var retrack: @Sendable () throws(Failure) -> any ChangeTracking {
        { [mount] () throws(Failure) in try BlockTracker.attach(mount) }
    }

    /// From now on the tracker counts from this snapshot.
    /// - Parameter unread: blocks that the image does not hold, because they were free.
    func commit(_ parent: ParentImage, unread: BlockSet?) throws(Failure) {
        try pinned?.commit(parent: parent, unread: unread)
    }

    /// Blocks that the parent's image does not hold, because they were free.
    var unread: BlockSet? { parent == nil ? nil : pinned?.unread }
}
