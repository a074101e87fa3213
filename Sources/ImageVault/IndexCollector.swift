internal import Linux
internal import Messages

/// Stores packs and remembers what is in them until an index tells it. Several threads use it.
final class IndexCollector: Sendable {
    private struct State {
        var packs: [(id: StorageID, entries: [BlobEntry])] = []
        var blobCount = 0
        /// The vault was full: there will be no snapshot.
        var isGivenUp = false
    }

    /// Blobs in an index: its text stays below 8 MiB, and after a kill the next run finds what was stored.
    private static let blobLimit = 40_000

    private let repository: Repository
    private let lock: RepositoryLock
    private let state = Shared(State())

    init(_ repository: Repository, _ lock: RepositoryLock) {
        self.repository = repository
        self.lock = lock
    }

    /// Stores a pack, and an index when enough has come together.
    func commit(_ pack: FinishedPack) throws(Failure) {
        try pack.commit()
        let (full, isGivenUp) = state.withLock { state -> ([(id: StorageID, entries: [BlobEntry])]?, Bool) in
            state.packs.append((pack.id, pack.entries))
            state.blobCount += pack.entries.count
            return (state.blobCount >= Self.blobLimit ? Self.take(&state) : nil, state.isGivenUp)
        }
        if isGivenUp { throw Failure(.vaultFull(repository: repository.name)) }
        if let full { try IndexFile.write(full, to: repository) }
    }

    /// Runs `body`, which stores something. When the vault turns out to be full, the packs that no index tells of are
    /// removed: nobody could use them, and they would keep smaller runs from finding room.
    func storing<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        do throws(Failure) {
            return try body()
        } catch {
            if case .vaultFull = error.problem { giveUp() }
            throw error
        }
    }

    private func giveUp() {
        let packs = state.withLock { state in
            state.isGivenUp = true
            return Self.take(&state)
        }
        // Without the lock somebody may have put them into an index.
        guard !packs.isEmpty, (try? lock.confirm()) != nil else { return }
        for pack in packs {
            guard (try? repository.backend.remove(RepositoryFile(.pack, pack.id))) != nil else { return }
        }
    }

    /// Stores an index of what is in none yet.
    func flush() throws(Failure) {
        if state.withLock({ $0.isGivenUp }) { throw Failure(.vaultFull(repository: repository.name)) }
        let packs = state.withLock { Self.take(&$0) }
        if !packs.isEmpty { try IndexFile.write(packs, to: repository) }
    }

    private static func take(_ state: inout State) -> [(id: StorageID, entries: [BlobEntry])] {
        defer { (state.packs, state.blobCount) = ([], 0) }
        return state.packs
    }
}
