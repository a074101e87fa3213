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
        let writes = try target.map { (target) throws(Failure) in try GatheredWrites(target) }
        var memory = try Memory(capacity: Self.readSize)
        var written: UInt64 = 0
        while try workers.shouldGoOn(), let run = next.withLock({ take(&$0) }) {
            let first = plan.places[run.lowerBound], last = plan.places[run.upperBound - 1]
            let count = Int(last.offset) + Int(last.length) - Int(first.offset)
            if memory.capacity < count { memory = try Memory(capacity: count) }
            let bytes = memory.bytes(count)
            let damage = try read(run, into: bytes, reader)
            written += try write(run, from: bytes, reader, damage, writes)
            memory.keepAlive()
        }
        try writes?.flush()
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

    /// - Returns: what is wrong with the pack.
    private func read(_ run: Range<Int>, into bytes: UnsafeMutableRawBufferPointer, _ reader: BlobReader)
        throws(Failure) -> Failure?
    {
        let first = plan.location(plan.places[run.lowerBound])
        return try damage { () throws(Failure) in
            try reader.read(first.pack, at: first.entry.offset, into: bytes, for: first.entry.id)
        }
    }

    /// Runs `body` and returns the failure when it is damage, for which a copy of the blob may help.
    private func damage(_ body: () throws(Failure) -> Void) throws(Failure) -> Failure? {
        do throws(Failure) {
            try body()
            return nil
        } catch {
            if case .vaultDamaged = error.problem { return error }
            throw error
        }
    }

    /// The content of a blob, from another copy when that which was read is damaged.
    /// - Parameter unread: why its bytes could not be read.
    private func content(
        _ place: BlobPlan.Place, in sealed: UnsafeMutableRawBufferPointer, _ reader: BlobReader, _ unread: Failure?
    ) throws(Failure) -> UnsafeRawBufferPointer {
        let location = plan.location(place)
        var content = UnsafeRawBufferPointer(start: nil, count: 0)
        var found = unread
        if unread == nil {
            found = try damage { () throws(Failure) in content = try reader.open(sealed, location) }
        }
        // When a pack is too short, its first blobs may still be whole.
        var others = plan.copies(of: place)
        if unread != nil { others.insert(location, at: 0) }
        for other in others where found != nil {
            let damage = try damage { () throws(Failure) in content = try reader.content(other) }
            if damage == nil { found = nil }
        }
        if let found { throw found }
        return content
    }

    private func write(
        _ run: Range<Int>, from bytes: UnsafeMutableRawBufferPointer, _ reader: BlobReader, _ damage: Failure?,
        _ writes: GatheredWrites?
    ) throws(Failure) -> UInt64 {
        var written: UInt64 = 0
        var index = run.lowerBound
        let start = Int(plan.places[index].offset)
        while index < run.upperBound {
            let place = plan.places[index]
            let offset = Int(place.offset) - start
            let sealed = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + Int(place.length)])
            let content = try content(place, in: sealed, reader, damage)
            let isZero = target != nil && content.isZero
            while index < run.upperBound, plan.places[index].offset == place.offset {
                written += try write(content, isZero: isZero, to: Int(plan.places[index].number), writes)
                index += 1
            }
        }
        return written
    }

    private func write(
        _ content: UnsafeRawBufferPointer, isZero: Bool, to number: Int, _ writes: GatheredWrites?
    ) throws(Failure) -> UInt64 {
        guard let target, let writes else { return 0 }
        let offset = plan.offsets[number]
        if isZero && target.isBlank { return 0 }
        if isZero {
            try target.writeZeros(Extent(offset: offset, length: UInt64(content.count)))
        } else {
            try writes.write(content, at: offset)
        }
        return UInt64(content.count)
    }
}
