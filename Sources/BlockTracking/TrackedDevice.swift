public import Linux

/// The device of a volume as the block layer sees it: a part of a whole disk.
public struct TrackedDevice: Sendable, Equatable, Codable {
    /// The kernel's name, such as `sda1` or `dm-3`.
    public let name: String
    /// The device itself.
    public let number: DeviceNumber
    /// The whole disk that it is, or is a partition of.
    public let disk: DeviceNumber
    /// Where it begins on the disk, in sectors of 512 bytes.
    public let start: UInt64
    /// Its size in sectors of 512 bytes.
    public let sectors: UInt64
    /// Whether the disk's driver takes bios and makes no requests of them (LVM, dm-crypt, md, zram).
    public let isBioBased: Bool
    /// The kernel's running number of this disk's life (Linux 5.15 and later); another disk, or another file under the
    /// same loop device, has another one.
    public let diskSequence: UInt64?

    /// Its size in bytes.
    public var size: UInt64 { sectors * 512 }
    /// Whether it is a partition.
    public var isPartition: Bool { number != disk }

    /// What `/sys` says of a device; `nil` when there is no such block device.
    public static func current(_ number: DeviceNumber) -> TrackedDevice? {
        guard let folder = Files.resolved("/sys/dev/block/\(number)"),
            let name = folder.split(separator: "/").last,
            let sectors = Files.line(folder + "/size").flatMap(UInt64.init), sectors > 0
        else { return nil }
        let isPartition = Files.exists(folder + "/partition")
        let diskFolder = isPartition ? Files.parent(of: folder) : folder
        guard let disk = BlockDevices.number(ofFolder: diskFolder) else { return nil }
        let start = isPartition ? Files.line(folder + "/start").flatMap(UInt64.init) : 0
        guard let start else { return nil }
        return TrackedDevice(
            name: String(name), number: number, disk: disk, start: start, sectors: sectors,
            isBioBased: !Files.exists(diskFolder + "/mq"),
            diskSequence: Files.line(diskFolder + "/diskseq").flatMap(UInt64.init))
    }

    /// The disk's folder in `/sys`.
    var diskFolder: String { "/sys/dev/block/\(disk)" }
    /// The disk's name, for messages.
    var diskName: String { Files.resolved(diskFolder)?.split(separator: "/").last.map(String.init) ?? name }
}

extension DeviceNumber {
    /// As the kernel has it inside (`MKDEV`).
    var kernelNumber: UInt32 { major << 20 | minor }
}
