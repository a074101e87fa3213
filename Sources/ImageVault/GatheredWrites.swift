internal import Messages

/// Gathers blobs that lie side by side in an image, so that they are written in large pieces. One thread at a time.
final class GatheredWrites {
    /// Bytes of a piece, a larger blob aside.
    private static let size = 1 << 20

    private let target: any ImageTarget
    private let memory: Memory
    private var start: UInt64 = 0
    private var count = 0

    init(_ target: any ImageTarget) throws(Failure) {
        self.target = target
        memory = try Memory(capacity: Self.size)
    }

    func write(_ content: UnsafeRawBufferPointer, at offset: UInt64) throws(Failure) {
        if offset != start + UInt64(count) || count + content.count > Self.size { try flush() }
        if content.count > Self.size { return try target.write(content, at: offset) }
        if count == 0 { start = offset }
        memory.bytes(content.count, at: count).copyMemory(from: content)
        count += content.count
    }

    /// Writes what has been gathered.
    func flush() throws(Failure) {
        if count == 0 { return }
        try target.write(UnsafeRawBufferPointer(memory.bytes(count)), at: start)
        count = 0
    }
}
