public import Images
public import Linux
public import Messages

/// One image on its way into a snapshot; `VaultWriter.beginImage` makes it. Call its functions one after another: each
/// uses several threads inside. After a failure the session can only be given up; the writer can begin the image anew.
///
/// An image without parent must be given whole: `finish` refuses one of which a byte was neither stored nor zeroed nor
/// overlaid, because a forgotten part must not become zeros that nobody notices.
public final class ImageSession: ImageSink, @unchecked Sendable {
    /// The image's path in the snapshot.
    public let path: String
    /// Whether the image starts as that of the parent snapshot.
    public let hasParent: Bool
    /// Why not, when a parent was given.
    public let parentDoubt: ParentDoubt?

    private let writer: VaultWriter
    private let grid: BlockGrid
    private var content: ImageContent
    /// The blobs of nothing but zeros, by their length.
    private let zeroBlobs = Shared<[Int: UInt32]>([:])
    private var bytes = StoredBytes()
    private var failure: Failure?

    /// Bytes that a thread reads at once.
    private static let readSize = 1 << 20

    init(_ writer: VaultWriter, _ path: String, _ content: ImageContent, parent: ParentState) {
        self.writer = writer
        self.path = path
        self.content = content
        grid = content.grid
        hasParent = parent == .sound
        parentDoubt = if case .doubtful(let doubt) = parent { doubt } else { nil }
    }

    /// Stores what the extents hold now. Whole blobs are read: what lies beside an extent in the same blob is taken from
    /// the source as well, which therefore must vouch for it.
    public func store(_ extents: [Extent], from source: any ImageSource) throws(Failure) {
        try guarded { () throws(Failure) in
            let ranges = extents.map(grid.blocks)
            let limit = max(1, Self.readSize / grid.blockSize)
            let queue = BlockQueue(ranges)
            let work = Shared(queue)
            try onThreads(queue.pieceCount(limit)) { [self, grid] (storer, workers) throws(Failure) in
                let memory = try Memory(capacity: limit * grid.blockSize)
                var bytes = StoredBytes()
                while try workers.shouldGoOn(), let blocks = work.withLock({ $0.take(limit) }) {
                    try store(blocks, source, memory, storer, &bytes)
                }
                return bytes
            }
            for range in ranges { content.settle(range) }
        }
    }

    /// Makes parts zero. Where a part begins or ends inside a blob, the rest of that blob stays.
    public func storeZeros(_ extents: [Extent]) throws(Failure) {
        try guarded { () throws(Failure) in
            let zeros = try Memory(capacity: grid.blockSize * 2)
            defer { zeros.keepAlive() }
            var whole: [Range<Int>] = []
            var edges: [BlockPatch] = []
            for extent in extents {
                let blocks = grid.wholeBlocks(extent)
                whole.append(blocks)
                edges += BlockPatch.patches(Self.edges(of: extent, blocks, grid, zeros), grid)
            }
            try zero(whole)
            try patch(edges.filter { content.hasBlob($0.block) })
            for edge in edges where !content.hasBlob(edge.block) {
                if content.settle(edge.covered, in: edge.block) { try zero([edge.block..<edge.block + 1]) }
            }
        }
    }

    /// Replaces parts that are smaller than the image's blobs by bytes in memory. The rest of a blob is what the session
    /// has for it: the parent's, read back from the repository, or what an earlier call stored.
    /// - Parameter pieces: in rising order, none overlapping another; the bytes stay valid until the call returns.
    /// - Throws: `.vaultDamaged` when the parent's blob cannot be read. Begun anew without a parent, the image is then
    ///   stored whole, and that blob with it.
    public func overlay(_ pieces: [ImagePiece]) throws(Failure) {
        try guarded { () throws(Failure) in try patch(BlockPatch.patches(pieces, grid)) }
    }

    /// Makes the image a part of the snapshot.
    /// - Returns: what it cost.
    /// - Throws: `.imageIncomplete` when bytes of it were never given.
    @discardableResult
    public func finish() throws(Failure) -> StoredBytes {
        try guarded { () throws(Failure) in
            if let gap = content.firstGap {
                throw Failure(.imageIncomplete(path: path, offset: grid.offset(of: gap)))
            }
            writer.add(content, at: path)
        }
        return bytes
    }

    /// What of an extent consists of whole blobs.
    func wholeBlobs(_ extent: Extent) -> Extent {
        let blocks = grid.wholeBlocks(extent)
        let start = grid.offset(of: blocks.lowerBound)
        return Extent(offset: start, length: grid.offset(of: blocks.upperBound) - start)
    }

    // MARK: Blocks

