internal import CBlockTracking
internal import Linux

/// The four maps of one set of blocks: written and discarded, each fine and coarse.
struct BitMaps: Sendable {
    /// The kinds of map; raw values are their names in the program.
    enum Kind: String, CaseIterable, Sendable {
        case written, writtenCoarse = "written_coarse"
        case discarded, discardedCoarse = "discarded_coarse"

        /// Blocks that one bit stands for.
        var blocksPerBit: Int {
            let discard = 1 << (Int(REMANSO_DISCARDED_SHIFT) - Int(REMANSO_WRITTEN_SHIFT))
            let coarse = 1 << Int(REMANSO_COARSE_SHIFT)
            return switch self {
            case .written: 1
            case .writtenCoarse: coarse
            case .discarded: discard
            case .discardedCoarse: discard * coarse
            }
        }

        /// Words of the map for a device of that size.
        func words(size: UInt64) -> Int {
            let bytesPerWord = UInt64(blocksPerBit * BlockSet.blockSize * 64)
            return Int((size + bytesPerWord - 1) / bytesPerWord)
        }

        var isDiscard: Bool { self == .discarded || self == .discardedCoarse }
    }

    let size: UInt64
    private let maps: [Kind: MappedWords]

    /// Maps the four of them.
    init(size: UInt64, _ descriptors: [Kind: Descriptor]) throws(SystemError) {
        self.size = size
        var maps: [Kind: MappedWords] = [:]
        for (kind, descriptor) in descriptors {
            maps[kind] = try MappedWords(descriptor, words: kind.words(size: size))
        }
        self.maps = maps
    }

    /// An upper bound of the blocks that are set.
    var blockCount: Int { maps.reduce(0) { $0 + $1.value.setBits * $1.key.blocksPerBit } }

    /// What is set, left as it is.
    func peek() -> TakenBlocks { blocks { $0.copy() } }

    /// What is set, cleared; it is added to `keeper` first.
    func take(into keeper: BitMaps?) -> TakenBlocks {
        var result = TakenBlocks(written: BlockSet(size: size), discarded: BlockSet(size: size))
        for (kind, map) in maps { result.add(map.take(into: keeper?.maps[kind]), of: kind) }
        return result
    }

    private func blocks(_ words: (MappedWords) -> [UInt64]) -> TakenBlocks {
        var result = TakenBlocks(written: BlockSet(size: size), discarded: BlockSet(size: size))
        for (kind, map) in maps { result.add(words(map), of: kind) }
        return result
    }

    /// Sets the blocks of an extent in the fine map.
    func set(_ extent: Extent, isDiscard: Bool) {
        guard extent.length > 0 else { return }
        let kind: Kind = isDiscard ? .discarded : .written
        let bytes = UInt64(kind.blocksPerBit * BlockSet.blockSize)
        maps[kind]?.set(extent.offset / bytes...(extent.end - 1) / bytes)
    }

    /// Clears all; whoever calls is the only writer.
    func clear() { maps.values.forEach { $0.clear() } }
}

extension TakenBlocks {
    fileprivate mutating func add(_ words: [UInt64], of kind: BitMaps.Kind) {
        switch kind {
        case .written:
            for (index, bits) in words.enumerated() where bits != 0 { written.insert(word: index, bits) }
        case .writtenCoarse: Self.insert(words, kind.blocksPerBit, into: &written)
        case .discarded, .discardedCoarse: Self.insert(words, kind.blocksPerBit, into: &discarded)
        }
    }

    private static func insert(_ words: [UInt64], _ blocksPerBit: Int, into set: inout BlockSet) {
        for (index, word) in words.enumerated() {
            var bits = word
            while bits != 0 {
                let first = (index * 64 + bits.trailingZeroBitCount) * blocksPerBit
                set.insert(first..<first + blocksPerBit)
                bits &= bits - 1
            }
        }
    }

    /// Adds the blocks of another one.
    mutating func formUnion(_ other: TakenBlocks) {
        written.formUnion(other.written)
        discarded.formUnion(other.discarded)
    }
}
