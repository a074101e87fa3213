public import Images
public import Linux
public import Messages

/// How much was read and stored.
public struct StoredBytes: Sendable, Equatable {
    /// Bytes read from the image.
    public var read: UInt64 = 0
    /// Bytes of blobs that were new, before compression.
    public var new: UInt64 = 0
    /// Bytes added to the repository, all files included but the snapshot.
    public var stored: UInt64 = 0

    static func += (left: inout StoredBytes, right: StoredBytes) {
        left.read += right.read
        left.new += right.new
        left.stored += right.stored
    }
}

/// Writes one snapshot: images one after another, then the snapshot itself. Packs come before the index and the index
/// before the snapshot, so that a kill at any instant leaves a valid repository (design document, "Read and Write
/// Ordering").
public final class VaultWriter {
    let repository: Repository
    let threadCount: Int
    private let lock: RepositoryLock
    private let collector: IndexCollector
    private var index: (lengths: Set<Int>, blobs: BlobIndex)?
    private var images: [(path: String, file: StoredFile)] = []
    private var total = StoredBytes()

    /// Begins a snapshot.
    /// - Parameters:
    ///   - lock: held until `finish` has returned.
    ///   - threads: that work side by side.
    /// - Throws: `.vaultFailed` for a repository of format version 1, which is read only.
    public init(_ repository: Repository, lock: RepositoryLock, threads: Int = 2) throws(Failure) {
        guard repository.version == 2 else {
            throw Failure(.vaultFailed(repository: repository.name, detail: "config: version \(repository.version)"))
        }
        self.repository = repository
        self.lock = lock
        threadCount = max(1, threads)
        collector = IndexCollector(repository)
    }

    /// Stores an image.
    /// - Parameters:
    ///   - path: its path in the snapshot.
    ///   - parent: an earlier snapshot, which may have the same image.
    ///   - changed: what may differ from there; `nil` when unknown: then everything is read and compared.
    /// - Returns: what it cost.
    @discardableResult
    public func addImage(
        _ source: any ImageSource, at path: String, parent: StorageID? = nil, changed: [Extent]? = nil
    ) throws(Failure) -> StoredBytes {
        let grid = BlockGrid(size: source.size)
        let stored = try parent.map { (parent) throws(Failure) in try storedFile(parent, path, grid) } ?? nil
        let job = try ImageWriteJob(repository, source, grid, try blobIndex(for: grid), collector)
        try job.plan(parent: stored?.size == source.size ? stored : nil, changed: changed)
        let (content, bytes) = try job.run(threads: threadCount)
        images.append((path, StoredFile(size: source.size, content: content)))
        total += bytes
        return bytes
    }

    /// Blobs from which on the index is read twice, rather than held beside the parent's tree.
    private static let largeCount = 1 << 18

    /// The image as an earlier snapshot has it; `nil` when it has none.
    private func storedFile(_ snapshot: StorageID, _ path: String, _ grid: BlockGrid) throws(Failure) -> StoredFile? {
        let isLarge = grid.count > Self.largeCount && index == nil
        let blobs = isLarge ? try BlobIndex.load(repository, lengths: []) : try blobIndex(for: grid)
        return try repository.storedFile(snapshot, path, tree: blobs.tree)
    }

    /// Stores the snapshot.
    /// - Returns: its id.
    public func finish(
        time: Timestamp, host: String, tags: [String], parent: StorageID? = nil, paths: [String]? = nil
    ) throws(Failure) -> StorageID {
        // Nothing is looked up any more, and the tree of a large image needs the memory.
        index = nil
        let sealer = try Sealer(repository.key)
        var pack: PackWriter?
        let packOf = { [repository] () throws(Failure) -> PackWriter in
            if let pack { return pack }
            let new = try PackWriter(repository, .tree)
            pack = new
            return new
        }
        let trees = TreeWriter(time: time) { (text) throws(Failure) in
            let (id, plainCount, sealed) = try text.finish(sealer)
            try packOf().append(id, sealed, plainLength: plainCount)
            return id
        }
        for image in images { trees.add(image.file, at: image.path) }
        let tree = try trees.finish()
        if let pack { try collector.commit(try pack.finish(sealer)) }
        try collector.flush()
        try lock.confirm()
        let snapshot = Snapshot(
            time: time, parent: parent, tree: tree, paths: paths ?? images.map(\.path), host: host, tags: tags)
        return try repository.save(.snapshot, snapshot.json)
    }

    private func blobIndex(for grid: BlockGrid) throws(Failure) -> BlobIndex {
        var lengths: Set = [grid.blockSize]
        if grid.count > 0 { lengths.insert(grid.length(of: grid.count - 1)) }
        if let index, index.lengths.isSuperset(of: lengths) { return index.blobs }
        // What this writer stored itself must be found as well.
        try collector.flush()
        let blobs = try BlobIndex.load(repository, lengths: lengths)
        index = (lengths, blobs)
        return blobs
    }
}

extension Repository {
    /// Finds a file in a snapshot; `nil` when there is none.
    func storedFile(_ snapshot: StorageID, _ path: String, tree: (StorageID) -> BlobLocation?) throws(Failure)
        -> StoredFile?
    {
        let reader = try BlobReader(self)
        let file = RepositoryFile(.snapshot, snapshot)
        var next = try self.snapshot(snapshot).tree
        var names = path.split(separator: "/").map(String.init)[...]
        while let name = names.popFirst() {
            guard let location = tree(next) else { throw damaged(file, blob: next, Damage("index")) }
            guard let node = try TreeReader.node(named: name, in: location, reader) else { return nil }
            if names.isEmpty { return node.type == "file" ? StoredFile(size: node.size, content: node.content) : nil }
            guard node.type == "dir", let subtree = node.subtree else { return nil }
            next = subtree
        }
        return nil
    }
}
