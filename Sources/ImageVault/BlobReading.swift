internal import Linux
internal import Messages

/// Reads the blobs of a plan, checks each, and writes them to their places.
struct BlobReading: Sendable {
    /// Bytes of a pack that are read at once, a larger blob aside.
    private static let readSize = 1 << 20
    /// Bytes between two blobs that are read rather than passed over.
    private static let gap = 64 << 10

    private let repository: Repository
    private let plan: BlobPlan
    private let target: (any ImageTarget)?
    private let workers = Workers()
    private let next = Shared(0)

    /// - Parameter target: `nil` when the blobs are only to be checked.
    init(_ repository: Repository, _ plan: BlobPlan, _ target: (any ImageTarget)?) {
        self.repository = repository
        self.plan = plan
        self.target = target
    }

    /// - Returns: bytes written.
    func run(threads: Int) throws(Failure) -> UInt64 {
        try workers.run(threads) { (_) throws(Failure) in try work() }.reduce(0, +)
    }

    private func work() throws(Failure) -> UInt64 {
        let reader = try BlobReader(repository)
        var memory = try Memory(capacity: Self.readSize)
        var written: UInt64 = 0
        while try workers.shouldGoOn(), let run = next.withLock({ take(&$0) }) {
            let first = plan.places[run.lowerBound], last = plan.places[run.upperBound - 1]
            let count = Int(last.offset) + Int(last.length) - Int(first.offset)
            if memory.capacity < count { memory = try Memory(capacity: count) }
            let bytes = memory.bytes(count)
            try read(run, into: bytes, reader)
            written += try write(run, from: bytes, reader)
            memory.keepAlive()
        }
        return written
    }

    /// The next places that lie close together in one pack.
    private func take(_ next: inout Int) -> Range<Int>? {
        guard next < plan.places.count else { return nil }
        let start = next, first = plan.places[start]
        var end = start + 1
        while end < plan.places.count {
            let place = plan.places[end], before = plan.places[end - 1]
            let reach = Int(place.offset) + Int(place.length) - Int(first.offset)
            let distance = Int(place.offset) - Int(before.offset) - Int(before.length)
            // Places of the same blob stay together.
            let isSame = place.pack == before.pack && place.offset == before.offset
            guard isSame || place.pack == first.pack && distance <= Self.gap && reach <= Self.readSize else { break }
            end += 1
        }
        next = end
        return start..<end
    }

    private func read(_ run: Range<Int>, into bytes: UnsafeMutableRawBufferPointer, _ reader: BlobReader)
        throws(Failure)
    {
        let first = plan.location(plan.places[run.lowerBound])
        try reader.read(first.pack, at: first.entry.offset, into: bytes, for: first.entry.id)
    }

    private func write(_ run: Range<Int>, from bytes: UnsafeMutableRawBufferPointer, _ reader: BlobReader)
        throws(Failure) -> UInt64
    {
        var written: UInt64 = 0
        var index = run.lowerBound
        let start = Int(plan.places[index].offset)
        while index < run.upperBound {
            let place = plan.places[index]
            let offset = Int(place.offset) - start
            let sealed = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + Int(place.length)])
            let content = try reader.open(sealed, plan.location(place))
            let isZero = target != nil && content.isZero
            while index < run.upperBound, plan.places[index].offset == place.offset {
                written += try write(content, isZero: isZero, to: Int(plan.places[index].number))
                index += 1
            }
        }
        return written
    }

    private func write(_ content: UnsafeRawBufferPointer, isZero: Bool, to number: Int) throws(Failure) -> UInt64 {
        guard let target else { return 0 }
        let offset = plan.offsets[number]
        if isZero && target.isBlank { return 0 }
        if isZero {
            try target.writeZeros(Extent(offset: offset, length: UInt64(content.count)))
        } else {
            try target.write(content, at: offset)
        }
        return UInt64(content.count)
    }
}
