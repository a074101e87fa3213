internal import Linux
internal import Messages

/// Proves that the tracker saw what the block layer counted.
///
/// A disk's statistics grow when a write completes (with some drivers: begins), the tracker's counts when it is queued.
/// So the tracker is never behind; and with nothing in flight both are equal, to the sector.
struct Audit: Sendable {
    /// Both counts at one instant at which nothing was in flight on the volume.
    struct BaseLine: Sendable, Equatable, Codable {
        var counters: Counters
        var own: DiskStatistics
        var disk: DiskStatistics
        var missed: UInt64
    }

    let objects: KernelObjects
    let counterMap: Descriptor

    init(_ objects: KernelObjects) throws(SystemError) {
        self.objects = objects
        counterMap = try objects.map("counters")
    }

    private var device: TrackedDevice { objects.device }

    /// Now.
    func baseLine() throws(SystemError) -> BaseLine {
        guard let own = DiskStatistics.current(device.number), let disk = DiskStatistics.current(device.disk) else {
            throw SystemError("read", "/sys/dev/block/\(device.number)/stat", code: 2)
        }
        return BaseLine(
            counters: try Counters.current(counterMap), own: own, disk: disk, missed: try objects.missedEvents())
    }

    /// Why what was seen since `base` is not all.
    /// - Parameter isFrozen: nothing is in flight on the volume, so that the counts have to be equal.
    func doubt(since base: BaseLine, isFrozen: Bool) -> TrackingDoubt? {
        guard let now = TrackedDevice.current(device.number) else { return .deviceGone }
        if now.diskSequence != device.diskSequence || now.disk != device.disk { return .deviceReplaced }
        if now.sectors != device.sectors || now.start != device.start { return .deviceResized }
        if !DiskStatistics.areOn(device) { return .statisticsOff }
        guard let missed = try? objects.missedEvents() else { return .detached }
        if missed > base.missed { return .missedEvents(Int(clamping: missed - base.missed)) }
        // The statistics first: what is counted there was queued before.
        guard let own = DiskStatistics.current(device.number), let disk = DiskStatistics.current(device.disk) else {
            return .deviceGone
        }
        guard let counters = try? Counters.current(counterMap) else { return .detached }
        if let taint = counters.taint(since: base.counters) { return taint }
        let sawOwn = counters.own.since(base.counters.own), sawDisk = counters.disk.since(base.counters.disk)
        let wasOwn = own.since(base.own), wasDisk = disk.since(base.disk)
        let isEqual = sawOwn == wasOwn
        if isFrozen && !isEqual || !sawOwn.covers(wasOwn) { return .mismatch(sawOwn, wasOwn) }
        // Other partitions of the disk are not frozen.
        if device.isPartition && !sawDisk.covers(wasDisk) && isFrozen { return .mismatch(sawDisk, wasDisk) }
        return nil
    }

    /// Whether all that was queued through the volume's own device has completed. Proved, not guessed: as many sectors
    /// were counted as queued, nothing is under way, and nothing was queued meanwhile.
    func isQuiet(since base: BaseLine) -> Bool {
        guard let own = DiskStatistics.current(device.number),
            let counters = try? Counters.current(counterMap),
            counters.own.since(base.counters.own) == own.since(base.own),
            DiskStatistics.isIdle(device.number), let again = try? Counters.current(counterMap)
        else { return false }
        return again.own == counters.own
    }
}

extension DiskStatistics {
    fileprivate func since(_ base: DiskStatistics) -> DiskStatistics {
        DiskStatistics(written: written &- base.written, discarded: discarded &- base.discarded)
    }

    fileprivate func covers(_ other: DiskStatistics) -> Bool {
        written >= other.written && discarded >= other.discarded
    }
}

extension TrackingDoubt {
    fileprivate static func mismatch(_ seen: DiskStatistics, _ counted: DiskStatistics) -> TrackingDoubt {
        .countMismatch(
            seen: Int(clamping: seen.written &+ seen.discarded),
            counted: Int(clamping: counted.written &+ counted.discarded))
    }
}
