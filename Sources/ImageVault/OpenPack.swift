internal import Messages

/// A pack of data blobs that is put together in memory, where its blobs can be read until the repository has it. One
/// thread adds blobs; others may read those that it has told them of.
final class OpenPack: @unchecked Sendable {
    /// Bytes from which on a pack is stored: less than restic's usual 16 MiB, because each thread holds one.
    private static let targetSize = 8 << 20

    /// What the blobs lie in. The next pack can have it when nobody else holds it any more.
    let memory: Memory
    private let limit: Int
    private var count = 0
    private(set) var entries: [BlobEntry] = []

    /// - Parameters:
    ///   - blockSize: bytes of the largest blob.
    ///   - used: memory of an earlier pack, taken when it is large enough: new memory costs a fault for each of its pages.
    init(blockSize: Int, in used: Memory? = nil) throws(Failure) {
        limit = max(Self.targetSize, blockSize * 2)
        let size = limit + blockSize + Sealer.overhead
        memory = if let used, used.capacity >= size { used } else { try Memory(capacity: size) }
    }

    var isFull: Bool { count >= limit || entries.count >= PackWriter.blobLimit }
    /// Whether a blob of this size fits.
    func hasRoom(_ blockSize: Int) -> Bool { memory.capacity - count >= blockSize + Sealer.overhead }

    /// Compresses and seals a blob behind those that are there.
    func append(_ content: UnsafeRawBufferPointer, _ id: StorageID, _ compressor: Compressor, _ sealer: Sealer)
        throws(Failure) -> BlobEntry
    {
        // What does not become smaller is stored as it is: `compress` then finds no room.
        let room = memory.bytes(max(0, content.count - 1), at: count + Sealer.headCount)
        let compressed = compressor.compress(content, into: room)
        let plain = compressed.map { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<$0]) } ?? content
        let sealed = memory.bytes(plain.count + Sealer.overhead, at: count)
        try sealer.seal(plain, into: sealed)
        let entry = BlobEntry(
            id: id, kind: .data, offset: UInt32(count), length: UInt32(sealed.count),
            plainLength: compressed == nil ? 0 : UInt32(content.count))
        entries.append(entry)
        count += sealed.count
        return entry
    }

    /// Takes back the blob that was added last.
    func removeLast() {
        if let last = entries.popLast() { count = Int(last.offset) }
    }

    /// Copies a sealed blob.
    func read(_ entry: BlobEntry, into bytes: UnsafeMutableRawBufferPointer) {
        bytes.copyMemory(from: UnsafeRawBufferPointer(memory.bytes(Int(entry.length), at: Int(entry.offset))))
        memory.keepAlive()
    }

    /// Stores the pack.
    func commit(to repository: Repository, _ collector: IndexCollector, _ sealer: Sealer) throws(Failure) -> StorageID {
        try collector.storing { () throws(Failure) in
            let writer = try PackWriter(repository)
            try writer.append(entries, UnsafeRawBufferPointer(memory.bytes(count)))
            memory.keepAlive()
            let finished = try writer.finish(sealer)
            try collector.commit(finished)
            return finished.id
        }
    }
}
