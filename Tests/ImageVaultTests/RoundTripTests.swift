import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// What we write, restic reads, keeps and moves; what it moved, we read.
@Suite struct RoundTripTests {
    @Test func resticAcceptsAnImage() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 40)
            let stored = try place.store(image)
            try place.check()
            try place.expectDumped(stored.id, equals: image)
            try place.expectRestored(stored.id, equals: image)

            let list = try place.restic("ls", "--long", "latest")
            #expect(list.contains("/srv/db.img") && list.contains("\(40 << 20 + 1234)"))
            let snapshots = try place.restic("snapshots", "--json")
            #expect(snapshots.contains("\"hostname\":\"db1\"") && snapshots.contains("\"remanso-image\""))
            try place.restic("restore", "latest", "--target", place.sandbox.path("out"))
            let isRestored = try place.equal(place.sandbox.path("out/srv/db.img"), image)
            #expect(isRestored)
            // Nothing may be left but files of the repository, and no lock.
            let left = try place.temporaries()
            #expect(left.isEmpty && Files.names(in: place.folder + "/locks").isEmpty)
        }
    }

    @Test func zerosAndRepetitionsAreStoredOnce() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 64, tail: 0)
            let stored = try place.store(image)
            // A quarter each of noise, text, one block again and again, and holes.
            #expect(stored.bytes.read == 48 << 20)
            #expect(stored.bytes.new == 32 << 20 + 2 * 64 << 10)
            let again = try place.store(image)
            #expect(again.bytes.new == 0 && again.bytes.stored == 0)
            try place.check()
        }
    }

    @Test func incrementReadsOnlyWhatChanged() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 48)
            let size: UInt64 = 48 << 20 + 1234
            let first = try place.store(image)
            let before = place.sandbox.path("before")
            try Shell.run("cp", image, before)

            // Inside one block, over a border, and at the end.
            let changed = [
                Extent(offset: 5_000_000, length: 4096), Extent(offset: 20 << 20 - 100, length: 200),
                Extent(offset: size - 10, length: 10),
            ]
            try place.change(image, changed)
            let second = try place.store(image, parent: first.id, changed: changed)
            #expect(second.bytes.read == 3 * 65_536 + 1234)
            #expect(second.bytes.new == second.bytes.read)
            try place.check()
            try place.expectDumped(second.id, equals: image)
            try place.expectRestored(second.id, equals: image)
            try place.expectRestored(first.id, equals: before)

            // Without knowing what changed, everything but holes is read and the same comes out.
            let third = try place.store(image, parent: second.id)
            #expect(third.bytes.read == size - (12 << 20) + 65_536 && third.bytes.new == 0)
            try place.expectDumped(third.id, equals: image)

            // Nothing has changed at all.
            let fourth = try place.store(image, parent: third.id, changed: [])
            #expect(fourth.bytes.read == 0)
            try place.expectRestored(fourth.id, equals: image)
        }
    }

    @Test func resizedImageIsReadWhole() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 8)
            let first = try place.store(image)
            try #require(truncate(image, 12 << 20) == 0)
            let second = try place.store(image, parent: first.id, changed: [])
            #expect(second.bytes.read >= 6 << 20)
            try place.expectRestored(second.id, equals: image)
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537]) func smallestImages(_ size: Int) throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 0, tail: size)
            let stored = try place.store(image)
            try place.check()
            try place.expectDumped(stored.id, equals: image)
            try place.expectRestored(stored.id, equals: image)
        }
    }

    @Test func oddNamesAndSeveralImages() throws {
        try Place.with { place in
            let first = try place.makeImage("one", mebibytes: 2),
                second = try place.makeImage("two", mebibytes: 3, seed: 7)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            let writer = try VaultWriter(repository, lock: lock)
            let paths = ["/srv.img", "/srv/a \"b\" <ñ>\\ &.img", "/srv/db.img", "/.img"]
            for (index, path) in paths.enumerated() {
                let file = try Descriptor.open(index % 2 == 0 ? first : second, O_RDONLY)
                try writer.addImage(try FileImageSource(file), at: path)
            }
            let id = try writer.finish(time: .now, host: "db1", tags: [])
            lock.release()
            try place.check()
            for (index, path) in paths.enumerated() {
                try place.expectDumped(id, equals: index % 2 == 0 ? first : second, at: path)
                try place.expectRestored(id, equals: index % 2 == 0 ? first : second, at: path)
            }
        }
    }

    @Test func resticPrunesCopiesAndRebuilds() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 40)
            let first = try place.store(image)
            let changed = [Extent(offset: 4 << 20, length: 3 << 20), Extent(offset: 30_000_000, length: 100)]
            try place.change(image, changed)
            let second = try place.store(image, parent: first.id, changed: changed)

            try place.restic("forget", "\(first.id)", "--prune", "--max-unused", "0")
            try place.check()
            try place.expectRestored(second.id, equals: image)

            for path in try place.files(.index) { unlink(path) }
            try place.restic("rebuild-index")
            try place.check()
            try place.expectRestored(second.id, equals: image)

            let copy = try TestVault(in: place.sandbox.path, name: "copy").repository
            try place.resticOn(copy, ["copy", "--from-repo", place.folder, "--from-password-file", place.passwordFile])
            try place.resticOn(copy, ["check", "--read-data"])
            let there = Place(sandbox: place.sandbox, folder: copy, passwordFile: place.passwordFile)
            let id = try #require(try there.open().backend.list(.snapshot).first?.id)
            try there.expectRestored(id, equals: image)

            // What restic has rewritten serves as a parent.
            try place.change(image, changed, seed: 5)
            let third = try place.store(image, parent: second.id, changed: changed)
            try place.check()
            try place.expectDumped(third.id, equals: image)
        }
    }

    @Test(arguments: [1, 2]) func readsWhatResticWrote(_ version: Int) throws {
        try Place.with(version: version) { place in
            let image = try place.makeImage("image", mebibytes: 24)
            try place.restic("backup", "--quiet", "--tag", "files", image)
            let repository = try place.open()
            #expect(repository.version == version)
            let id = try #require(try repository.backend.list(.snapshot).first?.id)
            let snapshot = try repository.snapshot(id)
            #expect(snapshot.paths == [image] && snapshot.tags == ["files"])
            try place.expectRestored(id, equals: image, at: image)
        }
    }

    @Test func filesAndImagesShareARepository() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 8)
            try place.restic("backup", "--quiet", image)
            let stored = try place.store(image)
            try place.restic("backup", "--quiet", image)
            try place.check()
            try place.expectRestored(stored.id, equals: image)
            // The parent's blobs of other lengths are no parent for an image: everything is read.
            let files = try place.open().backend.list(.snapshot).map(\.id).filter { $0 != stored.id }
            let mixed = try place.store(image, at: image, parent: files[0], changed: [])
            #expect(mixed.bytes.read >= 6 << 20 && mixed.bytes.new == 0)
            try place.expectRestored(mixed.id, equals: image, at: image)
        }
    }

    @Test func formatVersion1IsNotWritten() throws {
        try Place.with(version: 1) { place in
            let image = try place.makeImage("image", mebibytes: 1)
            let found = problem { try place.store(image) }
            #expect(found?.code.name == "VaultFailed")
            try place.check()
        }
    }
}
