import Fixtures
import Glibc
import Linux
import Messages
import Testing
import Vault

@testable import ImageVault
@testable import NativeVault

/// What every way to a repository must do, each against the real thing.
@Suite struct BackendConformance {
    private func bytes(_ count: Int, _ seed: UInt8) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ Int(seed) &+ $0 >> 8) }
    }

    /// Stores bytes as a file of their name.
    private func put(_ bytes: [UInt8], _ kind: FileKind, _ backend: any RepositoryBackend) throws -> RepositoryFile {
        let id = try bytes.withBytes { (bytes) throws(Failure) in try SHA256().hash(bytes) }
        let upload = try backend.upload(kind)
        // In pieces, as packs come.
        for start in stride(from: 0, to: bytes.count, by: 700_000) {
            let piece = Array(bytes[start..<min(start + 700_000, bytes.count)])
            try piece.withBytes { (bytes) throws(Failure) in try upload.append(bytes) }
        }
        try upload.commit(as: RepositoryFile(kind, id))
        return RepositoryFile(kind, id)
    }

    private func get(_ file: RepositoryFile, _ offset: UInt64, _ count: Int, _ backend: any RepositoryBackend) throws
        -> [UInt8]?
    {
        let memory = try Memory(capacity: count)
        defer { memory.keepAlive() }
        let target = memory.bytes(count)
        return try backend.read(file, at: offset, into: target).map { Array(target.prefix($0)) }
    }

    private func expectFiles(_ backend: any RepositoryBackend) throws {
        let content = bytes(3_000_001, 7)
        for kind in [FileKind.pack, .index, .snapshot, .lock] {
            let before = try backend.list(kind).count
            let file = try put(content, kind, backend)
            let id = try #require(file.id)
            let size = try backend.size(of: file)
            #expect(size == 3_000_001)
            let listed = try backend.list(kind)
            #expect(listed.count == before + 1)
            #expect(listed.contains { $0.id == id && $0.size == 3_000_001 })
            let parts: [(UInt64, Int, Range<Int>)] = [
                (0, 3_000_001, 0..<3_000_001), (0, 10, 0..<10), (1_048_570, 12, 1_048_570..<1_048_582),
                (2_999_991, 100, 2_999_991..<3_000_001), (3_000_001, 5, 0..<0), (9_000_000, 5, 0..<0),
            ]
            for (offset, count, wanted) in parts {
                let found = try get(file, offset, count, backend)
                #expect(found == Array(content[wanted]), "\(kind) \(offset)+\(count)")
            }
            try backend.remove(file)
            try backend.remove(file)
            let gone = try backend.size(of: file)
            let nothing = try get(file, 0, 10, backend), empty = try get(file, 0, 0, backend)
            #expect(gone == nil && nothing == nil && empty == nil)
            #expect(try backend.list(kind).count == before)
        }
        let configuration = try backend.size(of: .config)
        #expect(configuration ?? 0 > 100)
        // What is not committed is never there.
        let upload = try backend.upload(.pack)
        try content.withBytes { (bytes) throws(Failure) in try upload.append(bytes) }
        upload.discard()
        #expect(try backend.list(.pack).isEmpty)
    }

    @Test(arguments: Way.allCases) func storesListsReadsRemoves(_ way: Way) throws {
        try Store.with(way) { store in
            try expectFiles(try store.open().backend)
        }
    }

    @Test(arguments: Way.allCases) func threadsSideBySide(_ way: Way) throws {
        try Store.with(way) { store in
            let backend = try store.open().backend
            let outcomes = Threads.concurrently(
                (0..<4).map { number in
                    { @Sendable () -> Bool in
                        for round in 0..<5 {
                            let content = self.bytes(200_000 + round, UInt8(number * 16 + round))
                            guard let file = try? self.put(content, .pack, backend),
                                let found = try? self.get(file, 0, content.count, backend), found == content
                            else { return false }
                        }
                        return true
                    }
                })
            #expect(outcomes == [true, true, true, true])
            #expect(try backend.list(.pack).count == 20)
        }
    }

    /// An image goes there and comes back; restic reads it by the same way; locks count both ways.
    @Test(
        arguments: zip([Way.folder, .rest, .rest, .s3, .certifiedS3], [Judge.newer, .debian, .newer, .newer, .newer]))
    func imagesAndRestic(_ way: Way, _ judge: Judge) throws {
        try Store.with(way) { store in
            let image = try store.makeImage(mebibytes: 20)
            let repository = try store.open()
            let first = try store.store(image, in: repository)
            try Shell.run("sh", "-c", "printf changed | dd of=\"$0\" bs=1 seek=5000000 conv=notrunc", image)
            let second = try store.store(image, parent: first, in: repository)
            try store.restic("check", "--read-data", judge: judge)
            try store.restic("restore", "\(second)", "--target", store.sandbox.path("out"), judge: judge)
            let isEqual = (try? Shell.run("cmp", store.sandbox.path("out/srv/db.img"), image)) != nil
            #expect(isEqual)
            try store.expectRestored(second, equals: image, from: repository)

            let lock = try RepositoryLock(repository, exclusive: true)
            let refused = Result { try store.restic("snapshots", judge: judge) }
            #expect((try? refused.get()) == nil)
            lock.release()
            try store.restic("forget", "\(first)", "--prune", judge: judge)
            try store.expectRestored(second, equals: image, from: try store.open())
            #expect(try repository.backend.list(.lock).isEmpty)
        }
    }

    @Test(arguments: Way.allCases) func whatCannotBeOpenedIsNamed(_ way: Way) throws {
        try Store.with(way) { store in
            let other = try store.sandbox.write("other", "not the password\n")
            var location = store.location
            location.passwordFile = other
            let wrong = problem { _ = try NativeRepository.open(location, patience: 10) }
            let name = store.location.displayName
            #expect(wrong == .vaultWrongPassword(repository: name, passwordFile: other))
            location = store.location
            location.repository += location.repository.hasSuffix("/") ? "none/" : "/none"
            let missing = problem { _ = try NativeRepository.open(location, patience: 10) }
            #expect(missing == .vaultMissing(repository: location.displayName))
        }
    }
}
