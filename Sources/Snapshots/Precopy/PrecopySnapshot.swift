internal import BlockTracking
internal import Glibc
internal import Images
internal import Linux
internal import Messages

/// An image that is read while the volume lives, but for the last blocks. One thread at a time calls it.
final class PrecopySnapshot: PreparedSnapshot, @unchecked Sendable {
    /// Freezes that are tried before the image is given up.
    private static let mostFreezes = 3
    /// The least memory for the last blocks, in bytes.
    private static let leastMemory = 16 << 20
    /// What of the budget the last read may take: FIFREEZE and FITHAW need the rest.
    private static let readingShare = 0.5
    /// The read rate that is assumed where none can be measured, in bytes a second.
    private static let assumedRate = 20e6

    let leftover: String? = nil
    private let rounds: LiveRounds
    private var reading: FrozenReading?
    private var failure: Trouble?
    private var wasOverlaid = false

    /// Why a freeze was ended without an image.
    private enum Trouble {
        case tooMuch(bytes: UInt64)
        case written
        case doubt(TrackingDoubt)
        case other
    }

    init(_ source: SnapshotSource, _ task: ImageTask) throws(Failure) {
        rounds = try LiveRounds(source, task)
        try rounds.begin()
        try converge()
    }

    var image: ImageResult? { rounds.summary }

    // MARK: Before the freeze

    /// Rounds until what is left can be read in the freeze.
    private func converge() throws(Failure) {
        try rounds.writeBack()
        var blocks = try rounds.round()
        try startReading(capacity: max(Self.leastMemory, reading?.capacity ?? 0))
        // What changes is scattered, unlike the first round's long extents.
        var rate = try measureRate { (reading) throws(SystemError) in try reading.rate(ofBlocks: blocks) }
        var policy = RoundPolicy(limit: UInt64(rounds.task.memoryLimit))
        while true {
            try rounds.writeBack()
            let left = rounds.pendingBytes, speed = rounds.changeRate
            rounds.report {
                $0.changeRate = speed
                $0.readRate = rate
            }
            let budget = UInt64(rounds.task.freezeBudget * Self.readingShare * rate)
            switch policy.next(left: left, budget: budget) {
            case .freeze(let exceedsBudget):
                rounds.report { $0.exceedsBudget = exceedsBudget }
                return try makeRoom(for: left)
            case .again(let pause):
                usleep(UInt32(pause * 1e6))
                blocks = try rounds.round()
                rate = try measureRate { (reading) throws(SystemError) in try reading.rate(ofExtents: blocks) }
            case .giveUp: throw tooFast(left: left)
            }
        }
    }

    private func startReading(capacity: Int) throws(Failure) {
        if let reading, reading.capacity >= capacity { return }
        // The bound is for one of them: the memory of the old one goes first.
        reading = nil
        do throws(SystemError) {
            reading = try FrozenReading(rounds.source, capacity: min(capacity, rounds.task.memoryLimit))
        } catch {
            throw snapshotFailed(error)
        }
    }

    private func measureRate(
        _ measure: (FrozenReading) throws(SystemError) -> Double?
    ) throws(Failure) -> Double {
        guard let reading else { return Self.assumedRate }
        do throws(SystemError) {
            return try measure(reading) ?? Self.assumedRate
        } catch {
            throw snapshotFailed(error)
        }
    }

    /// The freeze itself writes back what is dirty by then, and the application may write until then.
    private func makeRoom(for left: UInt64) throws(Failure) {
        try startReading(capacity: max(Self.leastMemory, Int(clamping: left) * 4))
    }

    func prepareForFreeze() throws(Failure) {
        try rounds.writeBack(withJournal: true)
        // The pre-script may have made the application write back what it had in memory.
        let capacity = UInt64(reading?.capacity ?? 0)
        for _ in 0..<2 where rounds.pendingBytes > capacity / 4 {
            try rounds.round()
            try rounds.writeBack(withJournal: true)
        }
        // What was given to files since the last round and never written.
        if !rounds.mapFitsIntoFreeze { try rounds.round() }
        try makeRoom(for: rounds.pendingBytes)
    }

    // MARK: Inside the freeze

    func take() throws(Failure) {
        failure = .other
        guard let reading else { throw snapshotFailed(SystemError("take", rounds.volume, code: EINVAL)) }
        let start = Instant.now
        rounds.take()
        rounds.planRound(usesMap: rounds.mapFitsIntoFreeze)
        do throws(Failure) {
            try read(rounds.planned, reading)
        } catch {
            rounds.abandonRound()
            rounds.report { $0.failedFreezes += 1 }
            throw error
        }
        failure = nil
        let seconds = Instant.now.milliseconds(since: start) / 1000
        rounds.report {
            $0.finalSeconds = seconds
            $0.finalBytes = reading.bytes
        }
    }

    private func read(_ blocks: BlockSet, _ reading: FrozenReading) throws(Failure) {
        let fits: Bool
        do throws(SystemError) {
            fits = try reading.read(blocks)
        } catch {
            throw snapshotFailed(error)
        }
        if !fits {
            let left = UInt64(blocks.count * BlockSet.blockSize)
            failure = .tooMuch(bytes: left)
            throw tooFast(left: left)
        }
        // Somebody else has thawed the volume, or writes to its device past the file system.
        if rounds.task.tracker.pendingBlocks > 0 {
            failure = .written
            throw Failure(.imageNotTrusted(volume: rounds.volume, doubt: nil))
        }
        if let doubt = rounds.task.tracker.doubt() {
            failure = .doubt(doubt)
            throw Failure(.imageNotTrusted(volume: rounds.volume, doubt: doubt))
        }
    }

    // MARK: After the thaw

    var canTryAgain: Bool {
        guard rounds.result.failedFreezes < Self.mostFreezes else { return false }
        switch failure {
        case .tooMuch(let bytes): return bytes < UInt64(rounds.task.memoryLimit)
        case .written, .doubt: return true
        case .other, nil: return false
        }
    }

    func prepareAgain() throws(Failure) {
        switch failure {
        case .tooMuch(let bytes): try makeRoom(for: bytes)
        case .doubt(let doubt): try rounds.beginAgain(because: doubt)
        // Another volume of the run has to be taken again, and so is this one: what was read in the freeze is of an
        // instant that is given up, and it is in no image yet.
        case nil: rounds.abandonRound()
        case .written, .other: break
        }
        failure = nil
        try converge()
    }

    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer? {
        guard let reading, !wasOverlaid else { return nil }
        try rounds.storeZeros()
        try reading.withPieces { (pieces) throws(Failure) in
            if !pieces.isEmpty { try rounds.task.sink.overlay(pieces) }
        }
        wasOverlaid = true
        self.reading = nil
        return nil
    }

    func release() throws(Failure) { reading = nil }

    // MARK: Words

    private func tooFast(left: UInt64) -> Failure {
        func megabytes(_ bytes: UInt64) -> Int { Int(clamping: (bytes + 500_000) / 1_000_000) }
        return Failure(
            .changesTooFast(
                volume: rounds.volume, megabytesPerSecond: megabytes(UInt64(rounds.result.changeRate)),
                left: megabytes(left), limit: megabytes(UInt64(rounds.task.memoryLimit))))
    }

    private func snapshotFailed(_ error: SystemError) -> Failure {
        Failure(
            .snapshotFailed(provider: PrecopyProvider.name, volume: rounds.volume, reason: error.description))
    }
}
