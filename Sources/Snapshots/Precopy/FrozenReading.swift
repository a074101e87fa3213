internal import BlockTracking
internal import Glibc
internal import Images
internal import Linux

/// Reads the last blocks inside the freeze, into locked memory, with threads that were started before.
final class FrozenReading: @unchecked Sendable {
    /// A part of the device, and where in the memory it goes.
    private struct Piece {
        var offset: UInt64
        var length: Int
        var place: Int
    }

    private let source: DeviceSource
    private let memory: AlignedMemory
    private let crew: Crew
    private var pieces: [Piece] = []

    /// The most that fits, in bytes.
    var capacity: Int { memory.capacity }

    /// Extents that lie this close are read at once: a longer read costs less than a second one.
    private static let gap: UInt64 = 16 << 10
    /// Longer extents are shared between threads.
    private static let pieceSize = 1 << 20

    /// Starts the threads and locks the memory.
    /// - Parameter capacity: bytes.
    init(_ source: DeviceSource, capacity: Int, threads: Int = 8) throws(SystemError) {
        self.source = source
        memory = try AlignedMemory(capacity: capacity, isLocked: true)
        crew = try Crew(threads: threads)
        // So that the list need not grow inside the freeze: one piece a block is the worst case.
        pieces.reserveCapacity(memory.capacity / BlockSet.blockSize)
    }

    deinit { crew.end() }

    /// Reads all the blocks of a set.
    /// - Returns: `false`, without having read anything, when they do not fit.
    func read(_ blocks: BlockSet) throws(SystemError) -> Bool {
        guard plan(blocks, joining: Self.gap) || plan(blocks, joining: 0) else { return false }
        let source = source, memory = memory, pieces = pieces
        let error = crew.run(pieces.count) { index in
            let piece = pieces[index]
            do throws(SystemError) {
                try source.readAligned(at: piece.offset, into: memory.bytes(piece.length, at: piece.place))
                return nil
            } catch {
                return error
            }
        }
        if let error { throw error }
        return true
    }

    /// - Returns: whether all of it fits.
    private func plan(_ blocks: BlockSet, joining gap: UInt64) -> Bool {
        pieces.removeAll(keepingCapacity: true)
        var place = 0
        for extent in blocks.extents(joining: gap) {
            var offset = extent.offset
            while offset < extent.end {
                let length = Int(min(extent.end - offset, UInt64(Self.pieceSize)))
                // The next piece begins at a page again, whatever the length of the device.
                let room = (length + BlockSet.blockSize - 1) / BlockSet.blockSize * BlockSet.blockSize
                if place + room > memory.capacity { return false }
                pieces.append(Piece(offset: offset, length: length, place: place))
                place += room
                offset += UInt64(length)
            }
        }
        return true
    }

    /// Bytes that the last call read.
    var bytes: UInt64 { pieces.reduce(0) { $0 + UInt64($1.length) } }

    /// Hands over what the last call read.
    func withPieces<Problem: Error>(_ body: ([ImagePiece]) throws(Problem) -> Void) throws(Problem) {
        try body(
            pieces.map {
                ImagePiece(offset: $0.offset, bytes: UnsafeRawBufferPointer(memory.bytes($0.length, at: $0.place)))
            })
        memory.keepAlive()
    }

    // MARK: How fast it is

    /// The most that is read to measure the rate, in bytes.
    private static let sampleSize = 8 << 20

    /// Measures how fast single blocks are read that lie evenly spread over a set. It is a rehearsal, too: what the real
    /// call allocates was allocated once before.
    /// - Returns: bytes a second; `nil` when there is nothing to read.
    func rate(ofBlocks blocks: BlockSet) throws(SystemError) -> Double? {
        var sample = BlockSet(size: blocks.size)
        let step = max(1, blocks.count / 512)
        var position = 0
        for (index, word) in blocks.words.enumerated() {
            var bits = word
            while bits != 0 {
                let block = index * 64 + bits.trailingZeroBitCount
                if position % step == 0 { sample.insert(block..<block + 1) }
                position += 1
                bits &= bits - 1
            }
        }
        return try rate(sample)
    }

    /// Measures how fast the extents of a set are read, long or short as they are.
    /// - Returns: bytes a second; `nil` when there is nothing to read.
    func rate(ofExtents blocks: BlockSet) throws(SystemError) -> Double? {
        var sample = BlockSet(size: blocks.size)
        let room = min(Self.sampleSize, capacity)
        let step = max(1, blocks.count * BlockSet.blockSize / room)
        var left = UInt64(room)
        for (number, extent) in blocks.extents(joining: Self.gap).enumerated() where number % step == 0 {
            let length = min(extent.length, left)
            sample.insert(Extent(offset: extent.offset, length: length))
            left -= length
        }
        return try rate(sample)
    }

    private func rate(_ sample: BlockSet) throws(SystemError) -> Double? {
        if sample.isEmpty { return nil }
        let start = Instant.now
        guard try read(sample) else { return nil }
        let seconds = max(Instant.now.milliseconds(since: start), 0.01) / 1000
        return Double(sample.count * BlockSet.blockSize) / seconds
    }
}
