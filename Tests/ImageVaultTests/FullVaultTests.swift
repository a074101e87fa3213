import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// A vault without room: what a run that fails has stored must not keep the next one from succeeding.
@Suite struct FullVaultTests {
    private func withSmallVault(_ mebibytes: Int, _ body: (Place) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let folder = sandbox.path("small")
            try Files.makeFolder(folder)
            try Shell.run("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", folder)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            try Place.with(in: folder, body)
        }
    }

    @Test func whatDoesNotFitGivesItsRoomBack() throws {
        try withSmallVault(24) { place in
            let small = try place.makeImage("small-image", mebibytes: 8)
            let first = try place.store(small)
            let packs = try place.files(.pack)
            let large = try place.makeImage("large-image", mebibytes: 120, seed: 8)
            for _ in 1...2 {
                let found = problem { try place.store(large) }
                #expect(found == .vaultFull(repository: place.folder))
                #expect(try place.files(.pack) == packs)
            }
            try place.change(small, [Extent(offset: 1 << 20, length: 4 << 20)])
            let second = try place.store(small, parent: first.id)
            try place.check()
            try place.expectRestored(second.id, equals: small)
        }
    }

    @Test func othersOfTheSnapshotFailToo() throws {
        try withSmallVault(24) { place in
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            defer { lock.release() }
            let writer = try VaultWriter(repository, lock: lock)
            let small = try place.makeImage("small-image", mebibytes: 16)
            try writer.addImage(try FileImageSource(try Descriptor.open(small, O_RDONLY)), at: "/small.img")
            let large = try place.makeImage("large-image", mebibytes: 120, seed: 8)
            let source = try FileImageSource(try Descriptor.open(large, O_RDONLY))
            let found = problem { try writer.addImage(source, at: "/large.img") }
            #expect(found == .vaultFull(repository: place.folder))
            // Its packs are gone: a snapshot of the small image would be one with holes.
            let finished = problem { _ = try writer.finish(time: .now, host: "db1", tags: []) }
            #expect(finished == .vaultFull(repository: place.folder))
            #expect(try place.files(.snapshot).isEmpty && place.files(.pack).isEmpty)
        }
    }
}
