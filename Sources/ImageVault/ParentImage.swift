internal import Messages

/// Whether an image can be made from that of an earlier snapshot.
enum ParentState: Equatable {
    /// No parent was given.
    case none
    case sound
    case doubtful(ParentDoubt)
}

/// Takes over the list of blobs of an earlier snapshot's image.
struct ParentImage {
    private let repository: Repository
    private let catalogue: BlobCatalogue

    init(_ repository: Repository, _ catalogue: BlobCatalogue) {
        self.repository = repository
        self.catalogue = catalogue
    }

    /// - Parameter content: is of no use unless the result is `.sound`.
    /// - Throws: what keeps from reading; damage is a doubt, not a failure.
    func take(from snapshot: StorageID, _ path: String, into content: ImageContent) throws(Failure) -> ParentState {
        let grid = content.grid
        var block = 0
        var missing: StorageID?
        // Looked up many at a time: an image has half a million.
        var waiting: [StorageID] = []
        func lookUp() {
            if missing == nil { missing = catalogue.find(waiting, from: block - waiting.count, content) }
            waiting.removeAll(keepingCapacity: true)
        }
        let file = RepositoryFile(.snapshot, snapshot)
        guard try repository.backend.size(of: file) != nil else { return .doubtful(.gone) }
        let found: UInt64?
        do throws(Failure) {
            found = try SnapshotFiles(repository, catalogue).size(snapshot, path) { id in
                block += 1
                if block <= grid.count { waiting.append(id) }
                if waiting.count == 1024 { lookUp() }
            }
        } catch {
            guard case .vaultDamaged(_, let detail) = error.problem else { throw error }
            return .doubtful(.damaged(detail: detail))
        }
        guard let size = found else { return .doubtful(.noImage) }
        guard size == grid.size else { return .doubtful(.otherSize(bytes: size)) }
        guard block == grid.count else { return .doubtful(.otherBlobs) }
        lookUp()
        if let missing { return .doubtful(.missingBlob(id: "\(missing)")) }
        return .sound
    }
}
