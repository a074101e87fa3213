/// Which blob stands at each block of an image that is being put together, and of which blocks too little is known yet.
struct ImageContent {
    let grid: BlockGrid
    /// Numbers in the catalogue. Threads write the places of their own blocks side by side.
    let blobs: FlatList<UInt32>
    /// Blocks of which only some bytes were given, and which; all others of such a block count as zeros so far.
    private var partial: [Int: RangeSet<Int>] = [:]

    static let nothing = UInt32.max

    init(_ grid: BlockGrid) {
        self.grid = grid
        blobs = FlatList(repeating: Self.nothing, count: grid.count)
    }

    /// Whether bytes of the block are still to come.
    private func isOpen(_ block: Int) -> Bool { partial[block] != nil || !hasBlob(block) }

    func hasBlob(_ block: Int) -> Bool { blobs[block] != Self.nothing }

    /// All of the blocks is known from now on.
    mutating func settle(_ blocks: Range<Int>) {
        if partial.isEmpty { return }
        if blocks.count < partial.count {
            for block in blocks { partial[block] = nil }
        } else {
            partial = partial.filter { !blocks.contains($0.key) }
        }
    }

    /// A part of the block is known from now on.
    /// - Returns: whether all of it is.
    @discardableResult
    mutating func settle(_ bytes: RangeSet<Int>, in block: Int) -> Bool {
        guard isOpen(block) else { return true }
        let known = partial[block, default: RangeSet()].union(bytes)
        let isWhole = known.isSuperset(of: RangeSet(0..<grid.length(of: block)))
        partial[block] = isWhole ? nil : known
        return isWhole
    }

    /// The first block of which bytes have never been given; `nil` when the image is complete.
    var firstGap: Int? {
        let open = partial.keys.min() ?? grid.count
        return (0..<open).first { !hasBlob($0) } ?? (open < grid.count ? open : nil)
    }
}
