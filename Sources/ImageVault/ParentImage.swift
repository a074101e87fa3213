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
        var previous: UInt32?
        var missing: StorageID?
        let found: UInt64?
        do throws(Failure) {
            found = try SnapshotFiles(repository, catalogue).size(snapshot, path) { id in
                defer { block += 1 }
                guard block < grid.count, missing == nil else { return }
                if let number = catalogue.number(of: id, length: grid.length(of: block), after: previous) {
                    previous = number
                    content.blobs[block] = number
                } else {
                    missing = id
                }
            }
        } catch {
            guard case .vaultDamaged(_, let detail) = error.problem else { throw error }
            return .doubtful(.damaged(detail: detail))
        }
        guard let size = found else { return .doubtful(.noImage) }
        guard size == grid.size else { return .doubtful(.otherSize(bytes: size)) }
        guard block == grid.count else { return .doubtful(.otherBlobs) }
        if let missing { return .doubtful(.missingBlob(id: "\(missing)")) }
        return .sound
    }
}
