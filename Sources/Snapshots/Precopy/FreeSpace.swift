internal import BlockTracking
internal import CLinux
internal import Glibc
internal import Linux

/// The free blocks of a mounted file system, by its own map (ioctl_getfsmap(2)). What the map does not call free, and what
/// it says of other devices, counts as allocated.
final class FreeSpace: @unchecked Sendable {
    private let root: Descriptor
    private let device: DeviceNumber
    private let query: OpaquePointer

    /// - Parameters:
    ///   - root: a descriptor in the file system.
    ///   - device: the device that it lies on.
    init?(of root: Descriptor, on device: DeviceNumber) {
        guard let query = remanso_free_map_new(1024) else { return nil }
        self.root = root
        self.device = device
        self.query = query
    }

    deinit { remanso_free_map_free(query) }

    /// Replaces the content of `set` by the blocks that are free now. Allocates nothing, and works on a frozen volume.
    /// - Returns: whether the file system told; else the set is empty.
    func read(into set: inout BlockSet) -> Bool {
        set.remove(0..<set.blockCount)
        remanso_free_map_rewind(query)
        while true {
            let count = remanso_free_map_next(query, root.number)
            if count == 0 { return true }
            if count < 0 {
                set.remove(0..<set.blockCount)
                return false
            }
            for index in 0..<count { insert(index, into: &set) }
        }
    }

    /// Adds the whole blocks of a record that is about free space.
    private func insert(_ index: Int32, into set: inout BlockSet) {
        var offset: UInt64 = 0, length: UInt64 = 0
        let block = UInt64(BlockSet.blockSize)
        guard remanso_free_map_record(query, index, device.major, device.minor, &offset, &length) != 0,
            offset.addingReportingOverflow(length).overflow == false
        else { return }
        let first = Int(clamping: (offset + block - 1) / block), end = Int(clamping: (offset + length) / block)
        if first < end { set.insert(first..<end) }
    }
}
