internal import Linux
internal import Messages

/// One thread's means to store blobs. What it has begun, a pack, stays in it between two uses.
final class BlobStorer {
    private let repository: Repository
    private let catalogue: BlobCatalogue
    private let collector: IndexCollector
    private let hasher: SHA256
    private let sealer: Sealer
    private let compressor: Compressor
    private var pack: (pack: OpenPack, number: UInt32)?
    /// Of the last pack that was stored. Another thread may still read from it.
    private var spare: Memory?

    init(_ repository: Repository, _ catalogue: BlobCatalogue, _ collector: IndexCollector) throws(Failure) {
        self.repository = repository
        self.catalogue = catalogue
        self.collector = collector
        hasher = try SHA256()
        sealer = try Sealer(repository.key)
        compressor = try .forBlobs()
    }

    /// Stores a blob unless the repository has it.
    /// - Parameters:
    ///   - blockSize: bytes of the image's largest blob.
    ///   - bytes: what was stored is added.
    /// - Returns: the blob's number.
    func store(_ content: UnsafeRawBufferPointer, blockSize: Int, _ bytes: inout StoredBytes) throws(Failure) -> UInt32
    {
        let id = hasher.hash(content)
        if let number = catalogue.number(of: id) { return number }
        let (pack, packNumber) = try openPack(blockSize)
        let entry = try pack.append(content, id, compressor, sealer)
        let (number, isNew) = catalogue.add(entry, in: packNumber)
        if isNew {
            bytes.new += UInt64(content.count)
            bytes.stored += UInt64(entry.length)
        } else {
            // Another thread has stored the same in this instant.
            pack.removeLast()
        }
        if pack.isFull { try commit() }
        return number
    }

    private func openPack(_ blockSize: Int) throws(Failure) -> (pack: OpenPack, number: UInt32) {
        if let pack, pack.pack.hasRoom(blockSize) { return pack }
        try commit()
        let new = try OpenPack(blockSize: blockSize, in: isKnownUniquelyReferenced(&spare) ? spare : nil)
        spare = nil
        let opened = (new, catalogue.begin(new))
        pack = opened
        return opened
    }

    /// Stores the pack that was begun.
    func commit() throws(Failure) {
        guard let (pack, number) = pack else { return }
        if pack.entries.isEmpty { return self.pack = nil }
        catalogue.stored(number, as: try pack.commit(to: repository, collector, sealer))
        spare = pack.memory
        self.pack = nil
    }

    /// Gives up the pack that was begun: its blobs are stored anew when their content comes by.
    func giveUp() {
        if let pack { catalogue.lost(pack.number) }
        pack = nil
    }
}

/// The storers of a snapshot, as many as there have been threads side by side.
final class StorerPool: Sendable {
    /// A storer that no thread uses.
    private struct Idle: @unchecked Sendable {
        let storer: BlobStorer
    }

    private let repository: Repository
    private let catalogue: BlobCatalogue
    private let collector: IndexCollector
    private let idle = Shared<[Idle]>([])

    init(_ repository: Repository, _ catalogue: BlobCatalogue, _ collector: IndexCollector) {
        self.repository = repository
        self.catalogue = catalogue
        self.collector = collector
    }

    /// Lends a storer to the calling thread. After a failure it is not used again: nobody knows what its pack holds.
    func with<Value>(_ body: (BlobStorer) throws(Failure) -> Value) throws(Failure) -> Value {
        let lent = idle.withLock { $0.popLast() }?.storer
        let storer = if let lent { lent } else { try BlobStorer(repository, catalogue, collector) }
        do throws(Failure) {
            let value = try body(storer)
            let returned = Idle(storer: storer)
            idle.withLock { $0.append(returned) }
            return value
        } catch {
            storer.giveUp()
            throw error
        }
    }

    /// Stores the packs that have been begun.
    func commit() throws(Failure) {
        while let storer = idle.withLock({ $0.popLast() })?.storer { try storer.commit() }
    }
}
