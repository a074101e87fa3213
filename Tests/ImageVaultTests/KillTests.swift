import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// Whatever happens to the writer, the repository stays valid and the next run goes on.
@Suite struct KillTests {
    /// Runs the room as a process of its own and kills it after some milliseconds.
    /// - Returns: whether it was killed before it had ended.
    private func storeAndKill(_ place: Place, _ image: String, afterMilliseconds delay: Double) throws -> Bool {
        let tool = try RemansoCommand.path(of: "image-vault-tool")
        let program = Program(.path(tool), ["write", place.folder, place.passwordFile, image, "/srv/db.img"])
        var limits = ChildProcess.Limits()
        let isOver = Shared(false)
        limits.onStart = { pid in
            _ = Thread {
                // When it has ended, its pid may be another's.
                if !Wait.until(seconds: delay / 1000, { isOver.withLock { $0 } }) { kill(pid, SIGKILL) }
            }
        }
        let result = try ChildProcess.run(program, limits)
        isOver.withLock { $0 = true }
        return result.ending == .killed(SIGKILL)
    }

    @Test func killedAtAnyInstant() throws {
        try Place.with { place in
            // How long a whole run takes, lock and key included.
            let first = try place.makeImage("image", mebibytes: 60)
            let started = Instant.now
            let wasKilled = try storeAndKill(place, first, afterMilliseconds: 600_000)
            #expect(!wasKilled)
            var whole = Instant.now.milliseconds(since: started)

            var killed = 0
            var image = first
            for step in 1...10 {
                image = try place.makeImage("image", mebibytes: 60, seed: UInt64(step) + 1)
                let delay = whole * (0.25 + Double(step) * 0.07)
                let started = Instant.now
                if try storeAndKill(place, image, afterMilliseconds: delay) {
                    killed += 1
                } else {
                    // Less is done beside it than before.
                    whole = min(whole, Instant.now.milliseconds(since: started))
                }
                // restic's own check needs the dead process's lock to be gone.
                try place.restic("unlock")
                let words = try place.restic("check", "--read-data")
                #expect(words.contains("no errors were found"))
            }
            #expect(killed > 3)
            let last = try place.store(image)
            try place.check()
            try place.expectDumped(last.id, equals: image)
            // Remnants of killed uploads are gone, and nothing that they stored keeps a prune from its work.
            let left = try place.temporaries()
            #expect(left.isEmpty)
            try place.restic("prune")
            try place.check()
            try place.expectRestored(last.id, equals: image)
        }
    }

