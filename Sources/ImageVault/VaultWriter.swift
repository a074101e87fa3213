public import Images
public import Linux
public import Messages

/// How much was read and stored.
public struct StoredBytes: Sendable, Equatable {
    /// Bytes read from the image.
    public var read: UInt64 = 0
    /// Bytes of blobs that were new, before compression.
    public var new: UInt64 = 0
    /// Bytes of those blobs as they lie in the repository.
    public var stored: UInt64 = 0

    /// Nothing yet.
    public init() {}

    static func += (left: inout StoredBytes, right: StoredBytes) {
        left.read += right.read
        left.new += right.new
        left.stored += right.stored
    }
}

/// Writes one snapshot: its images, one after another or side by side, then the snapshot itself. Packs come before the
/// index and the index before the snapshot, so that a kill at any instant leaves a valid repository (design document,
/// "Read and Write Ordering").
public final class VaultWriter: @unchecked Sendable {
    let repository: Repository
    let threadCount: Int
    let catalogue = BlobCatalogue()
    let storers: StorerPool
    private let lock: RepositoryLock
    private let collector: IndexCollector
    /// The finished images by path.
    private let images = Shared<[String: ImageContent]>([:])

    /// Begins a snapshot.
    /// - Parameters:
    ///   - lock: held until `finish` has returned.
    ///   - threads: that work side by side on an image; each holds some 10 MiB.
    /// - Throws: `.vaultFailed` for a repository of format version 1, which is read only.
    public init(_ repository: Repository, lock: RepositoryLock, threads: Int = 2) throws(Failure) {
        guard repository.version == 2 else {
            throw Failure(.vaultFailed(repository: repository.name, detail: "config: version \(repository.version)"))
        }
        self.repository = repository
        self.lock = lock
        threadCount = max(1, threads)
        collector = IndexCollector(repository, lock)
        storers = StorerPool(repository, catalogue, collector)
    }

    /// Begins an image. Several may be under way side by side; the one that is finished last counts for its path.
    /// - Parameters:
    ///   - path: its path in the snapshot.
    ///   - size: bytes of the image.
    ///   - parent: an earlier snapshot, whose image at the same path is the start when it is sound.
    public func beginImage(at path: String, size: UInt64, parent: StorageID? = nil) throws(Failure) -> ImageSession {
        let grid = BlockGrid(size: size)
        var lengths: Set = [grid.blockSize]
        if grid.count > 0 { lengths.insert(grid.length(of: grid.count - 1)) }
        try catalogue.load(repository, lengths: lengths, expected: grid.count)
        let content = ImageContent(grid)
        let state = try parent.map { (parent) throws(Failure) in
            try ParentImage(repository, catalogue).take(from: parent, path, into: content)
        }
        return ImageSession(self, path, state == .sound ? content : ImageContent(grid), parent: state ?? .none)
    }

    /// Stores an image from one source.
    /// - Parameters:
    ///   - path: its path in the snapshot.
    ///   - parent: an earlier snapshot, which may have the same image.
    ///   - changed: what may differ from there; `nil` when unknown: then everything is read and compared.
    /// - Returns: what it cost.
    @discardableResult
    public func addImage(
        _ source: any ImageSource, at path: String, parent: StorageID? = nil, changed: [Extent]? = nil
    ) throws(Failure) -> StoredBytes {
        let session = try beginImage(at: path, size: source.size, parent: parent)
        if session.hasParent, let changed {
            try session.store(changed, from: source)
        } else {
            let holes = try source.holes().sorted { $0.offset < $1.offset }.map(session.wholeBlobs)
            try session.storeZeros(holes)
            try session.store(Extent(offset: 0, length: source.size).without(holes), from: source)
        }
        return try session.finish()
    }

    /// Stores a small file that lies in memory. What it holds is not looked for in the repository: reading the indexes of a
    /// large one would cost more than the file.
    /// - Parameter path: its path in the snapshot.
    public func addFile(_ bytes: [UInt8], at path: String) throws(Failure) {
        let session = ImageSession(
            self, path, ImageContent(BlockGrid(size: UInt64(bytes.count))), parent: .none)
        try bytes.withBytes { (content) throws(Failure) in
            if !content.isEmpty { try session.overlay([ImagePiece(offset: 0, bytes: content)]) }
        }
        try session.finish()
    }

    func add(_ image: ImageContent, at path: String) { images.withLock { $0[path] = image } }

    /// Stores the snapshot with every image that was finished.
    /// - Returns: its id.
    public func finish(
        time: Timestamp, host: String, tags: [String], parent: StorageID? = nil, paths: [String]? = nil
    ) throws(Failure) -> StorageID {
        try collector.storing { () throws(Failure) in
            try storers.commit()
            let images = images.withLock { $0 }
            for (path, image) in images { try requireStored(image, path) }
            let tree = try storeTrees(images, time)
            try collector.flush()
            try lock.confirm()
            let snapshot = Snapshot(
                time: time, parent: parent, tree: tree, paths: paths ?? images.keys.sorted(), host: host, tags: tags)
            return try repository.save(.snapshot, snapshot.json)
        }
    }

    /// A pack is lost with the session that failed to store it: an image that shares a blob with it would have a hole.
    private func requireStored(_ image: ImageContent, _ path: String) throws(Failure) {
        guard let block = catalogue.firstUnstored(image.blobs) else { return }
        throw Failure(.imageIncomplete(path: path, offset: image.grid.offset(of: block)))
    }

    private func storeTrees(_ images: [String: ImageContent], _ time: Timestamp) throws(Failure) -> StorageID {
        let sealer = try Sealer(repository.key)
        let pack = try PackWriter(repository)
        let writer = TreeWriter(time: time) { (text) throws(Failure) in
            let (id, plainCount, sealed) = try text.finish(sealer)
            try pack.append(id, sealed, plainLength: plainCount)
            return id
        }
        for (path, image) in images {
            let file = TreeWriter.File(size: image.grid.size, blobCount: image.grid.count) { [catalogue] blocks in
                catalogue.ids(blocks, image)
            }
            try writer.add(file, at: path)
        }
        let tree = try writer.finish()
        try collector.commit(try pack.finish(sealer))
        return tree
    }
}

extension Extent {
    /// What is left of it.
    /// - Parameter holes: in rising order.
    fileprivate func without(_ holes: [Extent]) -> [Extent] {
        var left: [Extent] = []
        var position = offset
        for hole in holes {
            if hole.offset > position { left.append(Extent(offset: position, length: hole.offset - position)) }
            position = max(position, hole.end)
        }
        if position < end { left.append(Extent(offset: position, length: end - position)) }
        return left
    }
}
