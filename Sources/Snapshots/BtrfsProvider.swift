internal import CLinux
internal import Glibc
internal import Linux
internal import Messages

/// A read-only snapshot of the mounted subvolume, kept at the top of its file system until it is released.
struct BtrfsProvider: SnapshotProvider {
    let name = "btrfs"
    let freezeRule = FreezeRule.forbidden

    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability {
        guard mount.filesystem == "btrfs" else { return .unsuitable(.otherFilesystem(needed: "btrfs")) }
        if mount.filesystemIsReadOnly { return .unsuitable(.readOnly) }
        guard let root = try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY),
            (try? Folder(root)) != nil
        else { return .unsuitable(.notASubvolume) }
        return .suitable(.snapshotsItself)
    }

    func warnings(for mount: Mount) -> [Problem] {
        guard let root = try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY) else { return [] }
        let count = Int(remanso_btrfs_nested_count(root.number))
        return count > 0 ? [.nestedSubvolumes(volume: mount.mountPoint, count: count)] : []
    }

    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot {
        // Two mounts may show the same subvolume: the mount's id tells them apart.
        let place = Place(device: source.mount.source, name: ".remanso-\(source.recoveryPoint)-\(source.mount.id)")
        return try attempt(source.mount.mountPoint) { () throws(SystemError) in
            let folder = try Folder(source.root)
            let top = try place.openTop()
            Place.removeStale(in: top, device: source.mount.source)
            let subvolume = try folder.openSubvolume(on: source.mount.source)
            return SubvolumeSnapshot(
                provider: self, volume: source.mount.mountPoint, folder: folder, subvolume: subvolume, place: place,
                top: top)
        }
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

    /// What a mount shows: a subvolume, or a folder in one.
    struct Folder: Sendable {
        /// The subvolume's id.
        let subvolume: UInt64
        /// The folder within the subvolume; `/` for all of it.
        let path: String

        init(_ root: Descriptor) throws(SystemError) {
            subvolume = remanso_btrfs_subvolume_id(root.number)
            if subvolume == 0 { throw SystemError("BTRFS_IOC_INO_LOOKUP", root.path) }
            let inode = try root.mountIdentity().inode
            var bytes = [CChar](repeating: 0, count: 4096)
            try check("BTRFS_IOC_INO_LOOKUP", root.path) {
                remanso_btrfs_path_in_subvolume(root.number, inode, &bytes, Int32(bytes.count))
            }
            let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            path = "/" + String(decoding: name.last == UInt8(ascii: "/") ? name.dropLast() : name[...], as: UTF8.self)
        }

        /// The root of the subvolume, mounted for no one else to see: the mount may show only a folder of it.
        func openSubvolume(on device: String) throws(SystemError) -> Descriptor {
            try DetachedMount(
                "btrfs", source: device, options: [("subvolid", String(subvolume))], isShared: true
            ).root()
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

        /// Removes snapshots that no run is going to use any more. A power cut empties the journal that would name them,
        /// and one run at a time holds the lock.
        static func removeStale(in top: Descriptor, device: String) {
            for name in Files.names(in: "/proc/self/fd/\(top.number)") where name.hasPrefix(".remanso-") {
                try? Place(device: device, name: name).remove(in: top)
            }
        }

        func remove(in top: Descriptor) throws(SystemError) {
            let result = remanso_btrfs_delete_subvolume(top.number, name)
            if result != 0 && errno != ENOENT { throw SystemError("BTRFS_IOC_SNAP_DESTROY", name) }
        }
    }
}

private final class SubvolumeSnapshot: PreparedSnapshot {
    private let provider: BtrfsProvider
    private let volume: String
    private let folder: BtrfsProvider.Folder
    private let subvolume: Descriptor
    private let place: BtrfsProvider.Place
    private let top: Descriptor

    init(
        provider: BtrfsProvider, volume: String, folder: BtrfsProvider.Folder, subvolume: Descriptor,
        place: BtrfsProvider.Place, top: Descriptor
    ) {
        self.provider = provider
        self.volume = volume
        self.folder = folder
        self.subvolume = subvolume
        self.place = place
        self.top = top
    }

    var leftover: String? { place.leftover }

    func take() throws(Failure) {
        _ = try provider.attempt(volume) { () throws(SystemError) in
            try check("BTRFS_IOC_SNAP_CREATE_V2", volume) {
                remanso_btrfs_snapshot_readonly(top.number, subvolume.number, place.name)
            }
        }
    }

    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer? {
        try provider.attempt(volume) { () throws(SystemError) in
            let shown = try DetachedMount(
                "btrfs", source: place.device, options: [("subvol", "/" + place.name)], isShared: true)
            return MountView.Layer(mount: shown, root: folder.path, mountPoint: volume)
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