    /// As above, but stopped before each change of the repository in turn, so that no gap between two is left out. The
    /// increment is put together from all that a session can do.
    @Test func stoppedBeforeEachChange() throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 2))
            let parent = try place.write { writer in
                let session = try writer.beginImage(at: "/a.img", size: device.size)
                try session.store([Extent(offset: 0, length: device.size)], from: device)
                try session.finish()
            }
            var noise = Noise(seed: 9)
            device.write(noise.bytes(200_000), 10_000)
            device.write([UInt8](repeating: 0, count: 100_000), 500_000)
            device.write(noise.bytes(5000), 1_000_000)
            try device.save(place.sandbox.path("expected"))
            var limit = 0
            var isComplete = false
            while !isComplete {
                let backend = StoppingBackend(try FolderBackend(place.folder), changes: limit)
                let found = problem {
                    let password = Array(TestVault.password.utf8)
                    let repository = try Repository(backend, password: password, passwordFile: "")
                    let lock = try RepositoryLock(repository)
                    let writer = try VaultWriter(repository, lock: lock)
                    let session = try writer.beginImage(at: "/a.img", size: device.size, parent: parent)
                    #expect(session.hasParent)
                    try session.store([Extent(offset: 10_000, length: 200_000)], from: device)
                    try session.storeZeros([Extent(offset: 500_000, length: 100_000)])
                    try device.withPieces([Extent(offset: 1_000_000, length: 5000)]) { try session.overlay($0) }
                    try session.finish()
                    _ = try writer.finish(time: .now, host: "db1", tags: [])
                    lock.release()
                }
                isComplete = found == nil
                limit += 1
                // This process lives, so its lock would not be taken for stale.
                for path in try place.files(.lock) { unlink(path) }
                try place.check()
            }
            // The lock, two or three packs, the index and the snapshot were made.
            #expect((6...8).contains(limit))
            let snapshots = try place.open().backend.list(.snapshot).map(\.id).filter { $0 != parent }
            try #require(snapshots.count == 1)
            try place.expectRestored(snapshots[0], equals: place.sandbox.path("expected"), at: "/a.img")
        }
    }

    @Test func fullDisk() throws {
        try Sandbox.with { sandbox in
            let folder = sandbox.path("small")
            try Files.makeFolder(folder)
            try Shell.run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            try Place.with(in: folder) { place in
                let small = try place.makeImage("small-image", mebibytes: 8)
                let first = try place.store(small)
                let large = try place.makeImage("large-image", mebibytes: 120, seed: 8)
                let found = problem { try place.store(large) }
                #expect(found == .vaultFull(repository: place.folder))
                let left = try place.temporaries()
                #expect(left.isEmpty && Files.names(in: place.folder + "/locks").isEmpty)

                try Shell.run("mount", "-o", "remount,size=200m", folder)
                try place.check()
                try place.expectRestored(first.id, equals: small)
                let second = try place.store(large)
                try place.check()
                try place.expectDumped(second.id, equals: large)
            }
        }
    }

    @Test func vanishedRepository() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            let writer = try VaultWriter(repository, lock: lock)
            rename(place.folder, place.folder + "-away")
            let found = problem {
                try writer.addImage(try FileImageSource(try Descriptor.open(image, O_RDONLY)), at: "/a.img")
                _ = try writer.finish(time: .now, host: "db1", tags: [])
            }
            #expect(found != nil)
            Sandbox.remove(place.folder)
            rename(place.folder + "-away", place.folder)
            lock.release()
            try place.check()
        }
    }

    @Test func shrinkingSourceIsAnError() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 8)
            let source = try FileImageSource(try Descriptor.open(image, O_RDONLY))
            try #require(truncate(image, 5 << 20) == 0)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            let writer = try VaultWriter(repository, lock: lock)
            let found = problem { try writer.addImage(source, at: "/a.img") }
            #expect(found?.code.name == "SystemCallFailed")
            lock.release()
            let snapshots = try place.files(.snapshot)
            #expect(snapshots.isEmpty)
        }
    }
}

/// Carries out so many changes and no more, as if the process had been killed then.
private final class StoppingBackend: RepositoryBackend {
    private let backend: FolderBackend
    private let left: Shared<Int>

    init(_ backend: FolderBackend, changes: Int) {
        self.backend = backend
        left = Shared(changes)
    }

    var displayName: String { backend.displayName }

    func list(_ kind: FileKind) throws(Failure) -> [(id: StorageID, size: UInt64)] { try backend.list(kind) }

    func size(of file: RepositoryFile) throws(Failure) -> UInt64? { try backend.size(of: file) }

    func read(_ file: RepositoryFile, at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure)
        -> Int?
    { try backend.read(file, at: offset, into: bytes) }

    func upload(_ kind: FileKind) throws(Failure) -> any BackendUpload {
        StoppingUpload(try backend.upload(kind)) { [left] () throws(Failure) in try Self.count(left) }
    }

    func remove(_ file: RepositoryFile) throws(Failure) {
        try Self.count(left)
        try backend.remove(file)
    }

    private static func count(_ left: Shared<Int>) throws(Failure) {
        let isOver = left.withLock { left in
            left -= 1
            return left < 0
        }
        if isOver { throw Failure(.interrupted(signal: SIGKILL)) }
    }
}

private final class StoppingUpload: BackendUpload {
    private let upload: any BackendUpload
    private let count: () throws(Failure) -> Void

    init(_ upload: any BackendUpload, _ count: @escaping () throws(Failure) -> Void) {
        self.upload = upload
        self.count = count
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) { try upload.append(bytes) }

    func commit(as file: RepositoryFile) throws(Failure) {
        try count()
        try upload.commit(as: file)
    }

    func discard() { upload.discard() }
}

extension Sandbox {
    fileprivate static func remove(_ path: String) { _ = try? Shell.run("rm", "-rf", path) }
}
