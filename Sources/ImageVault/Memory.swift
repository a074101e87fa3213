internal import CImageVault
internal import Glibc
internal import Linux
internal import Messages

/// A piece of raw memory that begins at a page, as direct I/O wants it. One thread at a time uses it.
///
/// The kernel gives it and takes it back, not malloc: that keeps what lies between pieces in use, and glibc 2.36's
/// `aligned_alloc` seldom finds a place that was freed again, so that pack after pack stayed resident.
final class Memory: @unchecked Sendable {
    private static let pageSize = 4096

    private(set) var start: UnsafeMutableRawPointer
    private(set) var capacity: Int

    /// So many bytes, all of them zero.
    /// - Throws: `.systemCall` when there is no memory.
    init(capacity: Int) throws(Failure) {
        let rounded = Self.wholePages(capacity)
        guard let start = remanso_map(nil, 0, UInt64(rounded)) else {
            throw Failure(.systemCall(SystemError("mmap", "\(rounded)", code: ENOMEM)))
        }
        self.start = start
        self.capacity = rounded
    }

    deinit { munmap(start, capacity) }

    /// Call it behind the last use of a pointer into this memory: Swift may free an object that is named no more.
    func keepAlive() { withExtendedLifetime(self) {} }

    /// Makes it larger and keeps what is in it, without copying it.
    func grow(to wanted: Int) throws(Failure) {
        let rounded = Self.wholePages(wanted)
        guard let larger = remanso_map(start, UInt64(capacity), UInt64(rounded)) else {
            throw Failure(.systemCall(SystemError("mremap", "\(rounded)", code: ENOMEM)))
        }
        start = larger
        capacity = rounded
    }

    private static func wholePages(_ bytes: Int) -> Int { (max(bytes, 1) + pageSize - 1) & ~(pageSize - 1) }

    /// The first `count` bytes, or those from `offset` on.
    func bytes(_ count: Int, at offset: Int = 0) -> UnsafeMutableRawBufferPointer {
        precondition(offset >= 0 && count >= 0 && offset + count <= capacity)
        return UnsafeMutableRawBufferPointer(start: start + offset, count: count)
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
