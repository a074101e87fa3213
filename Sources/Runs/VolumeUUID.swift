internal import Glibc
internal import Linux

/// The UUID of a volume's file system.
enum VolumeUUID {
    static func find(_ mount: Mount) -> String? {
        if let uuid = BlockDevices.uuid(ofNode: mount.source) { return uuid }
        return (try? Descriptor.open(mount.mountPoint, O_RDONLY | O_DIRECTORY))?.fileSystemUUID()
    }
}
