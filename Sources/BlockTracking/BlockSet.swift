public import Linux

/// A set of blocks of 4 KiB, one bit each, of a device of known size.
public struct BlockSet: Sendable, Equatable {
    /// Bytes of a block.
    public static let blockSize = 4096

    /// Bytes of the device; the last block may be shorter.
    public let size: UInt64
    /// Bit `n % 64` of word `n / 64` stands for block `n`. Bits behind the last block are 0.
    public private(set) var words: [UInt64]

    /// No block of a device of `size` bytes.
    public init(size: UInt64) {
        self.size = size
        words = [UInt64](repeating: 0, count: (Self.blocks(size) + 63) / 64)
    }

    /// The set whose words, in this machine's byte order, are these bytes; `nil` when they are too many or too few.
    init?(size: UInt64, bytes: ArraySlice<UInt8>) {
        self.init(size: size)
        guard bytes.count == words.count * 8 else { return nil }
        words.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    }

    /// Every block of a device of `size` bytes.
    public static func all(size: UInt64) -> BlockSet {
        var set = BlockSet(size: size)
        set.insert(0..<set.blockCount)
        return set
    }

    private static func blocks(_ size: UInt64) -> Int { Int((size + UInt64(blockSize) - 1) / UInt64(blockSize)) }

    /// Blocks of the device.
    public var blockCount: Int { Self.blocks(size) }
    /// Blocks in the set.
    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    /// Whether no block is in it.
    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Whether a block is in it.
    public func contains(_ block: Int) -> Bool { words[block / 64] >> UInt64(block % 64) & 1 == 1 }

    /// Adds blocks; those behind the end are left out.
    public mutating func insert(_ blocks: Range<Int>) { change(blocks) { $0 |= $1 } }

    /// Takes blocks out.
    public mutating func remove(_ blocks: Range<Int>) { change(blocks) { $0 &= ~$1 } }

    private mutating func change(_ blocks: Range<Int>, _ body: (inout UInt64, UInt64) -> Void) {
        let blocks = blocks.clamped(to: 0..<blockCount)
        guard !blocks.isEmpty else { return }
        for word in blocks.lowerBound / 64...(blocks.upperBound - 1) / 64 {
            var mask = UInt64.max
            if word == blocks.lowerBound / 64 { mask &= UInt64.max << UInt64(blocks.lowerBound % 64) }
            if word == (blocks.upperBound - 1) / 64 { mask &= UInt64.max >> UInt64(63 - (blocks.upperBound - 1) % 64) }
            body(&words[word], mask)
        }
    }

    /// Adds every block that an extent touches.
    public mutating func insert(_ extent: Extent) {
        guard extent.length > 0 else { return }
        let size = UInt64(Self.blockSize)
        let last = Int(clamping: (extent.end - 1) / size)
        insert(Int(clamping: extent.offset / size)..<last + 1)
    }

    /// Adds 64 blocks at once, as a tracker's map has them.
    mutating func insert(word: Int, _ bits: UInt64) {
        let left = blockCount - word * 64
        words[word] |= left >= 64 ? bits : bits & ~(UInt64.max << UInt64(left))
    }

    /// Adds the blocks of another set of the same device.
    public mutating func formUnion(_ other: BlockSet) {
        for word in words.indices { words[word] |= other.words[word] }
    }

    /// Keeps only the blocks that are in the other set of the same device too.
    public mutating func formIntersection(_ other: BlockSet) {
        for word in words.indices { words[word] &= other.words[word] }
    }

    /// Takes the blocks of another set of the same device out.
    public mutating func subtract(_ other: BlockSet) {
        for word in words.indices { words[word] &= ~other.words[word] }
    }

    /// The set as byte ranges in rising order, none touching the next; the last ends with the device.
    /// - Parameter gap: bytes that two ranges may lie apart and still be joined, as one long read is cheaper than two.
    public func extents(joining gap: UInt64 = 0) -> [Extent] {
        var result: [Extent] = []
        var start: UInt64 = 0, end: UInt64 = 0
        for (index, word) in words.enumerated() {
            var bits = word
            while bits != 0 {
                let block = UInt64(index * 64 + bits.trailingZeroBitCount)
                let length = (~(bits >> UInt64(bits.trailingZeroBitCount))).trailingZeroBitCount
                let offset = block * UInt64(Self.blockSize)
                if end > 0 && offset <= end + gap {
                    end = offset + UInt64(length * Self.blockSize)
                } else {
                    if end > 0 { result.append(Extent(offset: start, length: min(end, size) - start)) }
                    start = offset
                    end = offset + UInt64(length * Self.blockSize)
                }
                let taken = bits.trailingZeroBitCount + length
                bits = taken >= 64 ? 0 : bits & (UInt64.max << UInt64(taken))
            }
        }
        if end > 0 { result.append(Extent(offset: start, length: min(end, size) - start)) }
        return result
    }
}
