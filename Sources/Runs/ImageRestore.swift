internal import Glibc
internal import ImageVault
internal import Linux
public import Messages
public import Vault

/// Restores one volume's image as it was: onto a file or onto a device.
public struct ImageRestore: Sendable {
    /// Where the image goes.
    public enum Target: Sendable {
        /// A file, sparse where the image is zero.
        case file(String)
        /// A block device that nobody uses.
        case device(String)
    }

    private let point: RecoveryPoint
    private let volume: String
    private let target: Target
    private let overwrite: Bool
    private let onlyChanged: Bool

    /// A restore of one volume.
    /// - Parameters:
    ///   - volume: its mount point; `nil` when the recovery point has just one.
    ///   - overwrite: whether an existing file, or what is on the device, may be replaced.
    ///   - onlyChanged: reads the target first and writes only what differs.
    /// - Throws: `.volumeNotInRecoveryPoint`, `.volumeNotAnImage`, `.wrongUsage` when a volume has to be named.
    public init(
        _ point: RecoveryPoint, volume: String?, to target: Target, overwrite: Bool = false, onlyChanged: Bool = false
    ) throws(Failure) {
        let name = volume ?? (point.volumes.count == 1 ? point.volumes[0] : "")
        guard point.volumes.contains(name) else {
            throw Failure(.volumeNotInRecoveryPoint(volume: name, id: point.id, known: point.volumes))
        }
        guard point.data(holding: name)?.holdsImages ?? false else {
            throw Failure(.volumeNotAnImage(volume: name, id: point.id))
        }
        self.point = point
        self.volume = name
        self.target = target
        self.overwrite = overwrite
        self.onlyChanged = onlyChanged
    }

    /// Restores.
    /// - Returns: bytes of the image, and how many were written.
    /// - Throws: `.restoreWouldOverwrite`, `.restoreTargetUnusable`, `.recoveryPointDamaged`, and what keeps the vault from
    ///   being read.
    public func perform(
        from location: VaultLocation, progress: @escaping @Sendable (StoreProgress) -> Void = { _ in }
    ) throws(Failure) -> (size: UInt64, written: UInt64) {
        try refuseUsedTarget()
        let image = try StoredImage(point, volume, in: location)
        defer { withExtendedLifetime(image) {} }
        do throws(Failure) {
            return (image.file.size, try write(image, progress))
        } catch {
            throw error.damaging(point)
        }
    }

    private func refuseUsedTarget() throws(Failure) {
        switch target {
        case .file(let path):
            var status = stat()
            guard lstat(path, &status) == 0 else { return }
            if status.st_mode & S_IFMT != S_IFREG { throw unusable(path, EEXIST) }
            if !overwrite { throw Failure(.restoreWouldOverwrite(path: path, count: 1)) }
        case .device(let path):
            var status = stat()
            guard stat(path, &status) == 0 else { throw unusable(path, errno) }
            if status.st_mode & S_IFMT != S_IFBLK { throw unusable(path, ENOTBLK) }
            if !overwrite { throw Failure(.deviceWouldBeOverwritten(device: path)) }
        }
    }

    private func unusable(_ path: String, _ code: Int32) -> Failure {
        Failure(.restoreTargetUnusable(path: path, reason: SystemError.reason(of: code)))
    }

    private func write(_ image: StoredImage, _ progress: @escaping @Sendable (StoreProgress) -> Void) throws(Failure)
        -> UInt64
    {
        let size = image.file.size
        switch target {
        case .device(let path):
            return try image.restore(
                to: try FileImageTarget.overwrite(path, size: size), onlyChanged: onlyChanged, progress)
        case .file(let path):
            if onlyChanged, Files.exists(path) {
                return try image.restore(
                    to: try FileImageTarget.overwrite(path, size: size), onlyChanged: true, progress)
            }
            return try writeNew(path, image, progress)
        }
    }

    private func writeNew(
        _ path: String, _ image: StoredImage, _ progress: @escaping @Sendable (StoreProgress) -> Void
    ) throws(Failure) -> UInt64 {
        let unfinished = try UnfinishedImage(path, size: image.file.size)
        let written = try image.restore(to: unfinished.target, onlyChanged: false, progress)
        try unfinished.finish(overwrite: overwrite)
        return written
    }
}
