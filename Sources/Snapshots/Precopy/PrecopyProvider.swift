internal import BlockTracking
internal import Glibc
internal import Linux
internal import Messages

/// Any disk: an image of the volume's device, read block by block while the volume lives; only what changed last is read
/// while it is frozen. Nothing is written to any disk meanwhile.
struct PrecopyProvider: SnapshotProvider {
    static let name = "precopy"
    var name: String { Self.name }
    let kind = SnapshotKind.image
    let freezeRule = FreezeRule.needed

    /// File systems whose images were proven.
    private static let filesystems: Set = ["ext4", "xfs"]

    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability {
        guard Self.filesystems.contains(mount.filesystem) else {
            return .unsuitable(.otherFilesystem(needed: "ext4, xfs"))
        }
        if mount.root != "/" { return .unsuitable(.folderOfVolume) }
        if mount.options.contains(where: { $0 == "dax" || $0 == "dax=always" }) {
            return .unsuitable(.directAccess)
        }
        guard let node = BlockDevices.node(of: mount.device), let source = try? DeviceSource(node),
            let superblock = Superblock(source)
        else { return .unsuitable(.noBlockDevice) }
        if superblock.usesSeveralDevices { return .unsuitable(.severalDevices) }
        if let obstacle = TrackingSupport.provenObstacle(mount) { return .unsuitable(.notTrackable(obstacle)) }
        return .suitable(.readsBeforehand)
    }

    func warnings(for mount: Mount) -> [Problem] { [] }

    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot {
        guard let task = source.image else {
            throw Failure(
                .providerUnsuitable(provider: name, volume: source.mount.mountPoint, reason: .noImageVault))
        }
        return try PrecopySnapshot(source, task)
    }

    func remove(leftover: String) throws(Failure) {}
}
