public import Messages

/// Knows which blocks of a volume's device were written.
///
/// A write counts from the moment that it is queued until it has completed: `take` gives its blocks each time meanwhile,
/// so that a reader who came between the two reads them once more.
public protocol ChangeTracking: AnyObject, Sendable {
    /// Bytes of the volume.
    var size: UInt64 { get }

    /// Sets the base line of the audit, and forgets what was in flight: nothing is, now. Call while the volume is frozen,
    /// once after attaching: what was queued before the programs were attached has completed then.
    func settle() throws(Failure)

    /// Gives every block that was marked since the last call, and those of writes in flight.
    func take() -> TakenBlocks

    /// Blocks that are marked now and were not taken.
    var pendingBlocks: Int { get }

    /// Whether the tracker saw all that the block layer counted. Exact only while the volume is frozen.
    /// - Returns: why it cannot vouch for what it gave since `settle`; `nil` when it can.
    func doubt() -> TrackingDoubt?
}

/// What a tracker gives.
public struct TakenBlocks: Sendable {
    /// Blocks that were written or zeroed.
    public var written: BlockSet
    /// Blocks that were discarded: what is free may be taken for zeros, the rest has to be read.
    public var discarded: BlockSet

    /// What a tracker gives.
    public init(written: BlockSet, discarded: BlockSet) {
        self.written = written
        self.discarded = discarded
    }
}
