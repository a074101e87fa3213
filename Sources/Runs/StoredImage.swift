internal import ImageVault
internal import Linux
internal import Messages
internal import NativeVault
internal import Vault

/// A volume's image in the vault, locked against removal as long as this object lives.
final class StoredImage {
    let file: StoredFile
    private let reader: ImageReader
    /// `nil` in a vault that nobody can write to.
    private let lock: RepositoryLock?

    /// Seconds to wait for a lock that somebody holds.
    private static let lockPatience = 120.0

    init(_ point: RecoveryPoint, _ volume: String, in location: VaultLocation) throws(Failure) {
        let repository = try NativeRepository.open(location)
        let isReadOnly = repository.backend.isReadOnly
        lock = isReadOnly ? nil : try RepositoryLock(repository, patience: Self.lockPatience)
        guard let prefix = point.data(holding: volume)?.id,
            let snapshot = try repository.snapshotID(startingWith: prefix)
        else { throw Failure(.volumeNotInRecoveryPoint(volume: volume, id: point.id, known: [])) }
        reader = ImageReader(repository)
        file = try reader.file(snapshot, RecoveryPoint.imagePath(of: volume))
    }

    /// - Returns: bytes written.
    func restore(
        to target: any ImageTarget, onlyChanged: Bool, _ progress: @escaping @Sendable (StoreProgress) -> Void
    ) throws(Failure) -> UInt64 {
        let counting = CountingTarget(target, size: file.size, progress)
        return try reader.restore(file, to: counting, onlyChanged: onlyChanged)
    }

    /// Reads and checks every blob.
    func verify() throws(Failure) { try reader.verify(file) }
}

/// Tells how far a restore has come.
private struct CountingTarget: ImageTarget {
    private let target: any ImageTarget
    private let size: UInt64
    private let progress: @Sendable (StoreProgress) -> Void
    private let done = Shared<UInt64>(0)

    var isBlank: Bool { target.isBlank }

    init(_ target: any ImageTarget, size: UInt64, _ progress: @escaping @Sendable (StoreProgress) -> Void) {
        self.target = target
        self.size = size
        self.progress = progress
    }

    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        try target.read(at: offset, into: bytes)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Failure) {
        try target.write(bytes, at: offset)
        note(UInt64(bytes.count))
    }

    func writeZeros(_ extent: Extent) throws(Failure) {
        try target.writeZeros(extent)
        note(extent.length)
    }

    func finish() throws(Failure) { try target.finish() }

    private func note(_ bytes: UInt64) {
        let sum = done.withLock { done in
            done += bytes
            return done
        }
        progress(StoreProgress(bytesDone: min(sum, size), bytesTotal: size))
    }
}
