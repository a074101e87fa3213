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
        let found: StoredFile?
        do throws(Failure) {
            found = try SnapshotFiles(repository, catalogue).file(snapshot, path)
        } catch {
            guard case .vaultDamaged(_, let detail) = error.problem else { throw error }
            return .doubtful(.damaged(detail: detail))
        }
        guard let file = found else { return .doubtful(.noImage) }
        guard file.size == grid.size else { return .doubtful(.otherSize(bytes: file.size)) }
        guard file.content.count == grid.count else { return .doubtful(.otherBlobs) }
        for block in 0..<grid.count {
            guard let number = catalogue.number(of: file.content[block], length: grid.length(of: block)) else {
                return .doubtful(.missingBlob(id: "\(file.content[block])"))
            }
            content.blobs[block] = number
        }
        return .sound
    }
}
