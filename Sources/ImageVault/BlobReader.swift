internal import Messages

/// Reads blobs out of packs, decrypts, decompresses and checks them. One thread at a time.
final class BlobReader {
    let repository: Repository
    private let sealer: Sealer
    private let hasher: SHA256
    private let decompressor: Decompressor
    private var plain: Memory
    private var sealed: Memory

    init(_ repository: Repository) throws(Failure) {
        self.repository = repository
        sealer = try Sealer(repository.key)
        hasher = try SHA256()
        decompressor = try Decompressor()
        plain = try Memory(capacity: 64 << 10)
        sealed = try Memory(capacity: 64 << 10)
    }

    /// The content of a blob, valid until the next call.
    /// - Parameter sealed: the blob as it lies in its pack; overwritten.
    /// - Throws: `.vaultDamaged` naming pack and blob.
    func open(_ sealed: UnsafeMutableRawBufferPointer, _ location: BlobLocation) throws(Failure)
        -> UnsafeRawBufferPointer
    {
        guard let text = try sealer.open(sealed) else { throw damaged(location, .authentication) }
        var content = UnsafeRawBufferPointer(text)
        if location.entry.isCompressed {
            let count = location.entry.dataLength
            if plain.capacity < count { plain = try Memory(capacity: count) }
            guard decompressor.decompress(content, into: plain.bytes(count)) else {
                throw damaged(location, .compression)
            }
            content = UnsafeRawBufferPointer(plain.bytes(count))
        }
        guard hasher.hash(content) == location.entry.id else { throw damaged(location, .hash) }
        return content
    }

    /// The content of a data blob, valid until the next call; from another copy when one is damaged.
    /// - Throws: `.vaultDamaged` when no copy can be read; the blob is stored anew when its content comes by.
    func content(_ number: UInt32, _ catalogue: BlobCatalogue) throws(Failure) -> UnsafeRawBufferPointer {
        var failure: Failure?
        for source in catalogue.sources(number) {
            do throws(Failure) {
                return try content(source)
            } catch {
                guard case .vaultDamaged = error.problem else { throw error }
                failure = failure ?? error
            }
        }
        catalogue.distrust(number)
        throw failure ?? Failure(.vaultDamaged(repository: repository.name, detail: "\(number)"))
    }

    private func content(_ source: BlobCatalogue.Source) throws(Failure) -> UnsafeRawBufferPointer {
        switch source {
        case .repository(let location): return try content(location)
        case .memory(let pack, let entry):
            let bytes = try sealedBytes(entry)
            pack.read(entry, into: bytes)
            return try open(bytes, BlobLocation(pack: .null, entry: entry))
        }
    }

    /// The content of a blob, valid until the next call.
    func content(_ location: BlobLocation) throws(Failure) -> UnsafeRawBufferPointer {
        let bytes = try sealedBytes(location.entry)
        try read(location.pack, at: location.entry.offset, into: bytes, for: location.entry.id)
        return try open(bytes, location)
    }

    private func sealedBytes(_ entry: BlobEntry) throws(Failure) -> UnsafeMutableRawBufferPointer {
        if sealed.capacity < entry.length { sealed = try Memory(capacity: Int(entry.length)) }
        return sealed.bytes(Int(entry.length))
    }

    /// Reads JSON out of a blob of any length.
    func readJSON<Value>(_ location: BlobLocation, _ body: (JSONReader) throws(Damage) -> Value) throws(Failure)
        -> Value
    {
        let memory = try Memory(capacity: Int(location.entry.length))
        defer { memory.keepAlive() }
        let sealed = memory.bytes(Int(location.entry.length))
        try read(location.pack, at: location.entry.offset, into: sealed, for: location.entry.id)
        guard let text = try sealer.open(sealed) else { throw damaged(location, .authentication) }
        let content = UnsafeRawBufferPointer(text)
        let source: any ByteSource =
            location.entry.isCompressed ? try DecompressingSource(memory, content) : MemorySource(memory, content)
        let json = JSONReader(try VerifyingSource(source, id: location.entry.id))
        do throws(Damage) {
            let value = try body(json)
            try json.finish()
            return value
        } catch {
            throw damaged(location, error)
        }
    }

    /// Reads bytes of a pack.
    func read(_ pack: StorageID, at offset: UInt32, into bytes: UnsafeMutableRawBufferPointer, for blob: StorageID)
        throws(Failure)
    {
        let file = RepositoryFile(.pack, pack)
        guard let count = try repository.backend.read(file, at: UInt64(offset), into: bytes) else {
            throw repository.damaged(file, blob: blob, Damage("ENOENT"))
        }
        if count < bytes.count { throw repository.damaged(file, blob: blob, .truncated) }
    }

    private func damaged(_ location: BlobLocation, _ damage: Damage) -> Failure {
        repository.damaged(RepositoryFile(.pack, location.pack), blob: location.entry.id, damage)
    }
}