    private func store(
        _ blocks: Range<Int>, _ source: any ImageSource, _ memory: Memory, _ storer: BlobStorer,
        _ bytes: inout StoredBytes
    ) throws(Failure) {
        let start = grid.offset(of: blocks.lowerBound)
        let count = Int(grid.offset(of: blocks.upperBound - 1) - start) + grid.length(of: blocks.upperBound - 1)
        let all = memory.bytes(count)
        try source.read(at: start, into: all)
        bytes.read += UInt64(count)
        for block in blocks {
            let place = Int(grid.offset(of: block) - start)
            let part = UnsafeRawBufferPointer(rebasing: all[place..<place + grid.length(of: block)])
            content.blobs[block] =
                part.isZero
                ? try zeroBlob(part, storer, &bytes)
                : try storer.store(part, blockSize: grid.blockSize, &bytes)
        }
        memory.keepAlive()
    }

    /// Makes whole blocks zero: one blob stands for all of them but a shorter one at the end.
    private func zero(_ ranges: [Range<Int>]) throws(Failure) {
        for range in ranges where !range.isEmpty {
            content.settle(range)
            // All have one length but perhaps the last block of the image.
            let first = try zeroBlob(range.lowerBound), last = try zeroBlob(range.upperBound - 1)
            for block in range { content.blobs[block] = first }
            content.blobs[range.upperBound - 1] = last
        }
    }

    private func zeroBlob(_ block: Int) throws(Failure) -> UInt32 {
        let zeros = try Memory(capacity: grid.length(of: block))
        defer { zeros.keepAlive() }
        return try writer.storers.with { (storer) throws(Failure) in
            try zeroBlob(UnsafeRawBufferPointer(zeros.bytes(grid.length(of: block))), storer, &bytes)
        }
    }

    /// The blob of these zeros: hashed once, whatever their number.
    private func zeroBlob(_ zeros: UnsafeRawBufferPointer, _ storer: BlobStorer, _ bytes: inout StoredBytes)
        throws(Failure) -> UInt32
    {
        if let known = zeroBlobs.withLock({ $0[zeros.count] }) { return known }
        let number = try storer.store(zeros, blockSize: grid.blockSize, &bytes)
        zeroBlobs.withLock { $0[zeros.count] = number }
        return number
    }

    private func patch(_ patches: [BlockPatch]) throws(Failure) {
        // First of all: once a block has a blob, it does not look as if something of it were missing.
        for patch in patches { content.settle(patch.covered, in: patch.block) }
        let next = Shared(0)
        try onThreads(patches.count) { [self, grid] (storer, workers) throws(Failure) in
            let memory = try Memory(capacity: grid.blockSize)
            let reader = try BlobReader(writer.repository)
            var bytes = StoredBytes()
            while try workers.shouldGoOn() {
                let index = next.withLock { next in
                    defer { next += 1 }
                    return next
                }
                if index >= patches.count { break }
                try patch(patches[index], memory, reader, storer, &bytes)
            }
            return bytes
        }
    }

    private func patch(
        _ patch: BlockPatch, _ memory: Memory, _ reader: BlobReader, _ storer: BlobStorer, _ bytes: inout StoredBytes
    ) throws(Failure) {
        let whole = memory.bytes(grid.length(of: patch.block))
        if content.hasBlob(patch.block) && !patch.isWhole(whole.count) {
            whole.copyMemory(from: try reader.content(content.blobs[patch.block], writer.catalogue))
        } else {
            whole.initializeMemory(as: UInt8.self, repeating: 0)
        }
        patch.apply(to: whole)
        content.blobs[patch.block] = try storer.store(
            UnsafeRawBufferPointer(whole), blockSize: grid.blockSize, &bytes)
        memory.keepAlive()
    }

    /// What of an extent lies in blocks that it does not fill.
    private static func edges(of extent: Extent, _ blocks: Range<Int>, _ grid: BlockGrid, _ zeros: Memory)
        -> [ImagePiece]
    {
        let end = min(extent.end, grid.size)
        let first = blocks.isEmpty ? end : grid.offset(of: blocks.lowerBound)
        let last = blocks.isEmpty ? end : grid.offset(of: blocks.upperBound)
        return [(extent.offset, first), (last, end)].filter { $0.0 < $0.1 }.map { start, end in
            ImagePiece(offset: start, bytes: UnsafeRawBufferPointer(zeros.bytes(Int(end - start))))
        }
    }

    // MARK: Threads and failures

    /// Runs `body` on as many threads as there is work for, each with a storer of its own.
    private func onThreads(
        _ pieces: Int, _ body: @escaping @Sendable (BlobStorer, Workers) throws(Failure) -> StoredBytes
    ) throws(Failure) {
        if pieces == 0 { return }
        let workers = Workers(), storers = writer.storers
        let results = try workers.run(min(pieces, writer.threadCount)) { (_) throws(Failure) in
            try storers.with { (storer) throws(Failure) in try body(storer, workers) }
        }
        results.forEach { bytes += $0 }
    }

    /// An image of which a part failed must never become a part of a snapshot.
    private func guarded(_ body: () throws(Failure) -> Void) throws(Failure) {
        if let failure { throw failure }
        do throws(Failure) {
            try body()
        } catch {
            failure = error
            throw error
        }
    }
}
