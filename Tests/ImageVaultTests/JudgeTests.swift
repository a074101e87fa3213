import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// Everything that restic does with a repository, by each of the versions that judge us, on one that we have written;
/// and what each of them writes, read by us.
@Suite struct JudgeTests {
    @Test(arguments: Judge.allCases) func resticDoesAllItsWork(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let image = try place.makeImage("image", mebibytes: 24)
            let first = try place.store(image)
            let changed = [Extent(offset: 4 << 20, length: 3 << 20), Extent(offset: 20_000_000, length: 100)]
            try place.change(image, changed)
            let second = try place.store(image, parent: first.id, changed: changed)
            try place.restic("check", "--read-data")
            try place.expectDumped(second.id, equals: image)
            try place.restic("restore", "\(second.id)", "--target", place.sandbox.path("out"))
            let isRestored = try place.equal(place.sandbox.path("out/srv/db.img"), image)
            #expect(isRestored)
            try place.expectMounted(second.id, equals: image)

            try place.restic("forget", "\(first.id)", "--prune", "--max-unused", "0")
            try place.restic("check", "--read-data")
            try place.expectRestored(second.id, equals: image)

            for path in try place.files(.index) { unlink(path) }
            try place.resticOn(place.folder, judge.repairIndex)
            try place.restic("check", "--read-data")
            try place.expectRestored(second.id, equals: image)

            // What restic has rewritten serves as a parent.
            try place.change(image, changed, seed: 5)
            let third = try place.store(image, parent: second.id, changed: changed)
            try place.restic("check", "--read-data")
            try place.expectDumped(third.id, equals: image)
        }
    }

    @Test(arguments: Judge.allCases) func weReadWhatResticMakes(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let image = try place.makeImage("image", mebibytes: 16)
            let stored = try place.store(image)
            // A repository that restic has made from the start, with ours copied into it.
            let copy = place.sandbox.path("copy")
            try place.resticOn(copy, ["init"])
            try place.resticOn(copy, ["copy", "--from-repo", place.folder, "--from-password-file", place.passwordFile])
            try place.resticOn(copy, ["backup", "--quiet", "--tag", "files", image])
            let there = Place(sandbox: place.sandbox, folder: copy, passwordFile: place.passwordFile, judge: judge)
            let repository = try there.open()
            for id in try repository.backend.list(.snapshot).map(\.id) {
                let isFiles = try repository.snapshot(id).tags == ["files"]
                try there.expectRestored(id, equals: image, at: isFiles ? image : "/srv/db.img")
            }
            let again = try there.store(image)
            #expect(again.bytes.read > 0)
            try there.check()
            try there.expectDumped(again.id, equals: image)
            #expect(stored.bytes.new > 0)
        }
    }

    /// The same content again is stored again: looking for it would cost more.
    @Test(arguments: Judge.allCases) func smallFilesAreOrdinaryFiles(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let contents = [
                "/run/report.json": "{\"ok\": true}\n", "/run/empty": "",
                "/etc/long": String(repeating: "x", count: 200_000),
            ]
            for _ in 0..<2 {
                let repository = try place.open()
                let lock = try RepositoryLock(repository)
                defer { lock.release() }
                let writer = try VaultWriter(repository, lock: lock)
                for (path, text) in contents { try writer.addFile(Array(text.utf8), at: path) }
                let id = try writer.finish(time: .now, host: "db1", tags: ["remanso"])
                for (path, text) in contents {
                    let file = try place.sandbox.write("expected", text)
                    try place.expectDumped(id, equals: file, at: path)
                }
            }
            try place.restic("check", "--read-data")
        }
    }
}

extension Place {
    /// Expects the image in `restic mount` to equal `image`.
    func expectMounted(_ id: StorageID, equals image: String, _ place: SourceLocation = #_sourceLocation) throws {
        let folder = sandbox.path("mount")
        try Files.makeFolder(folder)
        let arguments = ["--no-cache", "--repo", self.folder, "--password-file", passwordFile, "mount", folder]
        let path = "\(folder)/ids/\(id.description.prefix(8))/srv/db.img"
        try Background.with(try judge.program, arguments) {
            // Also when restic has been killed, a mount stays.
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let isThere = Wait.until { Files.exists(path) }
            #expect(isThere, sourceLocation: place)
            let isEqual = try equal(path, image)
            #expect(isEqual, sourceLocation: place)
            umount2(folder, 0)
            let isReleased = Wait.until { Files.names(in: self.folder + "/locks").isEmpty }
            #expect(isReleased, sourceLocation: place)
        }
    }
}
