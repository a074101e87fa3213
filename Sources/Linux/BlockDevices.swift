internal import CLinux
internal import Glibc

/// What `/sys` says of block devices.
public enum BlockDevices {
    /// The whole disks under a device: itself, the disk of a partition, or the disks under LVM, dm-crypt and md. A loop
    /// device counts as a disk of its own.
    public static func wholeDisks(under device: DeviceNumber) -> Set<String> {
        guard let folder = Files.resolved("/sys/dev/block/\(device)") else { return [] }
        if Files.exists(folder + "/partition") { return disks(ofFolder: Files.parent(of: folder)) }
        return disks(ofFolder: folder)
    }

    private static func disks(ofFolder folder: String) -> Set<String> {
        let slaves = Files.names(in: folder + "/slaves")
        if slaves.isEmpty { return [String(folder.split(separator: "/").last ?? "")] }
        var result: Set<String> = []
        for slave in slaves {
            guard let number = number(ofFolder: "\(folder)/slaves/\(slave)") else { continue }
            result.formUnion(wholeDisks(under: number))
        }
        return result
    }

    /// Reads `7:0` as the kernel writes it.
    public static func number(_ text: String) -> DeviceNumber? {
        let parts = text.split(separator: ":").compactMap { UInt32($0) }
        return parts.count == 2 ? DeviceNumber(major: parts[0], minor: parts[1]) : nil
    }

    /// The device number of a device's folder in `/sys`; `nil` when it is none.
    public static func number(ofFolder folder: String) -> DeviceNumber? {
        Files.line(folder + "/dev").flatMap { number($0) }
    }

    /// The device number of a block special file; `nil` when the path is none.
    public static func number(ofNode path: String) -> DeviceNumber? {
        var major: UInt32 = 0, minor: UInt32 = 0
        guard remanso_block_device(path, &major, &minor) == 0 else { return nil }
        return DeviceNumber(major: major, minor: minor)
    }

    /// The path of a device's node in `/dev`; `nil` when the kernel does not know it.
    public static func node(of device: DeviceNumber) -> String? {
        guard let event = Files.text("/sys/dev/block/\(device)/uevent"),
            let name = event.split(separator: "\n").first(where: { $0.hasPrefix("DEVNAME=") })
        else { return nil }
        return "/dev/" + name.dropFirst("DEVNAME=".count)
    }

    /// The UUID of the file system on a device, as udev or `blkid`'s folder knows it; `nil` when unknown.
    public static func uuid(ofNode node: String) -> String? {
        guard let target = Files.resolved(node) else { return nil }
        return Files.names(in: "/dev/disk/by-uuid").first { Files.resolved("/dev/disk/by-uuid/\($0)") == target }
    }
}

/// The image behind a loop device, or behind a partition of one.
public struct LoopImage: Sendable, Equatable {
    /// The image's file.
    public let path: String
    /// The loop device's node in `/dev`; that of the whole disk for a partition.
    public let node: String
    /// Bytes from the file's start to the volume's.
    public let offset: UInt64
    /// Bytes of the volume; 0 for all that follows.
    public let length: UInt64

    /// The image under a device; `nil` when it is not a loop device or its file is gone.
    public static func under(_ device: DeviceNumber) -> LoopImage? {
        guard let folder = Files.resolved("/sys/dev/block/\(device)") else { return nil }
        let isPartition = Files.exists(folder + "/partition")
        let disk = isPartition ? Files.parent(of: folder) : folder
        guard let path = Files.line(disk + "/loop/backing_file") else { return nil }
        let base = Files.line(disk + "/loop/offset").flatMap(UInt64.init) ?? 0
        let limit = Files.line(disk + "/loop/sizelimit").flatMap(UInt64.init) ?? 0
        let node = "/dev/" + (disk.split(separator: "/").last ?? "")
        guard isPartition else { return LoopImage(path: path, node: node, offset: base, length: limit).proven }
        guard let start = Files.line(folder + "/start").flatMap(UInt64.init),
            let sectors = Files.line(folder + "/size").flatMap(UInt64.init)
        else { return nil }
        return LoopImage(path: path, node: node, offset: base + start * 512, length: sectors * 512).proven
    }

