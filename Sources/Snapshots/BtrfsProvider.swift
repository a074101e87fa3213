internal import CLinux
internal import Glibc
internal import Linux
internal import Messages

/// A read-only snapshot of the mounted subvolume, kept at the top of its file system until it is released.
struct BtrfsProvider: SnapshotProvider {
    let name = "btrfs"
    let freezeRule = FreezeRule.forbidden

    /// The inode number of every subvolume's root (btrfs(5)).
    private static let subvolumeRoot: UInt64 = 256

    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability {
        guard mount.filesystem == "btrfs" else { return .unsuitable(.otherFilesystem(needed: "btrfs")) }
        if mount.isReadOnly { return .unsuitable(.readOnly) }
        guard let root = try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY),
            let identity = try? root.mountIdentity(), identity.inode == Self.subvolumeRoot
        else { return .unsuitable(.notASubvolume) }
        return .suitable(.snapshotsItself)
    }

    func warnings(for mount: Mount) -> [Problem] {
        guard let root = try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY) else { return [] }
        let count = Int(remanso_btrfs_nested_count(root.number))
        return count > 0 ? [.nestedSubvolumes(volume: mount.mountPoint, count: count)] : []
    }

    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot {
        let device = source.mount.source
        let id = remanso_btrfs_subvolume_id(source.root.number)
        let place = Place(device: device, name: ".remanso-\(source.recoveryPoint)-\(id)")
        let top = try attempt(source.mount.mountPoint) { () throws(SystemError) in try place.openTop() }
        return SubvolumeSnapshot(provider: self, source: source, place: place, top: top)
    }

    func remove(leftover: String) throws(Failure) {
        guard let place = Place(leftover: leftover) else { return }
        do {
            try place.remove(in: try place.openTop())
        } catch {
            throw Failure(
                .snapshotNotReleased(provider: name, volume: place.device, reason: error.description))
        }
    }

    /// Where a snapshot is kept: a name at the top of a file system.
    struct Place: Sendable {
        let device: String
        let name: String

        init(device: String, name: String) {
            self.device = device
            self.name = name
        }

        init?(leftover: String) {
            guard let bar = leftover.lastIndex(of: "|") else { return nil }
            device = String(leftover[..<bar])
            name = String(leftover[leftover.index(after: bar)...])
            // Nothing but a snapshot of ours is ever deleted.
            guard name.hasPrefix(".remanso-"), !name.contains("/") else { return nil }
        }

        var leftover: String { "\(device)|\(name)" }

        /// The root of the file system's top level, mounted for no one else to see.
        func openTop() throws(SystemError) -> Descriptor {
            try DetachedMount("btrfs", source: device, options: [("subvolid", "5")], writable: true, isShared: true)
                .root()
        }

        func remove(in top: Descriptor) throws(SystemError) {
            let result = remanso_btrfs_delete_subvolume(top.number, name)
            if result != 0 && errno != ENOENT { throw SystemError("BTRFS_IOC_SNAP_DESTROY", name) }
        }
    }
}

private final class SubvolumeSnapshot: PreparedSnapshot {
    private let provider: BtrfsProvider
    private let source: SnapshotSource
    private let place: BtrfsProvider.Place
    private let top: Descriptor

    init(provider: BtrfsProvider, source: SnapshotSource, place: BtrfsProvider.Place, top: Descriptor) {
        self.provider = provider
        self.source = source
        self.place = place
        self.top = top
    }

    private var volume: String { source.mount.mountPoint }
    var leftover: String? { place.leftover }

    func take() throws(Failure) {
        _ = try provider.attempt(volume) { () throws(SystemError) in
            try check("BTRFS_IOC_SNAP_CREATE_V2", volume) {
                remanso_btrfs_snapshot_readonly(top.number, source.root.number, place.name)
            }
        }
    }

    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer? {
        try provider.attempt(volume) { () throws(SystemError) in
            let shown = try DetachedMount(
                "btrfs", source: place.device, options: [("subvol", "/" + place.name)], isShared: true)
            return MountView.Layer(mount: shown, root: "/", mountPoint: volume)
        }
    }

    func release() throws(Failure) {
        do {
            try place.remove(in: top)
        } catch {
            throw Failure(.snapshotNotReleased(provider: provider.name, volume: volume, reason: error.description))
        }
    }
}
