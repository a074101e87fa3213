internal import Linux
internal import Messages

/// Checks the headers of the packs that hold a file. No restore needs them, but whoever rebuilds a lost index does.
struct PackHeaderCheck: Sendable {
    /// Bytes at a pack's end that are read first: more than most headers have.
    private static let tailSize = 64 << 10

    private let repository: Repository
    private let plan: BlobPlan
    private let workers = Workers()
    private let next = Shared(0)

    init(_ repository: Repository, _ plan: BlobPlan) {
        self.repository = repository
        self.plan = plan
    }

    /// - Throws: `.vaultDamaged` naming the pack.
    func run(threads: Int) throws(Failure) {
        _ = try workers.run(threads) { (_) throws(Failure) in try work() }
    }

    private func work() throws(Failure) {
        let sealer = try Sealer(repository.key)
        while try workers.shouldGoOn(), let places = next.withLock({ take(&$0) }) {
            try check(plan.packs[Int(places[places.startIndex].pack)], places, sealer)
        }
    }

    /// The places of the next pack.
    private func take(_ next: inout Int) -> ArraySlice<BlobPlan.Place>? {
        guard next < plan.places.count else { return nil }
        let start = next
        while next < plan.places.count, plan.places[next].pack == plan.places[start].pack { next += 1 }
        return plan.places[start..<next]
    }

    /// Every blob of the file in this pack must stand in the header as it stands in the index.
    private func check(_ pack: StorageID, _ places: ArraySlice<BlobPlan.Place>, _ sealer: Sealer) throws(Failure) {
        let file = RepositoryFile(.pack, pack)
        var described: [UInt32: BlobEntry] = [:]
        for entry in try header(file, sealer) { described[entry.offset] = entry }
        for place in places where described[place.offset] != plan.location(place).entry {
            throw repository.damaged(file, blob: plan.content[Int(place.number)], Damage("pack header"))
        }
    }

    private func header(_ file: RepositoryFile, _ sealer: Sealer) throws(Failure) -> [BlobEntry] {
        guard let size = try repository.backend.size(of: file).map(Int.init) else {
            throw repository.damaged(file, Damage("ENOENT"))
        }
        var (memory, count) = try tail(file, size, min(size, Self.tailSize))
        let last = memory.bytes(4, at: max(0, count - 4))
        let length = count < 4 ? 0 : Int(UInt32(littleEndian: last.loadUnaligned(as: UInt32.self)))
        guard length >= Sealer.overhead, length + 4 <= size else { throw repository.damaged(file, .truncated) }
        if length + 4 > count { (memory, count) = try tail(file, size, length + 4) }
        defer { memory.keepAlive() }
        guard let plain = try sealer.open(memory.bytes(length, at: count - 4 - length)) else {
            throw repository.damaged(file, .authentication)
        }
        do throws(Damage) {
            return try PackHeader.decode(UnsafeRawBufferPointer(plain))
        } catch {
            throw repository.damaged(file, error)
        }
    }

    /// Reads a pack's last bytes.
    private func tail(_ file: RepositoryFile, _ size: Int, _ count: Int) throws(Failure) -> (Memory, Int) {
        let memory = try Memory(capacity: max(4, count))
        let read = try repository.backend.read(file, at: UInt64(size - count), into: memory.bytes(count))
        guard read == count else { throw repository.damaged(file, .truncated) }
        return (memory, count)
    }
}
