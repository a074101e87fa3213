internal import Messages

/// Where bytes come from, a piece at a time.
protocol ByteSource: AnyObject {
    /// The next bytes, valid until the next call; `nil` at the end.
    func next() throws(Damage) -> UnsafeRawBufferPointer?
}

/// Bytes that lie in memory.
final class MemorySource: ByteSource {
    private let memory: Memory
    private var bytes: UnsafeRawBufferPointer?

    /// - Parameter bytes: a part of `memory`, which is kept alive.
    init(_ memory: Memory, _ bytes: UnsafeRawBufferPointer) {
        self.memory = memory
        self.bytes = bytes
    }

    func next() -> UnsafeRawBufferPointer? {
        defer { bytes = nil }
        return bytes
    }
}

/// What a zstd frame in memory holds, decompressed a piece at a time: an index or the tree of a large image would be
/// several times larger whole.
final class DecompressingSource: ByteSource {
    private let memory: Memory
    private let bytes: UnsafeRawBufferPointer
    private let decompressor: Decompressor
    private let output: Memory
    private var taken = 0
    private var isEnded = false

    init(_ memory: Memory, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
        self.memory = memory
        self.bytes = bytes
        decompressor = try Decompressor()
        output = try Memory(capacity: 128 << 10)
    }

    func next() throws(Damage) -> UnsafeRawBufferPointer? {
        while !(isEnded && taken == bytes.count) {
            let before = taken
            guard let step = decompressor.stream(bytes, taken: &taken, into: output.bytes(output.capacity)) else {
                throw .compression
            }
            isEnded = step.isFrameEnd
            if step.written > 0 { return UnsafeRawBufferPointer(output.bytes(step.written)) }
            // All of the input is used up, and the frame wants more.
            if !isEnded && taken == before { throw .compression }
        }
        return nil
    }
}

/// Passes bytes on and computes their hash; when the end is reached, the hash must be `id`.
final class VerifyingSource: ByteSource {
    private let source: any ByteSource
    private let id: StorageID
    private let hasher: SHA256

    init(_ source: any ByteSource, id: StorageID) throws(Failure) {
        self.source = source
        self.id = id
        hasher = try SHA256()
    }

    func next() throws(Damage) -> UnsafeRawBufferPointer? {
        if let bytes = try source.next() {
            hasher.update(bytes)
            return bytes
        }
        if hasher.finish() != id { throw .hash }
        return nil
    }
}
