internal import CBpf
internal import Glibc
public import Linux
public import Messages

/// Knows which blocks of a device were written, from a program in the kernel.
///
/// The order in which things happen is what makes it right. The program enters a write in the table of writes in flight
/// and then sets its bits; `take` clears the bits and then reads the table, and sets the bits of what it finds there
/// again. So whatever `take` gives was either written before it, or will be given once more.
public final class BlockTracker: ChangeTracking {
    private struct Progress {
        var base: Audit.BaseLine?
        /// Entries of the table that are known to have completed: their completion was not seen.
        var stale: Set<InFlightTable.Write> = []
        /// What an opened tracker gives with the first `take`.
        var owed: TakenBlocks?
    }

    /// The device that is tracked.
    public let device: TrackedDevice
    let objects: KernelObjects
    private let volume: String
    private let audit: Audit
    private let live: BitMaps
    private let keeper: BitMaps?
    let table: InFlightTable
    private let progress: Shared<Progress>

    /// Bytes of the volume.
    public var size: UInt64 { device.size }

    init(
        _ objects: KernelObjects, keeper: BitMaps? = nil, base: Audit.BaseLine? = nil, volume: String
    ) throws(SystemError) {
        self.objects = objects
        self.volume = volume
        device = objects.device
        audit = try Audit(objects)
        live = try objects.liveMaps()
        table = try InFlightTable(try objects.map("in_flight"))
        self.keeper = keeper
        progress = Shared(Progress(base: base, owed: keeper?.peek()))
    }

    /// Tracks a mounted volume for as long as the tracker lives. Call `settle` while the volume is frozen, and then read.
    /// - Throws: `.trackingImpossible`, `.trackingFailed`.
    public static func attach(_ mount: Mount) throws(Failure) -> BlockTracker {
        if let obstacle = TrackingSupport.obstacle(mount) {
            throw Failure(.trackingImpossible(volume: mount.mountPoint, obstacle: obstacle))
        }
        return try attach(mount.device, volume: mount.mountPoint)
    }

    /// Tracks a block device for as long as the tracker lives.
    /// - Parameter volume: what messages call it.
    /// - Throws: `.trackingImpossible`, `.trackingFailed`.
    public static func attach(_ number: DeviceNumber, volume: String) throws(Failure) -> BlockTracker {
        guard let device = TrackedDevice.current(number) else {
            throw Failure(.trackingImpossible(volume: volume, obstacle: .noBlockDevice))
        }
        do {
            return try BlockTracker(try KernelObjects.load(device), volume: volume)
        } catch let error as LoadError {
            throw Failure(.trackingImpossible(volume: volume, obstacle: error.obstacle))
        } catch {
            throw Failure(.trackingFailed(volume: volume, reason: String(describing: error)))
        }
    }

    /// Sets the base line of the audit, and forgets what was in flight: nothing is, now. Call while the volume is frozen,
    /// once after attaching: what was queued before the programs were attached has completed then.
    public func settle() throws(Failure) {
        do {
            table.forget()
            let base = try audit.baseLine()
            progress.withLock {
                $0.base = base
                $0.stale = []
            }
        } catch {
            throw Failure(.trackingFailed(volume: volume, reason: error.description))
        }
    }

    /// The base line that `settle` set, to be kept with what is pinned.
    var baseLine: Audit.BaseLine? { progress.withLock { $0.base } }

    /// Gives every block that was marked since the last call, and those of writes in flight.
    public func take() -> TakenBlocks {
        var result = live.take(into: keeper)
        if let owed = progress.withLock({ progress in
            defer { progress.owed = nil }
            return progress.owed
        }) {
            result.formUnion(owed)
        }
        addWritesInFlight(to: &result)
        return result
    }

    private func addWritesInFlight(to result: inout TakenBlocks) {
        let stale = progress.withLock { $0.stale }
        let writes = table.writes().filter { !stale.contains($0) }
        guard !writes.isEmpty else { return }
        for write in writes {
            let extent = write.extent(on: device)
            if write.isDiscard { result.discarded.insert(extent) } else { result.written.insert(extent) }
        }
        let areOver = baseLine.map { audit.isQuiet(since: $0) } ?? false
        for write in writes where !(areOver && write.isOwn) {
            live.set(write.extent(on: device), isDiscard: write.isDiscard)
        }
        if areOver { progress.withLock { $0.stale.formUnion(writes.filter(\.isOwn)) } }
    }

    /// Blocks that are marked now and were not taken: an upper bound.
    public var pendingBlocks: Int { live.blockCount }

    /// Whether the tracker saw all that the block layer counted. Exact only while the volume is frozen.
    /// - Returns: why it cannot vouch for what it gave since `settle`; `nil` when it can.
    public func doubt() -> TrackingDoubt? { doubt(isFrozen: true) }

    /// The same; what is not frozen may have writes in flight, so that less can be proved.
    public func doubt(isFrozen: Bool) -> TrackingDoubt? {
        guard let base = baseLine else { return .noBaseLine }
        return audit.doubt(since: base, isFrozen: isFrozen) ?? guardDoubt
    }
}

extension BlockTracker {
    /// What the guard has against what was read. Where nothing can be guarded it has nothing: an image is taken all the
    /// same, but none is ever counted from it (`PinnedTracker.open`).
    private var guardDoubt: TrackingDoubt? {
        objects.guardKind == .none ? nil : objects.guardDoubt
    }
}

extension BlockTracker {
    /// How often the kernel ran each program and how long that took, for measurements.
    public struct Cost: Sendable {
        /// The program's name.
        public var program: String
        /// How often it ran.
        public var runs: UInt64
        /// How long that took in all.
        public var nanoseconds: UInt64
    }

    /// What the programs cost so far; the kernel counts only while the sysctl `kernel.bpf_stats_enabled` is 1.
    public func costs() -> [Cost] {
        objects.programs.compactMap { attached in
            guard let info = try? attached.information() else { return nil }
            return Cost(program: attached.name, runs: info.run_cnt, nanoseconds: info.run_time_ns)
        }
    }
}
