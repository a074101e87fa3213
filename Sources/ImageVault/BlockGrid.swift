internal import Linux

/// Where an image is cut: at fixed offsets from its start, so that a block that has not changed is the same blob.
struct BlockGrid: Sendable, Equatable {
    /// Bytes of the image.
    let size: UInt64
    /// Bytes of a block; the last may be shorter.
    let blockSize: Int

    /// 64 KiB up to 32 GiB, then doubling to 4 MiB, so that an image has at most 524,288 blobs up to 2 TiB.
    init(size: UInt64) {
        self.size = size
        var blockSize = 64 << 10
        while blockSize < 4 << 20, size > UInt64(blockSize) << 19 { blockSize *= 2 }
        self.blockSize = blockSize
    }

    /// Blocks of the image.
    var count: Int { Int((size + UInt64(blockSize) - 1) / UInt64(blockSize)) }

    func offset(of block: Int) -> UInt64 { UInt64(block) * UInt64(blockSize) }

    /// Bytes of this block.
    func length(of block: Int) -> Int { Int(min(UInt64(blockSize), size - offset(of: block))) }

    /// The blocks that an extent touches.
    func blocks(_ extent: Extent) -> Range<Int> {
        let end = min(extent.offset.addingReportingOverflow(extent.length).partialValue, size)
        if extent.length == 0 || extent.offset >= end { return 0..<0 }
        return Int(extent.offset / UInt64(blockSize))..<Int((end - 1) / UInt64(blockSize)) + 1
    }

    /// The blocks that lie wholly inside an extent.
    func wholeBlocks(_ extent: Extent) -> Range<Int> {
        let blockSize = UInt64(blockSize)
        let first = (extent.offset + blockSize - 1) / blockSize
        let end = min(extent.offset + extent.length, size) / blockSize
        return first < end ? Int(first)..<Int(end) : 0..<0
    }
}