    private var proven: LoopImage? { (try? open()) == nil ? nil : self }

    /// Opens the image for reading and proves that it is the loop device's own file. The kernel tells a path, and at that
    /// path may stand another file: below a mount that came later, or seen from another namespace.
    /// - Throws: `SystemError` with `ESTALE` when it is another file.
    public func open() throws(SystemError) -> Descriptor {
        let file = try Descriptor.open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK)
        let loop = try Descriptor.open(node, O_RDONLY)
        let isShown = try check("LOOP_GET_STATUS64", node) { remanso_loop_shows(loop.number, file.number) }
        if isShown == 0 { throw SystemError("open", path, code: ESTALE) }
        return file
    }
}

/// A loop device made by Remanso. The kernel takes it away with its last user, so that no crash leaves one behind.
public struct LoopDevice: Sendable {
    /// Its node in `/dev`.
    public let node: String
    /// Keeps the device alive until a mount does.
    public let descriptor: Descriptor

    /// Attaches a file to a free loop device.
    /// - Parameters:
    ///   - image: an open file; it may have no name any more.
    ///   - offset: bytes to skip at the image's start.
    ///   - length: bytes to show; 0 for all.
    /// - Throws: `SystemError` when no loop device is free or the file cannot be attached.
    public static func attach(_ image: Descriptor, offset: UInt64, length: UInt64, readOnly: Bool)
        throws(SystemError) -> LoopDevice
    {
        let control = try Descriptor.open("/dev/loop-control", O_RDWR)
        // Another process may take the free number first: try again with the next.
        for _ in 0..<64 {
            let number = try check("LOOP_CTL_GET_FREE", control.path) { remanso_loop_free_number(control.number) }
            let node = "/dev/loop\(number)"
            let device = try Descriptor.open(node, readOnly ? O_RDONLY : O_RDWR)
            let flag: Int32 = readOnly ? 1 : 0
            if remanso_loop_configure(device.number, image.number, offset, length, flag) == 0 {
                return LoopDevice(node: node, descriptor: device)
            }
            if errno != EBUSY { throw SystemError("LOOP_CONFIGURE", image.path) }
        }
        throw SystemError("LOOP_CONFIGURE", image.path, code: EBUSY)
    }

    /// The node of a loop device that shows a file or block device, whoever has made it; `nil` when none does. A mount of
    /// the loop device takes hold of that alone, not of what it shows.
    public static func showing(_ image: Descriptor) -> String? {
        let attached = Files.names(in: "/sys/block").filter { Files.exists("/sys/block/\($0)/loop/backing_file") }
        return attached.map { "/dev/" + $0 }.first { node in
            guard let loop = try? Descriptor.open(node, O_RDONLY | O_NONBLOCK) else { return false }
            return remanso_loop_shows(loop.number, image.number) == 1
        }
    }
}

extension MountTable {
    /// The file systems that hold a mount's image, and their images' file systems, down to a real disk: what must not be
    /// frozen before the mount itself.
    public func devices(below mount: Mount) -> Set<DeviceNumber> {
        var result: Set<DeviceNumber> = []
        // btrfs shows an anonymous device: its real one is found by the node that was mounted.
        func devices(of mount: Mount) -> [DeviceNumber] {
            [mount.device] + [BlockDevices.number(ofNode: mount.source)].compactMap { $0 }
        }
        var open = devices(of: mount)
        while let next = open.popLast() {
            for disk in BlockDevices.wholeDisks(under: next) {
                guard let path = Files.line("/sys/block/\(disk)/loop/backing_file"),
                    let outer = self.mount(containing: path), result.insert(outer.device).inserted
                else { continue }
                open += devices(of: outer)
            }
        }
        return result
    }
}
