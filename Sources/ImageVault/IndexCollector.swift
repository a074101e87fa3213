internal import Linux
internal import Messages

/// Stores packs and remembers what is in them until an index tells it. Several threads use it.
final class IndexCollector: Sendable {
    private struct State {
        var packs: [(id: StorageID, entries: [BlobEntry])] = []
        var blobCount = 0
    }

    /// Blobs in an index: its text stays below 8 MiB, and after a kill the next run finds what was stored.
    private static let blobLimit = 40_000

    private let repository: Repository
    private let state = Shared(State())

    init(_ repository: Repository) { self.repository = repository }

    /// Stores a pack, and an index when enough has come together.
    func commit(_ pack: FinishedPack) throws(Failure) {
        try pack.commit()
        let full = state.withLock { state -> [(id: StorageID, entries: [BlobEntry])]? in
            state.packs.append((pack.id, pack.entries))
            state.blobCount += pack.entries.count
            return state.blobCount >= Self.blobLimit ? Self.take(&state) : nil
        }
        if let full { try IndexFile.write(full, to: repository) }
    }

    /// Stores an index of what is in none yet.
    func flush() throws(Failure) {
        let packs = state.withLock { Self.take(&$0) }
        if !packs.isEmpty { try IndexFile.write(packs, to: repository) }
    }

    private static func take(_ state: inout State) -> [(id: StorageID, entries: [BlobEntry])] {
        defer { state = State() }
        return state.packs
    }
}
