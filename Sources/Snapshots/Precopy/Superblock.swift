internal import Glibc
internal import Images
internal import Linux
internal import Messages

/// What a file system's first block says that matters for an image of its device.
struct Superblock {
    /// The journal or files lie on a second device, which no image of the first one holds.
    let usesSeveralDevices: Bool
    /// Its map of free space tells whole blocks of 4 KiB exactly. Not with ext4's clusters ("bigalloc"), whose reports
    /// have been wrong, nor with smaller blocks, whose first one is counted differently.
    let hasExactMap: Bool

    /// Reads the first block of an ext2, ext3, ext4 or xfs; `nil` when it is none of these.
    init?(_ source: DeviceSource) {
        guard let memory = try? AlignedMemory(capacity: 4096) else { return nil }
        defer { memory.keepAlive() }
        let bytes = memory.bytes(4096)
        guard (try? source.read(at: 0, into: bytes)) != nil else { return nil }
        self.init(firstBlock: UnsafeRawBufferPointer(bytes))
    }

    /// Numbers and offsets: "ext4 Data Structures and Algorithms" in the kernel's documentation, and `xfs_format.h`.
    init?(firstBlock bytes: UnsafeRawBufferPointer) {
        func little<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) -> Number {
            Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        func big<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) -> Number {
            Number(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        if bytes.count >= 2048, little(1024 + 0x38, UInt16.self) == 0xEF53 {
            let hasJournal = little(1024 + 0x5C, UInt32.self) & 0x4 != 0
            let hasClusters = little(1024 + 0x64, UInt32.self) & 0x200 != 0
            usesSeveralDevices = hasJournal && little(1024 + 0xE0, UInt32.self) == 0
            hasExactMap = !hasClusters && little(1024 + 0x18, UInt32.self) == 2
        } else if bytes.count >= 2048, big(0, UInt32.self) == 0x5846_5342 {
            let logStart = big(48, UInt64.self), realtimeBlocks = big(16, UInt64.self)
            usesSeveralDevices = logStart == 0 || realtimeBlocks > 0
            hasExactMap = big(4, UInt32.self) == 4096
        } else {
            return nil
        }
    }
}
