internal import CImageVault
internal import Glibc
internal import Linux
internal import Messages

/// A piece of raw memory that begins at a page, as direct I/O wants it. One thread at a time uses it.
final class Memory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let capacity: Int

    /// - Throws: `.systemCall` when there is no memory.
    init(capacity: Int) throws(Failure) {
        let rounded = (max(capacity, 1) + 4095) & ~4095
        guard let start = aligned_alloc(4096, rounded) else {
            throw Failure(.systemCall(SystemError("aligned_alloc", "\(rounded)", code: ENOMEM)))
        }
        self.start = start
        self.capacity = rounded
    }

    /// So many bytes that are zero.
    convenience init(zeros count: Int) throws(Failure) {
        try self.init(capacity: count)
        memset(start, 0, capacity)
    }

    deinit { free(start) }

    /// Call it behind the last use of a pointer into this memory: Swift may free an object that is named no more.
    func keepAlive() { withExtendedLifetime(self) {} }

    /// The first `count` bytes, or those from `offset` on.
    func bytes(_ count: Int, at offset: Int = 0) -> UnsafeMutableRawBufferPointer {
        precondition(offset >= 0 && count >= 0 && offset + count <= capacity)
        return UnsafeMutableRawBufferPointer(start: start + offset, count: count)
    }
}

/// Memory that grows without being copied and always begins at a page. One thread at a time uses it.
final class GrowingMemory {
    private var start: UnsafeMutableRawPointer?
    private(set) var capacity = 0

    deinit { munmap(start, capacity) }

    /// Makes it larger when it is smaller.
    func grow(to wanted: Int) throws(Failure) {
        if wanted <= capacity { return }
        guard let larger = remanso_map(start, UInt64(capacity), UInt64(wanted)) else {
            throw Failure(.systemCall(SystemError("mmap", "\(wanted)", code: ENOMEM)))
        }
        start = larger
        capacity = wanted
    }

    /// `count` bytes from `offset` on, valid until it grows.
    func bytes(_ count: Int, at offset: Int = 0) -> UnsafeMutableRawBufferPointer {
        precondition(offset >= 0 && count >= 0 && offset + count <= capacity)
        return UnsafeMutableRawBufferPointer(start: start.map { $0 + offset }, count: count)
    }
}

extension UnsafeRawBufferPointer {
    /// Whether every byte is zero.
    var isZero: Bool {
        guard let start = baseAddress, count > 0 else { return true }
        // Bytes that equal their successors all equal the first one.
        return self[0] == 0 && memcmp(start, start + 1, count - 1) == 0
    }
}
