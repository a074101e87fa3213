internal import Images
internal import Linux

/// New bytes inside one block of an image.
struct BlockPatch: @unchecked Sendable {
    /// A part of the block that is replaced.
    struct Part {
        /// Bytes from the block's start.
        let offset: Int
        let bytes: UnsafeRawBufferPointer
        var range: Range<Int> { offset..<offset + bytes.count }
    }

    let block: Int
    private(set) var parts: [Part]
    /// Which bytes of the block are replaced.
    var covered: RangeSet<Int> { RangeSet(parts.map(\.range)) }

    /// Whether nothing of the block's `count` bytes stays.
    func isWhole(_ count: Int) -> Bool { covered.isSuperset(of: RangeSet(0..<count)) }

    /// Cuts pieces along the blocks' borders.
    /// - Parameter pieces: in rising order.
    static func patches(_ pieces: [ImagePiece], _ grid: BlockGrid) -> [BlockPatch] {
        var patches: [BlockPatch] = []
        for piece in pieces {
            for block in grid.blocks(Extent(offset: piece.offset, length: UInt64(piece.bytes.count))) {
                let part = part(of: piece, in: block, grid)
                if patches.last?.block == block {
                    patches[patches.count - 1].parts.append(part)
                } else {
                    patches.append(BlockPatch(block: block, parts: [part]))
                }
            }
        }
        return patches
    }

    private static func part(of piece: ImagePiece, in block: Int, _ grid: BlockGrid) -> Part {
        let start = grid.offset(of: block), end = start + UInt64(grid.length(of: block))
        let first = max(start, piece.offset), last = min(end, piece.offset + UInt64(piece.bytes.count))
        let bytes = piece.bytes[Int(first - piece.offset)..<Int(last - piece.offset)]
        return Part(offset: Int(first - start), bytes: UnsafeRawBufferPointer(rebasing: bytes))
    }

    func apply(to content: UnsafeMutableRawBufferPointer) {
        for part in parts { UnsafeMutableRawBufferPointer(rebasing: content[part.range]).copyMemory(from: part.bytes) }
    }
}
