internal import Glibc
public import Linux
public import Messages

/// A volume that is to be frozen: an open descriptor that was proven to be the root of the mount that was planned.
public struct FreezeTarget: Sendable {
    /// The mount as the plan saw it.
    public let mount: Mount
    /// Its root.
    public let root: Descriptor
    /// Frozen in ascending, thawed in descending order; volumes of one wave freeze side by side.
    public var wave: UInt32 = 0

    /// Opens a volume and proves that the descriptor is the root of the planned mount. FIFREEZE on any other folder
    /// would freeze the file system below it, perhaps `/`.
    /// - Throws: `.mountVanished` when something else stands at the mount point now, `.mountCannotBeOpened`.
    public static func open(_ mount: Mount) throws(Failure) -> FreezeTarget {
        let root: Descriptor
        let identity: MountIdentity
        do {
            root = try Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            identity = try root.mountIdentity()
        } catch {
            if error.code == ENOENT { throw Failure(.mountVanished(volume: mount.mountPoint)) }
            throw Failure(.mountCannotBeOpened(volume: mount.mountPoint, reason: error.reason))
        }
        let hasOwnDevice = mount.device.major != 0
        guard identity.isMountRoot, identity.mountID == mount.id, !hasOwnDevice || identity.device == mount.device
        else { throw Failure(.mountVanished(volume: mount.mountPoint)) }
        return FreezeTarget(mount: mount, root: root)
    }

    /// Puts volumes in the order of freezing, one a superblock: whatever lies on an image in another volume before that
    /// volume, `/` last. Frozen the other way round, the inner FIFREEZE would wait for ever.
    /// - Parameter table: the mounts, to find the file system that an image lies on.
    public static func ordered(_ targets: [FreezeTarget], in table: MountTable) -> [FreezeTarget] {
        var seen: Set<DeviceNumber> = []
        var unique = targets.filter { seen.insert($0.mount.device).inserted }
        let below = unique.map { table.devices(below: $0.mount) }
        for index in unique.indices { unique[index].wave = wave(of: index, unique, below, depth: 0) }
        if unique.count > 1, let root = unique.firstIndex(where: { $0.mount.mountPoint == "/" }) {
            unique[root].wave = (unique.map(\.wave).max() ?? 0) + 1
        }
        return unique.sorted { ($0.wave, $1.mount.id) < ($1.wave, $0.mount.id) }
    }

    /// One more than the highest wave of the volumes whose images lie on this one.
    private static func wave(
        of index: Int, _ targets: [FreezeTarget], _ below: [Set<DeviceNumber>], depth: Int
    ) -> UInt32 {
        if depth > targets.count { return 0 }
        let inner = targets.indices.filter { $0 != index && below[$0].contains(targets[index].mount.device) }
        return inner.map { wave(of: $0, targets, below, depth: depth + 1) + 1 }.max() ?? 0
    }
}
