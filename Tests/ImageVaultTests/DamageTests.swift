import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// A flipped byte or a missing end, in each kind of file: detected, named, and nothing else harmed.
@Suite struct DamageTests {
    /// Reads all of an image.
    private func readAll(_ place: Place, _ id: StorageID) throws {
        let reader = ImageReader(try place.open())
        try reader.verify(try reader.file(id, "/srv/db.img"))
    }

    private func name(_ path: String, in place: Place) -> String { String(path.dropFirst(place.folder.count + 1)) }

    @Test(arguments: [FileKind.config, .key, .snapshot, .index], [0.0, 0.3, 0.7, 1.0])
    func flippedByte(_ kind: FileKind, _ position: Double) throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let stored = try place.store(image)
            for path in try place.files(kind) {
                try place.flip(path, at: position)
                let found = damage { try readAll(place, stored.id) }
                #expect(found?.hasPrefix(name(path, in: place)) == true, "\(String(describing: found))")
                try place.flip(path, at: position)
            }
            try place.expectRestored(stored.id, equals: image)
        }
    }

    @Test func flippedByteInPacks() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let stored = try place.store(image)
            let packs = try place.files(.pack)
            try #require(packs.count == 2 || packs.count == 3)
            for path in packs {
                for position in [0.0, 0.1, 0.5] {
                    try place.flip(path, at: position)
                    let found = damage { try readAll(place, stored.id) }
                    #expect(found?.hasPrefix(name(path, in: place)) == true, "\(String(describing: found))")
                    #expect(found?.contains(", blob ") == true)
                    // What is whole can be read still, and the damaged part is no obstacle to storing.
                    let target = place.sandbox.path("partly")
                    let reader = ImageReader(try place.open())
                    if let file = try? reader.file(stored.id, "/srv/db.img") {
                        let outcome = damage {
                            try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
                        }
                        #expect(outcome == found || outcome != nil)
                        unlink(target)
                    }
                    try place.flip(path, at: position)
                }
            }
            try place.expectRestored(stored.id, equals: image)
        }
    }

    /// The last bytes of a pack are its header, which no restore needs, but `restic rebuild-index` does.
    @Test(arguments: [-1, -5, -60]) func flippedByteInPackHeaders(_ place: Int) throws {
        try Place.with { repository in
            let image = try repository.makeImage("image", mebibytes: 2)
            let stored = try repository.store(image)
            let tree = try repository.treePack(stored.id)
            for path in try repository.files(.pack) where path != tree {
                try repository.flip(path, fromEnd: -place)
                let found = damage { try readAll(repository, stored.id) }
                #expect(found?.hasPrefix(name(path, in: repository)) == true, "\(String(describing: found))")
                // The blobs themselves are whole.
                let target = repository.sandbox.path("whole")
                let reader = ImageReader(try repository.open())
                let file = try reader.file(stored.id, "/srv/db.img")
                try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
                let isEqual = try repository.equal(target, image)
                #expect(isEqual)
                unlink(target)
                try repository.flip(path, fromEnd: -place)
            }
            try readAll(repository, stored.id)
        }
    }

    /// The same blob in two packs, as two machines that store side by side leave it: one damaged is no loss.
    @Test func secondCopyIsRead() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let first = try place.store(image)
            let firstPacks = try place.files(.pack)
            let indexes = try place.files(.index)
            for path in indexes { rename(path, place.sandbox.path(String(path.split(separator: "/").last ?? ""))) }
            let second = try place.store(image)
            for path in indexes { rename(place.sandbox.path(String(path.split(separator: "/").last ?? "")), path) }
            let tree = try place.treePack(first.id)
            for (step, path) in firstPacks.enumerated() where path != tree {
                if step % 2 == 0 { try place.flip(path, at: 0.2) } else { truncate(path, 1000) }
            }
            for id in [first.id, second.id] {
                let reader = ImageReader(try place.open())
                let target = place.sandbox.path("whole")
                let file = try reader.file(id, "/srv/db.img")
                try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
                let isEqual = try place.equal(target, image)
                #expect(isEqual)
                unlink(target)
            }
        }
    }

    @Test(arguments: [0, 1, 5000]) func truncatedPack(_ left: Int) throws {
        try Place.with { place in
            let stored = try place.store(try place.makeImage("image", mebibytes: 2))
            for path in try place.files(.pack) {
                let whole = place.sandbox.path("whole")
                try Shell.run("cp", path, whole)
                chmod(path, 0o600)
                var status = stat()
                stat(path, &status)
                truncate(path, min(off_t(left), status.st_size / 2))
                let found = damage { try readAll(place, stored.id) }
                #expect(found?.hasPrefix(name(path, in: place)) == true, "\(String(describing: found))")
                try Shell.run("cp", whole, path)
            }
            try readAll(place, stored.id)
        }
    }

    @Test func missingFiles() throws {
        try Place.with { place in
            let stored = try place.store(try place.makeImage("image", mebibytes: 2))
            for kind in [FileKind.pack, .snapshot] {
                for path in try place.files(kind) {
                    rename(path, place.sandbox.path("away"))
                    let found = damage { try readAll(place, stored.id) }
                    #expect(found?.hasPrefix(name(path, in: place)) == true, "\(String(describing: found))")
                    rename(place.sandbox.path("away"), path)
                }
            }
            for path in try place.files(.index) { unlink(path) }
            let found = damage { try readAll(place, stored.id) }
            #expect(found?.contains("index") == true)
            unlink(place.folder + "/config")
            let missing = problem { _ = try place.open() }
            #expect(missing == .vaultMissing(repository: place.folder))
        }
    }

    @Test func damagedLockIsNamed() throws {
        try Place.with { place in
            try place.leaveLock(of: "elsewhere", exclusive: false)
            let path = try #require(try place.files(.lock).first)
            try place.flip(path, at: 0.5)
            let repository = try place.open()
            let found = damage { _ = try RepositoryLock(repository) }
            #expect(found == "\(name(path, in: place)): SHA-256")
        }
    }

    /// An increment does not build upon blobs that the repository has lost.
    @Test func lostBlobsAreStoredAgain() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 8)
            let first = try place.store(image)
            let packs = try place.files(.pack).filter { path in
                var status = stat()
                return stat(path, &status) == 0 && status.st_size > 100_000
            }
            for path in packs { unlink(path) }
            try place.restic("rebuild-index")
            let second = try place.store(image, parent: first.id, changed: [])
            #expect(second.bytes.read > 6 << 20)
            try place.expectRestored(second.id, equals: image)
            try place.expectDumped(second.id, equals: image)
        }
    }

    @Test func wrongPassword() throws {
        try Place.with { place in
            let found = problem {
                let backend = try FolderBackend(place.folder)
                _ = try Repository(backend, password: Array("another".utf8), passwordFile: "/etc/key")
            }
            #expect(found == .vaultWrongPassword(repository: place.folder, passwordFile: "/etc/key"))
            // With two keys either password opens it.
            let other = try place.sandbox.write("other", "another\n")
            try place.restic("key", "add", "--new-password-file", other)
            let backend = try FolderBackend(place.folder)
            _ = try Repository(backend, password: Array("another".utf8), passwordFile: other)
            _ = try place.open()
        }
    }
}
