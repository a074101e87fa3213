internal import Linux
internal import Messages

/// What is known of a repository's blobs: all trees, and those data blobs that an image may consist of, numbered. The
/// blobs of files, of which there may be millions, have other lengths and are left out. Several threads use it.
final class BlobCatalogue: Sendable {
    fileprivate struct State {
        var data = BlobTable()
        var trees = BlobTable()
        /// The packs by number.
        var packs: [Pack] = []
        /// Bytes of the plaintext of data blobs that have been looked for in the indexes.
        var lengths: Set<Int> = []
        var hasTrees = false
        /// More copies of a data blob, by its number.
        var copies: [UInt32: [BlobPlace]] = [:]
        /// Data blobs that turned out to be damaged: they are stored anew when their content comes by.
        var distrusted: Set<UInt32> = []
    }

    fileprivate enum Pack: Equatable {
        case stored(StorageID)
        case open(OpenPack)
        /// It was being put together when that failed.
        case lost

        static func == (left: Pack, right: Pack) -> Bool {
            switch (left, right) {
            case (.stored(let one), .stored(let other)): one == other
            case (.open(let one), .open(let other)): one === other
            case (.lost, .lost): true
            default: false
            }
        }
    }

    /// Where the bytes of a blob can be had.
    enum Source {
        case repository(BlobLocation)
        case memory(OpenPack, BlobEntry)
    }

    private let state = Shared(State())

    /// Held while the indexes are read: whoever comes meanwhile needs what they say.
    private let loading = Shared(())

