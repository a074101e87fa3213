internal import Linux
internal import Messages

/// What is known of a repository's blobs: all trees, and those data blobs that an image may consist of. The blobs of
/// files, of which there may be millions, have other lengths and are left out.
final class BlobIndex: Sendable {
    private let data: Shared<BlobSet>
    private let trees: Shared<[StorageID: BlobLocation]>

    private init(_ data: BlobSet, _ trees: [StorageID: BlobLocation]) {
        self.data = Shared(data)
        self.trees = Shared(trees)
    }

    /// Reads the repository's indexes.
    /// - Parameter lengths: bytes of the plaintext of data blobs that count.
    static func load(_ repository: Repository, lengths: Set<Int>) throws(Failure) -> BlobIndex {
        var data = BlobSet()
        var trees: [StorageID: BlobLocation] = [:]
        try IndexFile.readAll(repository) { pack, entries in
            for entry in entries {
                if entry.kind == .tree {
                    trees[entry.id] = BlobLocation(pack: pack, entry: entry)
                } else if lengths.contains(entry.dataLength) {
                    _ = data.insert(entry.id)
                }
            }
        }
        return BlobIndex(data, trees)
    }

    func contains(_ id: StorageID) -> Bool { data.withLock { $0.contains(id) } }

    /// Adds a data blob.
    /// - Returns: whether it was unknown; the caller then stores it.
    func claim(_ id: StorageID) -> Bool { data.withLock { $0.insert(id) } }

    func tree(_ id: StorageID) -> BlobLocation? { trees.withLock { $0[id] } }
}

/// A set of ids, made for a million of them: it grows in many small steps, so that no moment needs twice the memory.
struct BlobSet {
    private struct Shard {
        var slots: [StorageID] = []
        var count = 0
    }

    private var shards = [Shard](repeating: Shard(), count: 256)
    private(set) var count = 0

    func contains(_ id: StorageID) -> Bool {
        let shard = shards[Self.shard(id)]
        if shard.slots.isEmpty { return false }
        return shard.slots[Self.slot(id, shard.slots)] == id
    }

    /// - Returns: whether it was not there.
    mutating func insert(_ id: StorageID) -> Bool {
        let inserted = Self.insert(id, &shards[Self.shard(id)])
        if inserted { count += 1 }
        return inserted
    }

    private static func insert(_ id: StorageID, _ shard: inout Shard) -> Bool {
        if shard.count * 5 >= shard.slots.count * 4 { grow(&shard) }
        let place = slot(id, shard.slots)
        if shard.slots[place] == id { return false }
        shard.slots[place] = id
        shard.count += 1
        return true
    }

    private static func grow(_ shard: inout Shard) {
        var larger = [StorageID](repeating: .null, count: max(16, shard.slots.count * 5 / 4))
        for id in shard.slots where id != .null { larger[slot(id, larger)] = id }
        shard.slots = larger
    }

    private static func shard(_ id: StorageID) -> Int { Int(id.first >> 56) }

    /// Where an id is, or the free slot where it belongs.
    private static func slot(_ id: StorageID, _ slots: [StorageID]) -> Int {
        // Ids are hashes: each word of them is as good as random.
        var place = Int(id.second.multipliedFullWidth(by: UInt64(slots.count)).high)
        while slots[place] != id && slots[place] != .null {
            place += 1
            if place == slots.count { place = 0 }
        }
        return place
    }
}
