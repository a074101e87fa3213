internal import BlockTracking
internal import CLinux
internal import Glibc
internal import Images
internal import Linux
internal import Messages

/// Reads a volume that goes on changing, round after round, into the sink of an image.
///
/// A round: write back what is dirty, take from the tracker what was written, read it. Whatever is written after the take
/// is in the next round, be it before or after this round has read it.
final class LiveRounds {
    let source: DeviceSource
    let volume: String
    private let root: Descriptor
    private let isExt: Bool
    private(set) var task: ImageTask
    private(set) var backlog: Backlog
    private(set) var result: ImageResult
    private let freeSpace: FreeSpace?
    /// How long the last map of free space took, in seconds.
    private var mapSeconds = 0.0
    private var work: Backlog.Work
    private var lastTake = Instant.now
    private let progress: RoundProgress

    init(_ snapshot: SnapshotSource, _ task: ImageTask) throws(Failure) {
        volume = snapshot.mount.mountPoint
        root = snapshot.root
        isExt = snapshot.mount.filesystem.hasPrefix("ext")
        self.task = task
        let progress = RoundProgress(task.onProgress)
        self.progress = progress
        guard let node = BlockDevices.node(of: snapshot.mount.device) else {
            throw Failure(.providerUnsuitable(provider: PrecopyProvider.name, volume: volume, reason: .noBlockDevice))
        }
        do throws(SystemError) {
            source = try DeviceSource(node) { progress.read($0) }
        } catch {
            throw Failure(
                .snapshotFailed(provider: PrecopyProvider.name, volume: volume, reason: error.description))
        }
        let hasExactMap = Superblock(source)?.hasExactMap ?? false
        freeSpace = task.skipsFreeSpace && hasExactMap ? FreeSpace(of: root, on: snapshot.mount.device) : nil
        backlog = Backlog(size: source.size, unread: task.sink.hasParent ? task.unread : nil)
        work = Backlog.Work(size: source.size)
        result = ImageResult(unread: BlockSet(size: source.size))
    }

    // MARK: The tracker

    /// Begins an image: with all blocks, or with those that changed since the parent.
    func begin() throws(Failure) {
        try requireSameSize()
        let knowsParent = task.isTrackerSettled && task.sink.hasParent
        if !task.isTrackerSettled { try settle() }
        if !knowsParent { oweEverything() }
    }

    /// Begins once more, with another tracker, because the first one cannot vouch for what it gave.
    func beginAgain(because doubt: TrackingDoubt) throws(Failure) {
        result.doubt = doubt
        task.tracker = try task.retrack()
        try requireSameSize()
        try settle()
        oweEverything()
    }

    private func settle() throws(Failure) {
        let tracker = task.tracker
        try task.freezeForAnInstant { () throws(Failure) in try tracker.settle() }
    }

    private func oweEverything() {
        result.readEverything = true
        backlog.oweEverything()
    }

    private func requireSameSize() throws(Failure) {
        if task.tracker.size != source.size {
            throw Failure(
                .snapshotFailed(
                    provider: PrecopyProvider.name, volume: volume,
                    reason: SystemError("BLKGETSIZE64", volume, code: ESTALE).description))
        }
    }

    /// Bytes that were written since the last take, as far as they have left the page cache.
    var pendingBytes: UInt64 { UInt64(task.tracker.pendingBlocks) * UInt64(BlockSet.blockSize) }

    /// What the volume's writers change, in bytes a second.
    var changeRate: Double {
        Double(pendingBytes) / max(0.001, Instant.now.milliseconds(since: lastTake) / 1000)
    }

    /// Adds to the backlog what was written since the last take.
    func take() {
        let taken = task.tracker.take()
        lastTake = .now
        backlog.owe(taken)
    }

    // MARK: Rounds

    /// Writes back what is dirty, so that the tracker sees it now and not in the freeze.
    func writeBack(withJournal: Bool = false) throws(Failure) {
        do throws(SystemError) {
            try root.syncFileSystem()
        } catch {
            throw Failure(
                .snapshotFailed(provider: PrecopyProvider.name, volume: volume, reason: error.description))
        }
        // Halves the freeze; a kernel without it does the same inside.
        if withJournal && isExt { _ = remanso_ext4_checkpoint(root.number) }
    }

    /// Reads and stores what is owed and what was written until now.
    /// - Returns: blocks that were read.
    @discardableResult
    func round() throws(Failure) -> BlockSet {
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        take()
        let start = Instant.now
        planRound(usesMap: true)
        let bytes = UInt64(work.read.count) * UInt64(BlockSet.blockSize)
        progress.begin(round: result.rounds.count + 1, total: bytes)
        do throws(Failure) {
            try storeZeros()
            try task.sink.store(work.read.extents(), from: source)
        } catch {
            backlog.putBack(work)
            throw error
        }
        result.rounds.append(
            ImageResult.Round(bytes: bytes, seconds: Instant.now.milliseconds(since: start) / 1000))
        return work.read
    }

    /// Whether the map of free space is read fast enough to be read inside the freeze.
    var mapFitsIntoFreeze: Bool { mapSeconds <= min(0.02, task.freezeBudget / 8) }

    /// Takes the next work out of the backlog.
    /// - Parameter usesMap: what is free now is left out, and what was free before and is no more is read.
    func planRound(usesMap: Bool) {
        guard usesMap else { return backlog.next(into: &work, nil) }
        let start = Instant.now
        let freeSpace = freeSpace
        backlog.next(into: &work) { free in freeSpace?.read(into: &free) ?? false }
        mapSeconds = Instant.now.milliseconds(since: start) / 1000
    }

    /// What `planRound` has planned.
    var planned: BlockSet { work.read }

    /// Puts the planned work back, because it was not done.
    func abandonRound() { backlog.putBack(work) }

    /// Makes the blocks of the planned work zero that are free.
    func storeZeros() throws(Failure) {
        let extents = work.zero.extents()
        if !extents.isEmpty { try task.sink.storeZeros(extents) }
    }

    /// Notes what was read for the report.
    func report(_ change: (inout ImageResult) -> Void) { change(&result) }

    /// What was read so far.
    var summary: ImageResult {
        var summary = result
        summary.bytesRead = source.bytesRead + result.finalBytes
        summary.unread = backlog.unread
        return summary
    }
}

/// Tells an observer how far a round is, every few megabytes.
final class RoundProgress: Sendable {
    private let state = Shared(ImageProgress(round: 0, bytesDone: 0, bytesTotal: 0))
    private let onProgress: @Sendable (ImageProgress) -> Void
    private static let step: UInt64 = 16 << 20

    init(_ onProgress: @escaping @Sendable (ImageProgress) -> Void) { self.onProgress = onProgress }

    func begin(round: Int, total: UInt64) {
        let progress = ImageProgress(round: round, bytesDone: 0, bytesTotal: total)
        state.withLock { $0 = progress }
        onProgress(progress)
    }

    func read(_ bytes: UInt64) {
        let (before, progress) = state.withLock { state in
            let before = state.bytesDone
            // The sink may read more than was asked for.
            state.bytesDone = min(state.bytesTotal, before + bytes)
            return (before, state)
        }
        if progress.bytesDone / Self.step > before / Self.step || progress.bytesDone == progress.bytesTotal {
            onProgress(progress)
        }
    }
}
