internal import Messages

/// Text that is compressed while it is written, and sealed at its end: the tree of a large image is never whole in
/// memory.
final class CompressedText {
    private let compressor: Compressor
    private let hasher: SHA256
    private let memory: Memory
    private var count = Sealer.headCount
    private var plainCount = 0

    /// - Parameter versionByte: stands before the compressed text in files of their own.
    init(versionByte: UInt8? = nil) throws(Failure) {
        compressor = try Compressor(level: 1)
        hasher = try SHA256()
        memory = try Memory(capacity: 64 << 10)
        if let versionByte {
            memory.bytes(1, at: count)[0] = versionByte
            count += 1
        }
    }

    func append(_ text: [UInt8]) throws(Failure) {
        plainCount += text.count
        try text.withBytes { (bytes) throws(Failure) in
            hasher.update(bytes)
            try write(bytes, isEnd: false)
        }
    }

    /// - Returns: the hash and the length of the plaintext, and what is to be stored, valid as long as this object is.
    func finish(_ sealer: Sealer) throws(Failure) -> (id: StorageID, plainCount: Int, sealed: UnsafeRawBufferPointer) {
        try write(UnsafeRawBufferPointer(start: nil, count: 0), isEnd: true)
        try makeRoom(16)
        let plain = UnsafeRawBufferPointer(memory.bytes(count - Sealer.headCount, at: Sealer.headCount))
        let sealed = memory.bytes(plain.count + Sealer.overhead)
        try sealer.seal(plain, into: sealed)
        return (hasher.finish(), plainCount, UnsafeRawBufferPointer(sealed))
    }

    private func write(_ bytes: UnsafeRawBufferPointer, isEnd: Bool) throws(Failure) {
        var taken = 0
        while true {
            try makeRoom(16 << 10)
            let room = memory.bytes(memory.capacity - count, at: count)
            let step = try compressor.stream(bytes, taken: &taken, into: room, isEnd: isEnd)
            count += step.written
            if step.isDone { return }
        }
    }

    private func makeRoom(_ needed: Int) throws(Failure) {
        if memory.capacity - count < needed { try memory.grow(to: memory.capacity * 2 + needed) }
    }
}
