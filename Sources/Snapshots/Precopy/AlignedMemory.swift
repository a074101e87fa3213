internal import Glibc
internal import Linux

/// Memory that begins at a page, as direct I/O wants it. One thread at a time uses a part of it.
final class AlignedMemory: @unchecked Sendable {
    /// Bytes.
    let capacity: Int
    private let start: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - capacity: bytes; rounded up to whole pages.
    ///   - isLocked: it lies in memory from the beginning and stays there: nothing is allocated or swapped in later.
    init(capacity: Int, isLocked: Bool = false) throws(SystemError) {
        self.capacity = max(4096, (capacity + 4095) & ~4095)
        let memory = mmap(nil, self.capacity, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let memory, memory != MAP_FAILED else { throw SystemError("mmap", "\(self.capacity)") }
        start = memory
        if isLocked && mlock(start, self.capacity) != 0 {
            let error = SystemError("mlock", "\(self.capacity)")
            munmap(start, self.capacity)
            throw error
        }
    }

    deinit { munmap(start, capacity) }

    /// Bytes from `offset` on; valid as long as this object lives.
    func bytes(_ count: Int, at offset: Int = 0) -> UnsafeMutableRawBufferPointer {
        precondition(offset >= 0 && count >= 0 && offset + count <= capacity)
        return UnsafeMutableRawBufferPointer(start: start + offset, count: count)
    }

    /// Call it behind the last use of a pointer into this memory: Swift may free an object that is named no more.
    func keepAlive() { withExtendedLifetime(self) {} }
}
