internal import Glibc
internal import ImageVault
internal import Linux
internal import Messages
internal import NativeVault
internal import Vault

/// The images of one run on their way into the vault: one snapshot for all of them.
final class ImageStore {
    /// Seconds to wait for a lock that somebody holds.
    private static let lockPatience = 120.0

    let repositoryID: String
    private let lock: RepositoryLock
    private let repository: Repository
    private let writer: VaultWriter

    init(_ location: VaultLocation) throws(Failure) {
        repository = try NativeRepository.open(location)
        repositoryID = repository.id
        lock = try RepositoryLock(repository, patience: Self.lockPatience)
        writer = try VaultWriter(repository, lock: lock)
    }

    deinit { lock.release() }

    /// Begins the image of a volume.
    /// - Parameter parent: the snapshot that has it as it was; `nil` to start with nothing.
    func session(for mountPoint: String, size: UInt64, parent: String?) throws(Failure) -> ImageSession {
        try writer.beginImage(
            at: RecoveryPoint.imagePath(of: mountPoint), size: size, parent: parent.flatMap { StorageID($0) })
    }

    /// Stores the snapshot of all images.
    /// - Returns: its id.
    func finish(_ request: StoreRequest) throws(Failure) -> String { try finish(writer, request) }

    /// Stores the report as a snapshot of its own. restic would read the index of the whole repository for that.
    /// - Parameter request: of one path, the report's.
    func storeManifest(_ report: [UInt8], _ request: StoreRequest) throws(Failure) {
        let writer = try VaultWriter(repository, lock: lock)
        for path in request.paths { try writer.addFile(report, at: path) }
        _ = try finish(writer, request)
    }

    private func finish(_ writer: VaultWriter, _ request: StoreRequest) throws(Failure) -> String {
        try writer.finish(
            time: ImageVault.Timestamp(request.time) ?? .now, host: request.host, tags: request.tags,
            paths: request.paths
        ).description
    }
}
