import Fixtures
import Glibc
import Images
import ImageVault
import Linux

/// Where the images of a test go, and how they come back.
protocol ImageShelf: AnyObject, Sendable {
    /// Begins an image, perhaps as an increment of an earlier one.
    func begin(_ name: String, size: UInt64, parent: String?) throws -> any ImageSink
    /// Finishes an image.
    /// - Returns: a file with its content.
    func finish(_ name: String) throws -> String
    /// Looks at all of them.
    func check() throws
}

/// Plain files.
final class PlainShelf: ImageShelf {
    private let folder: String
    private let images = Shared<[String: PlainImage]>([:])

    init(_ folder: String) { self.folder = folder }

    func begin(_ name: String, size: UInt64, parent: String?) throws -> any ImageSink {
        unlink("\(folder)/\(name)")
        let parent = images.withLock { images in parent.flatMap { images[$0] } }
        let image = try PlainImage("\(folder)/\(name)", size: size, parent: parent)
        images.withLock { $0 = [name: image] }
        return image
    }

    func finish(_ name: String) -> String { "\(folder)/\(name)" }
    func check() {}
}

/// The real vault: what comes back was read out of a repository.
final class VaultShelf: ImageShelf {
    private struct Writing {
        let repository: Repository
        let lock: RepositoryLock
        let writer: VaultWriter
        let session: ImageSession
        let parent: StorageID?
    }

    private static let path = "/volume.img"
    private let folder: String
    private let vault: TestVault
    private let ids = Shared<[String: StorageID]>([:])
    private let writing = Shared<Writing?>(nil)

    init(_ folder: String) throws {
        self.folder = folder
        vault = try TestVault(in: folder)
    }

    func begin(_ name: String, size: UInt64, parent: String?) throws -> any ImageSink {
        let repository = try Repository.open(
            folder: vault.repository, passwordFile: Array((TestVault.password + "\n").utf8), at: vault.passwordFile)
        let lock = try RepositoryLock(repository)
        let writer = try VaultWriter(repository, lock: lock)
        let parent = ids.withLock { ids in parent.flatMap { ids[$0] } }
        let session = try writer.beginImage(at: Self.path, size: size, parent: parent)
        writing.withLock {
            $0 = Writing(repository: repository, lock: lock, writer: writer, session: session, parent: parent)
        }
        return session
    }

    func finish(_ name: String) throws -> String {
        guard let writing = writing.withLock({ $0 }) else { throw FixtureError("nothing is being written") }
        self.writing.withLock { $0 = nil }
        defer { writing.lock.release() }
        try writing.session.finish()
        let id = try writing.writer.finish(time: .now, host: "test", tags: [], parent: writing.parent)
        ids.withLock { $0[name] = id }
        let reader = ImageReader(writing.repository)
        let file = try reader.file(id, Self.path)
        let path = "\(folder)/\(name)"
        unlink(path)
        try reader.restore(file, to: FileImageTarget.create(path, size: file.size))
        return path
    }

    func check() throws {
        try Shell.run(
            "restic",
            ["--no-cache", "--repo", vault.repository, "--password-file", vault.passwordFile]
                + ["check", "--read-data"], seconds: 600)
    }
}
