internal import BlockTracking

/// What an image still lacks, block by block.
///
/// Every block is in one of three states: the image holds what the device held when the block was last read, and the
/// tracker has seen no write since; or it is *owed*; or it is *unread*: free, so that nobody asks for it, until the file
/// system gives it to a file again.
struct Backlog {
    /// Changed since it was last read, or never read.
    private(set) var owed: BlockSet
    /// Of these, what was discarded.
    private var discarded: BlockSet
    /// Free, and not as the device has it.
    private(set) var unread: BlockSet
    /// Scratch.
    private var free: BlockSet

    /// Nothing is owed.
    /// - Parameter unread: of the parent's image.
    init(size: UInt64, unread: BlockSet?) {
        owed = BlockSet(size: size)
        discarded = BlockSet(size: size)
        free = BlockSet(size: size)
        self.unread = unread.flatMap { $0.size == size ? $0 : nil } ?? BlockSet(size: size)
    }

    /// Everything is owed, as if it had been discarded: what is free becomes zero, the rest is read.
    mutating func oweEverything() {
        let every = 0..<owed.blockCount
        owed.insert(every)
        discarded.insert(every)
        unread.remove(every)
    }

    /// Adds what the tracker gave.
    mutating func owe(_ taken: TakenBlocks) {
        owed.formUnion(taken.written)
        owed.formUnion(taken.discarded)
        // Of a block that was both, nobody knows which came last; free it is worth nothing in either case.
        discarded.formUnion(taken.discarded)
    }

    /// Takes out what the next round has to do. Allocates nothing when `work` belongs to nobody else.
    /// - Parameters:
    ///   - work: replaced.
    ///   - freeSpace: fills a set with what is free now and says whether it could; else nothing counts as free. `nil`
    ///     leaves the unread blocks as they are.
    mutating func next(into work: inout Work, _ freeSpace: ((inout BlockSet) -> Bool)?) {
        let every = 0..<owed.blockCount
        work.read.remove(every)
        work.zero.remove(every)
        work.read.formUnion(owed)
        if let freeSpace {
            if !freeSpace(&free) { free.remove(every) }
            work.read.formUnion(unread)
            work.read.subtract(free)
            work.zero.formUnion(discarded)
            work.zero.formIntersection(free)
            unread.formUnion(owed)
            unread.formIntersection(free)
        } else {
            unread.subtract(owed)
        }
        owed.remove(every)
        discarded.remove(every)
    }

    /// Puts back what was taken out and not done.
    mutating func putBack(_ work: Work) {
        owed.formUnion(work.read)
        owed.formUnion(work.zero)
        discarded.formUnion(work.zero)
    }

    /// What a round has to do.
    struct Work {
        /// Blocks to read.
        var read: BlockSet
        /// Blocks to make zero.
        var zero: BlockSet

        /// Nothing, of a device of `size` bytes.
        init(size: UInt64) {
            read = BlockSet(size: size)
            zero = BlockSet(size: size)
        }
    }
}