    /// Reads the repository's indexes, unless all that counts is known already.
    /// - Parameters:
    ///   - lengths: bytes of the plaintext of data blobs that count.
    ///   - expected: how many of them there may be.
    func load(_ repository: Repository, lengths: Set<Int>, expected: Int = 0) throws(Failure) {
        state.withLock { $0.data.reserve(expected) }
        let result: Result<Void, Failure> = loading.withLock { _ in
            do throws(Failure) {
                return .success(try loadAlone(repository, lengths))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func loadAlone(_ repository: Repository, _ lengths: Set<Int>) throws(Failure) {
        let (wanted, isFirst) = state.withLock { (lengths.subtracting($0.lengths), !$0.hasTrees) }
        if wanted.isEmpty && !isFirst { return }
        try IndexFile.readAll(repository) { id, entries in
            state.withLock { $0.add(entries, of: id, wanted, withTrees: isFirst) }
        }
        state.withLock { state in
            state.hasTrees = true
            state.lengths.formUnion(lengths)
        }
    }

    // MARK: Looking up

    /// The number of a data blob that the repository has, or is about to have.
    func number(of id: StorageID) -> UInt32? {
        state.withLock { state in
            guard let number = state.data.number(of: id) else { return nil }
            return state.mustBeStoredAnew(number) ? nil : number
        }
    }

    /// The ids of blobs of an image.
    func ids(_ blocks: Range<Int>, _ content: ImageContent) -> [StorageID] {
        state.withLock { state in blocks.map { state.data.id(content.blobs[$0]) } }
    }

    /// Looks up blobs that stand one after another in an image.
    /// - Parameters:
    ///   - ids: of the blobs from `block` on.
    ///   - content: is told their numbers.
    /// - Returns: the first that is missing or has another length.
    func find(_ ids: [StorageID], from block: Int, _ content: ImageContent) -> StorageID? {
        state.withLock { state in
            var guess: UInt32?
            for (index, id) in ids.enumerated() {
                guard let number = state.data.number(of: id, guess: guess), !state.mustBeStoredAnew(number),
                    state.data.place(number).entry(id, .data).dataLength == content.grid.length(of: block + index)
                else { return id }
                content.blobs[block + index] = number
                // What was stored one after another has numbers one after another.
                guess = number + 1
            }
            return nil
        }
    }

    /// The first place in a list of data blobs whose blob lies in a pack that the repository does not have; `nil` when it
    /// has all.
    func firstUnstored(_ numbers: FlatList<UInt32>) -> Int? {
        state.withLock { state in
            (0..<numbers.count).first { index in
                if case .stored = state.packs[Int(state.data.place(numbers[index]).pack)] { false } else { true }
            }
        }
    }

    /// Every copy of a data blob.
    func sources(_ number: UInt32) -> [Source] {
        state.withLock { state in
            ([state.data.place(number)] + (state.copies[number] ?? [])).compactMap { state.source(number, $0) }
        }
    }

    func tree(_ id: StorageID) -> BlobLocation? {
        state.withLock { state in
            guard let number = state.trees.number(of: id) else { return nil }
            let place = state.trees.place(number)
            guard case .stored(let pack) = state.packs[Int(place.pack)] else { return nil }
            return BlobLocation(pack: pack, entry: place.entry(id, .tree))
        }
    }

    // MARK: Adding

    /// Takes in a pack that is being put together.
    /// - Returns: its number.
    func begin(_ pack: OpenPack) -> UInt32 {
        state.withLock { state in
            state.packs.append(.open(pack))
            return UInt32(state.packs.count - 1)
        }
    }

    /// The repository has the pack now.
    func stored(_ pack: UInt32, as id: StorageID) { state.withLock { $0.packs[Int(pack)] = .stored(id) } }

    /// The repository will never have the pack.
    func lost(_ pack: UInt32) { state.withLock { $0.packs[Int(pack)] = .lost } }

    /// Adds a data blob.
    /// - Returns: its number, and whether it was unknown; if not, the copy that was meant is not needed.
    func add(_ entry: BlobEntry, in pack: UInt32) -> (number: UInt32, isNew: Bool) {
        state.withLock { state in
            let place = BlobPlace(pack: pack, entry)
            let (number, isNew) = state.data.add(entry.id, at: place)
            if isNew { return (number, true) }
            guard state.mustBeStoredAnew(number) else { return (number, false) }
            state.distrusted.remove(number)
            state.data.move(number, to: place)
            state.copies[number] = nil
            return (number, true)
        }
    }

    /// No copy of this data blob can be read.
    func distrust(_ number: UInt32) { state.withLock { _ = $0.distrusted.insert(number) } }
}

extension BlobCatalogue.State {
    fileprivate mutating func add(_ entries: [BlobEntry], of id: StorageID, _ lengths: Set<Int>, withTrees: Bool) {
        for entry in entries where entry.kind == .data { data.announce(entry.id) }
        var pack: UInt32?
        for entry in entries {
            guard entry.kind == .tree ? withTrees : lengths.contains(entry.dataLength) else { continue }
            let number = pack ?? UInt32(packs.count)
            if pack == nil { packs.append(.stored(id)) }
            pack = number
            add(entry, BlobPlace(pack: number, entry))
        }
    }

    private mutating func add(_ entry: BlobEntry, _ place: BlobPlace) {
        if entry.kind == .tree {
            _ = trees.add(entry.id, at: place)
            return
        }
        let (known, isNew) = data.add(entry.id, at: place)
        if isNew { return }
        // The same pack may stand in several indexes.
        let first = data.place(known)
        if first.offset == place.offset, packs[Int(first.pack)] == packs[Int(place.pack)] { return }
        copies[known, default: []].append(place)
    }

    fileprivate func mustBeStoredAnew(_ number: UInt32) -> Bool {
        distrusted.contains(number) || packs[Int(data.place(number).pack)] == .lost
    }

    fileprivate func source(_ number: UInt32, _ place: BlobPlace) -> BlobCatalogue.Source? {
        let entry = place.entry(data.id(number), .data)
        switch packs[Int(place.pack)] {
        case .stored(let id): return .repository(BlobLocation(pack: id, entry: entry))
        case .open(let pack): return .memory(pack, entry)
        case .lost: return nil
        }
    }
}

extension BlobPlace {
    func entry(_ id: StorageID, _ kind: BlobKind) -> BlobEntry {
        BlobEntry(id: id, kind: kind, offset: offset, length: length, plainLength: plainLength)
    }
}
