internal import Images
internal import Linux
internal import Messages

/// Blocks that have to be looked at, handed out piece by piece.
struct BlockQueue {
    private var ranges: [Range<Int>]
    private var next = 0

    init(_ ranges: [Range<Int>]) { self.ranges = ranges.filter { !$0.isEmpty } }

    /// The next blocks, all side by side, at most `limit`; `nil` when none are left.
    mutating func take(_ limit: Int) -> Range<Int>? {
        guard next < ranges.count else { return nil }
        let range = ranges[next]
        let part = range.lowerBound..<min(range.upperBound, range.lowerBound + limit)
        ranges[next] = part.upperBound..<range.upperBound
        if ranges[next].isEmpty { next += 1 }
        return part
    }
}

/// One image on its way into the repository.
final class ImageWriteJob: @unchecked Sendable {
    /// Bytes that a thread reads at once.
    static let readSize = 1 << 20

    let repository: Repository
    let source: any ImageSource
    let grid: BlockGrid
    let blobs: BlobIndex
    let collector: IndexCollector
    /// The id of a whole block of zeros.
    let zeroID: StorageID
    /// The image's blobs. Each thread writes the places of its own blocks only, and nobody reads before all have ended.
    private var content: BlobList
    private let queue = Shared(BlockQueue([]))
    private let failure = Shared<Failure?>(nil)
    private var needsZeroBlob = false

    init(
        _ repository: Repository, _ source: any ImageSource, _ grid: BlockGrid, _ blobs: BlobIndex,
        _ collector: IndexCollector
    ) throws(Failure) {
        self.repository = repository
        self.source = source
        self.grid = grid
        self.blobs = blobs
        self.collector = collector
        let memory = try Memory(capacity: grid.blockSize)
        defer { memory.keepAlive() }
        let zeros = memory.bytes(grid.blockSize)
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        zeroID = try SHA256().hash(UnsafeRawBufferPointer(zeros))
        content = BlobList(count: grid.count)
    }

    subscript(block: Int) -> StorageID {
        get { content[block] }
        set { content[block] = newValue }
    }

    /// Decides which blocks are read.
    /// - Parameter parent: its list is taken over and changed.
    func plan(parent: StoredFile?, changed: [Extent]?) throws(Failure) {
        guard let parent, parent.content.count == grid.count else { return try planWithoutParent() }
        content = parent.content
        guard let changed else { return queue.withLock { $0 = BlockQueue([0..<grid.count]) } }
        var ranges = changed.map(grid.blocks)
        // A blob that the repository has lost is made anew from the image.
        for block in 0..<grid.count where !blobs.contains(content[block]) { ranges.append(block..<block + 1) }
        queue.withLock { $0 = BlockQueue(Self.merged(ranges)) }
    }

    private func planWithoutParent() throws(Failure) {
        var ranges: [Range<Int>] = []
        var position = 0
        for hole in try source.holes() {
            let blocks = grid.wholeBlocks(hole)
            if blocks.isEmpty { continue }
            ranges.append(position..<blocks.lowerBound)
            position = blocks.upperBound
            for block in blocks { content[block] = zeroID }
            needsZeroBlob = true
        }
        ranges.append(position..<grid.count)
        queue.withLock { $0 = BlockQueue(ranges) }
    }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Does the work.
    func run(threads: Int) throws(Failure) -> (content: BlobList, bytes: StoredBytes) {
        let storesZeros = needsZeroBlob
        let results = Threads.concurrently(
            (0..<threads).map { number in
                { @Sendable [self] in
                    do throws(Failure) {
                        let worker = try ImageWriteWorker(self)
                        if number == 0 && storesZeros { try worker.storeZeros() }
                        return try worker.run()
                    } catch {
                        failure.withLock { $0 = $0 ?? error }
                        return StoredBytes()
                    }
                }
            })
        if let failure = failure.withLock({ $0 }) { throw failure }
        return (content, results.reduce(into: StoredBytes(), +=))
    }

    /// The next blocks for a thread; `nil` when there are none, when another thread has failed, or when Remanso is asked
    /// to stop.
    func nextBlocks() throws(Failure) -> Range<Int>? {
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        if failure.withLock({ $0 != nil }) { return nil }
        return queue.withLock { $0.take(max(1, Self.readSize / grid.blockSize)) }
    }
}
