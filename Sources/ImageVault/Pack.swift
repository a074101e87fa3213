internal import Messages

/// The header of a pack (design document, "Pack Format").
enum PackHeader {
    /// Bytes of one entry at most: type, two lengths, id.
    static let entryCount = 1 + 4 + 4 + StorageID.count

    static func encode(_ entries: [BlobEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * entryCount)
        for entry in entries {
            bytes.append((entry.kind == .tree ? 1 : 0) | (entry.isCompressed ? 2 : 0))
            append(entry.length, to: &bytes)
            if entry.isCompressed { append(entry.plainLength, to: &bytes) }
            entry.id.appendBytes(to: &bytes)
        }
        return bytes
    }

    static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    static func decode(_ header: UnsafeRawBufferPointer) throws(Damage) -> [BlobEntry] {
        var entries: [BlobEntry] = []
        var position = 0
        var offset: UInt32 = 0
        guard let start = header.baseAddress else { return [] }
        func number(_ place: Int) -> UInt32 {
            UInt32(littleEndian: start.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        }
        while position < header.count {
            let type = header[position]
            let size = type & 2 == 0 ? entryCount - 4 : entryCount
            guard type < 4, position + size <= header.count else { throw Damage("pack header") }
            let length = number(position + 1)
            entries.append(
                BlobEntry(
                    id: StorageID(reading: start + position + size - StorageID.count),
                    kind: type & 1 == 0 ? .data : .tree, offset: offset, length: length,
                    plainLength: type & 2 == 0 ? 0 : number(position + 5)))
            let (sum, isOver) = offset.addingReportingOverflow(length)
            guard !isOver else { throw Damage("pack header") }
            offset = sum
            position += size
        }
        return entries
    }
}

/// A pack that is written. One thread at a time.
final class PackWriter {
    /// Blobs at most, so that what is known of an unfinished pack stays small.
    static let blobLimit = 8192

    private let upload: any BackendUpload
    private let hasher: SHA256
    private var entries: [BlobEntry] = []
    private var size = 0

    init(_ repository: Repository) throws(Failure) {
        upload = try repository.backend.upload(.pack)
        hasher = try SHA256()
    }

    /// Adds a tree.
    func append(_ id: StorageID, _ sealed: UnsafeRawBufferPointer, plainLength: Int) throws(Failure) {
        let entry = BlobEntry(
            id: id, kind: .tree, offset: UInt32(size), length: UInt32(sealed.count), plainLength: UInt32(plainLength))
        try append([entry], sealed)
    }

    /// Adds blobs that lie behind one another.
    func append(_ blobs: [BlobEntry], _ sealed: UnsafeRawBufferPointer) throws(Failure) {
        entries += blobs
        try write(sealed)
    }

    /// Writes the header.
    func finish(_ sealer: Sealer) throws(Failure) -> FinishedPack {
        let header = PackHeader.encode(entries)
        let count = header.count + Sealer.overhead
        let memory = try Memory(capacity: count + 4)
        defer { memory.keepAlive() }
        try header.withBytes { (bytes) throws(Failure) in try sealer.seal(bytes, into: memory.bytes(count)) }
        memory.bytes(4, at: count).storeBytes(of: UInt32(count).littleEndian, as: UInt32.self)
        try write(UnsafeRawBufferPointer(memory.bytes(count + 4)))
        return FinishedPack(upload: upload, id: hasher.finish(), entries: entries)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        hasher.update(bytes)
        try upload.append(bytes)
        size += bytes.count
    }
}

/// A pack that is complete and not yet in the repository.
struct FinishedPack {
    let upload: any BackendUpload
    let id: StorageID
    let entries: [BlobEntry]

    func commit() throws(Failure) { try upload.commit(as: RepositoryFile(.pack, id)) }
}
