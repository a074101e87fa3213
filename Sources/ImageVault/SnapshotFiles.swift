internal import Messages

/// Finds files in a snapshot.
struct SnapshotFiles {
    private let repository: Repository
    private let catalogue: BlobCatalogue

    /// - Parameter catalogue: has been loaded.
    init(_ repository: Repository, _ catalogue: BlobCatalogue) {
        self.repository = repository
        self.catalogue = catalogue
    }

    /// A file with its blobs; `nil` when there is none at that path.
    func file(_ snapshot: StorageID, _ path: String) throws(Failure) -> StoredFile? {
        let content = BlobList()
        return try size(snapshot, path) { content.append($0) }.map { StoredFile(size: $0, content: content) }
    }

    /// The size of a file; `nil` when there is none at that path.
    /// - Parameter blob: is told the ids of its blobs in order.
    func size(_ snapshot: StorageID, _ path: String, blob: (StorageID) -> Void) throws(Failure) -> UInt64? {
        let reader = try BlobReader(repository)
        var next = try repository.snapshot(snapshot).tree
        var names = path.split(separator: "/").map(String.init)[...]
        while let name = names.popFirst() {
            let tree = try location(of: next, snapshot)
            guard let node = try TreeReader.node(named: name, in: tree, reader, blob: blob) else { return nil }
            if names.isEmpty { return node.type == "file" ? node.size : nil }
            guard node.type == "dir", let subtree = node.subtree else { return nil }
            next = subtree
        }
        return nil
    }

    private func location(of tree: StorageID, _ snapshot: StorageID) throws(Failure) -> BlobLocation {
        if let location = catalogue.tree(tree) { return location }
        throw repository.damaged(RepositoryFile(.snapshot, snapshot), blob: tree, Damage("index"))
    }
}
