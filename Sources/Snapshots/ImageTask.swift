public import BlockTracking
public import Images
public import Messages

/// What a provider of images needs: where the image goes, who knows what changes, and the limits.
public struct ImageTask: Sendable {
    /// Freezes the volume, runs the closure and thaws: nothing is in flight meanwhile.
    public typealias FreezeForAnInstant =
        @Sendable (_ body: @Sendable () throws(Failure) -> Void) throws(Failure) -> Void

    /// Where the image is put together.
    public var sink: any ImageSink
    /// Knows which blocks of the volume change.
    public var tracker: any ChangeTracking
    /// The tracker has vouched for every write since the sink's parent was taken, so that nothing else need be read. A
    /// new tracker is settled in a freeze of its own, and everything is read.
    public var isTrackerSettled: Bool
    /// The barrier around `ChangeTracking.settle`.
    public var freezeForAnInstant: FreezeForAnInstant
    /// Another tracker, when the first one has fallen into doubt.
    public var retrack: @Sendable () throws(Failure) -> any ChangeTracking
    /// How long the freeze should take, in seconds. What is left to read is kept small enough for it where the volume's
    /// writers let us.
    public var freezeBudget = 0.2
    /// The most that is read inside the freeze, in bytes of locked memory.
    public var memoryLimit = 256 << 20
    /// Leaves out what the file system calls free.
    public var skipsFreeSpace = true
    /// Blocks that the parent's image does not hold, because they were free: `ImageResult.unread` of the parent. Without
    /// it an increment may show other bytes in blocks that were given to a file since but never written; no file system
    /// lets anybody read those.
    public var unread: BlockSet?
    /// Told how far it is.
    public var onProgress: @Sendable (ImageProgress) -> Void = { _ in }

    /// An image to take, with the usual limits.
    public init(
        sink: any ImageSink, tracker: any ChangeTracking, isTrackerSettled: Bool,
        freezeForAnInstant: @escaping FreezeForAnInstant,
        retrack: @escaping @Sendable () throws(Failure) -> any ChangeTracking
    ) {
        self.sink = sink
        self.tracker = tracker
        self.isTrackerSettled = isTrackerSettled
        self.freezeForAnInstant = freezeForAnInstant
        self.retrack = retrack
    }
}

/// How far an image is.
public struct ImageProgress: Sendable, Equatable {
    /// 1 for the first pass over the volume.
    public var round: Int
    /// Bytes of this round that were read.
    public var bytesDone: UInt64
    /// Bytes that this round reads.
    public var bytesTotal: UInt64
}

/// What was read for an image.
public struct ImageResult: Sendable, Equatable {
    /// One pass over blocks that changed, with the volume alive.
    public struct Round: Sendable, Equatable {
        /// Bytes that were to be read, whole blocks of 4 KiB.
        public var bytes: UInt64
        /// Reading and storing them, in seconds.
        public var seconds: Double
    }

    /// The rounds before the freeze.
    public var rounds: [Round] = []
    /// Bytes that were read inside the freeze.
    public var finalBytes: UInt64 = 0
    /// From the beginning to the end of `PreparedSnapshot.take`, in seconds.
    public var finalSeconds = 0.0
    /// Bytes that were read from the device in all, what the sink read beside them included.
    public var bytesRead: UInt64 = 0
    /// Every allocated block was read, not only what changed since the parent.
    public var readEverything = false
    /// Why everything was read once more in the middle of the run; `nil` when it was not.
    public var doubt: TrackingDoubt?
    /// Freezes that were ended without an image.
    public var failedFreezes = 0
    /// The writers were too fast for the budget: what was left was more, but still fitted into memory.
    public var exceedsBudget = false
    /// How fast blocks like the last ones are read, in bytes a second, measured before the freeze.
    public var readRate = 0.0
    /// What the volume's writers changed while the last rounds ran, in bytes a second.
    public var changeRate = 0.0
    /// Blocks of the image that hold other bytes than the device did, because they were free at the instant of the
    /// freeze. For the `ImageTask.unread` of the next increment.
    public var unread: BlockSet
}
