internal import Images
internal import Linux
internal import Messages

/// One thread's part of an image: reads blocks, finds those that are new, and packs them.
final class ImageWriteWorker {
    private let job: ImageWriteJob
    private let hasher: SHA256
    private let sealer: Sealer
    private let compressor: Compressor
    private let input: Memory
    private let sealed: Memory
    private var pack: PackWriter?
    private var pendingCommit: PendingCommit?
    private var bytes = StoredBytes()

    init(_ job: ImageWriteJob) throws(Failure) {
        self.job = job
        hasher = try SHA256()
        sealer = try Sealer(job.repository.key)
        compressor = try Compressor()
        input = try Memory(capacity: max(ImageWriteJob.readSize, job.grid.blockSize))
        sealed = try Memory(capacity: job.grid.blockSize + Sealer.overhead)
    }

    func run() throws(Failure) -> StoredBytes {
        while let blocks = try job.nextBlocks() { try store(blocks) }
        if let pack { try commit(pack) }
        try pendingCommit?.wait()
        return bytes
    }

    /// Stores the block of zeros that holes stand for.
    func storeZeros() throws(Failure) {
        let zeros = input.bytes(job.grid.blockSize)
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        if job.blobs.claim(job.zeroID) { try add(UnsafeRawBufferPointer(zeros), job.zeroID) }
    }

    private func store(_ blocks: Range<Int>) throws(Failure) {
        let grid = job.grid
        let count = blocks.reduce(0) { $0 + grid.length(of: $1) }
        let all = input.bytes(count)
        try job.source.read(at: grid.offset(of: blocks.lowerBound), into: all)
        bytes.read += UInt64(count)
        var position = 0
        for block in blocks {
            let length = grid.length(of: block)
            try store(UnsafeRawBufferPointer(rebasing: all[position..<position + length]), block)
            position += length
        }
    }

    private func store(_ content: UnsafeRawBufferPointer, _ block: Int) throws(Failure) {
        let isZeroBlock = content.count == job.grid.blockSize && content.isZero
        let id = isZeroBlock ? job.zeroID : hasher.hash(content)
        job[block] = id
        if job.blobs.claim(id) { try add(content, id) }
    }

    private func add(_ content: UnsafeRawBufferPointer, _ id: StorageID) throws(Failure) {
        let pack = if let pack { pack } else { try PackWriter(job.repository, .data) }
        self.pack = pack
        // What does not become smaller is stored as it is: `compress` then finds no room.
        let room = sealed.bytes(content.count - 1, at: Sealer.headCount)
        if let count = compressor.compress(content, into: room) {
            let whole = sealed.bytes(count + Sealer.overhead)
            try sealer.seal(UnsafeRawBufferPointer(sealed.bytes(count, at: Sealer.headCount)), into: whole)
            try pack.append(id, UnsafeRawBufferPointer(whole), plainLength: content.count)
        } else {
            let whole = sealed.bytes(content.count + Sealer.overhead)
            try sealer.seal(content, into: whole)
            try pack.append(id, UnsafeRawBufferPointer(whole), plainLength: 0)
        }
        bytes.new += UInt64(content.count)
        if pack.isFull { try commit(pack) }
    }

    /// Hands the pack to a thread that stores it, and goes on meanwhile; at most one is on its way.
    private func commit(_ pack: PackWriter) throws(Failure) {
        self.pack = nil
        let finished = try pack.finish(sealer)
        bytes.stored += UInt64(finished.size)
        try pendingCommit?.wait()
        pendingCommit = PendingCommit(finished, job.collector)
    }
}

/// A pack that a thread of its own stores.
private final class PendingCommit {
    private let outcome = Shared<Failure?>(nil)
    private var thread: Thread?

    init(_ pack: FinishedPack, _ collector: IndexCollector) {
        let work = { @Sendable [outcome] in
            do throws(Failure) {
                try collector.commit(pack)
            } catch {
                outcome.withLock { $0 = error }
            }
        }
        thread = Thread(work)
        if thread == nil { work() }
    }

    deinit { thread?.join() }

    func wait() throws(Failure) {
        thread?.join()
        thread = nil
        if let failure = outcome.withLock({ $0 }) { throw failure }
    }
}
