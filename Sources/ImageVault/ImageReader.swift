internal import Linux
public import Messages

/// Reads images out of a repository: any file of any snapshot, in fact, whoever wrote it.
public struct ImageReader: Sendable {
    private let repository: Repository
    private let threadCount: Int

    /// - Parameter threads: that work side by side.
    public init(_ repository: Repository, threads: Int = 2) {
        self.repository = repository
        threadCount = max(1, threads)
    }

    /// Finds a file in a snapshot.
    /// - Throws: `.pathNotInRecoveryPoint` when there is none.
    public func file(_ snapshot: StorageID, _ path: String) throws(Failure) -> StoredFile {
        let catalogue = BlobCatalogue()
        try catalogue.load(repository, lengths: [])
        if let file = try SnapshotFiles(repository, catalogue).file(snapshot, path) { return file }
        throw Failure(.pathNotInRecoveryPoint(path: path, id: "\(snapshot)"))
    }

    /// Writes an image out.
    /// - Parameter onlyChanged: reads the target first and writes only what differs.
    /// - Returns: bytes written, zeros that a blank target has anyway left out.
    /// - Throws: `.vaultDamaged` naming pack and blob; `.restoreTargetUnusable`.
    @discardableResult
    public func restore(_ file: StoredFile, to target: any ImageTarget, onlyChanged: Bool = false) throws(Failure)
        -> UInt64
    {
        var plan = try BlobPlan(file, in: repository)
        if onlyChanged {
            let differs = try ImageComparison(plan, target).run(threads: threadCount)
            plan.keep { differs[$0] }
        }
        let written = try BlobReading(repository, plan, target).run(threads: threadCount)
        try target.finish()
        return written
    }

    /// Reads, decrypts, decompresses and hashes every blob of a file, and checks the headers of their packs.
    /// - Throws: `.vaultDamaged` naming pack and blob.
    public func verify(_ file: StoredFile) throws(Failure) {
        let plan = try BlobPlan(file, in: repository)
        try PackHeaderCheck(repository, plan).run(threads: threadCount)
        _ = try BlobReading(repository, plan, nil).run(threads: threadCount)
    }
}

/// Runs the same work on several threads until all is done or one has failed.
struct Workers: Sendable {
    private let failure = Shared<Failure?>(nil)

    /// Whether a thread shall go on.
    func shouldGoOn() throws(Failure) -> Bool {
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        return failure.withLock { $0 == nil }
    }

    /// - Returns: what each thread returned.
    func run<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws(Failure) -> Value) throws(Failure)
        -> [Value]
    {
        let results = Threads.concurrently(
            (0..<count).map { number in
                { @Sendable [failure] () -> Value? in
                    do throws(Failure) {
                        return try body(number)
                    } catch {
                        failure.withLock { $0 = $0 ?? error }
                        return nil
                    }
                }
            })
        if let failure = failure.withLock({ $0 }) { throw failure }
        return results.compactMap { $0 }
    }
}

/// Compares an image with a target, block by block.
struct ImageComparison: Sendable {
    private let plan: BlobPlan
    private let target: any ImageTarget
    private let workers = Workers()
    private let next = Shared(0)

    init(_ plan: BlobPlan, _ target: any ImageTarget) {
        self.plan = plan
        self.target = target
    }

    /// - Returns: for each blob of the image whether the target has something else at its place.
    func run(threads: Int) throws(Failure) -> [Bool] {
        let found = try workers.run(threads) { (_) throws(Failure) in try differences() }
        var differs = [Bool](repeating: false, count: plan.content.count)
        for number in found.joined() { differs[number] = true }
        return differs
    }

    private func differences() throws(Failure) -> [Int] {
        let hasher = try SHA256()
        var memory = try Memory(capacity: 64 << 10)
        var found: [Int] = []
        while try workers.shouldGoOn() {
            let number = next.withLock { next in
                defer { next += 1 }
                return next
            }
            if number >= plan.content.count { break }
            let length = plan.length(number)
            if memory.capacity < length { memory = try Memory(capacity: length) }
            let bytes = memory.bytes(length)
            let count = try target.read(at: plan.offsets[number], into: bytes)
            if count < length || hasher.hash(UnsafeRawBufferPointer(bytes)) != plan.content[number] {
                found.append(number)
            }
            memory.keepAlive()
        }
        return found
    }
}
