import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

@Suite struct RestoreTests {
    @Test func restoreIsSparse() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 64)
            let stored = try place.store(image)
            let reader = ImageReader(try place.open())
            let file = try reader.file(stored.id, "/srv/db.img")
            let target = place.sandbox.path("out")
            try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
            let status = try Descriptor.open(target, O_RDONLY).status()
            #expect(status.st_blocks * 512 <= 50 << 20)
            let isEqual = try place.equal(target, image)
            #expect(isEqual)
        }
    }

    @Test func onlyChangedWritesWhatDiffers() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 32)
            let stored = try place.store(image)
            let target = place.sandbox.path("target")
            try Shell.run("cp", "--sparse=never", image, target)
            try place.change(
                target, [Extent(offset: 7 << 20 + 5, length: 10), Extent(offset: 19 << 20, length: 65_536)])
            let reader = ImageReader(try place.open())
            let file = try reader.file(stored.id, "/srv/db.img")
            let written = try reader.restore(
                file, to: try FileImageTarget.overwrite(target, size: file.size), onlyChanged: true)
            #expect(written == 2 * 65_536)
            let isEqual = try place.equal(target, image)
            #expect(isEqual)
        }
    }

    @Test func overwritesABlockDevice() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 16, tail: 0)
            try #require(truncate(image, 16 << 20) == 0)
            let stored = try place.store(image)
            let disk = place.sandbox.path("disk")
            try Shell.run("sh", "-c", "yes | head -c 16777216 > \"$0\"", disk)
            let backing = try Descriptor.open(disk, O_RDWR)
            let loop = try LoopDevice.attach(backing, offset: 0, length: 0, readOnly: false)
            let reader = ImageReader(try place.open())
            let file = try reader.file(stored.id, "/srv/db.img")
            try reader.restore(file, to: try FileImageTarget.overwrite(loop.node, size: file.size))
            let isEqual = try place.equal(loop.node, image)
            #expect(isEqual)

            // A device is an image, too.
            let fromDevice = try place.store(loop.node)
            #expect(fromDevice.bytes.new == 0)
            try place.expectRestored(fromDevice.id, equals: image)
        }
    }

    @Test func neverOntoAMountedDevice() throws {
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, in: sandbox.path) { volume in
                let found = problem { _ = try FileImageTarget.overwrite(volume.device, size: 1) }
                #expect(found?.code.name == "RestoreTargetUnusable")
            }
        }
    }

    @Test func neverOverAFileAndNeverTooSmall() throws {
        try Sandbox.with { sandbox in
            let path = try sandbox.write("file", "something")
            let created = problem { _ = try FileImageTarget.create(path, size: 10) }
            #expect(created?.code.name == "RestoreTargetUnusable")
            #expect(Files.text(path) == "something")
            let disk = try Descriptor.open(sandbox.path("disk"), O_RDWR | O_CREAT)
            try #require(ftruncate(disk.number, 1 << 20) == 0)
            let loop = try LoopDevice.attach(disk, offset: 0, length: 0, readOnly: false)
            let small = problem { _ = try FileImageTarget.overwrite(loop.node, size: 1 << 20 + 1) }
            #expect(small?.code.name == "RestoreTargetUnusable")
        }
    }

    @Test func unknownPathsAreNamed() throws {
        try Place.with { place in
            let stored = try place.store(try place.makeImage("image", mebibytes: 1))
            let reader = ImageReader(try place.open())
            for path in ["/srv", "/srv/db", "/srv/db.img/x", "/other/db.img"] {
                let found = problem { _ = try reader.file(stored.id, path) }
                #expect(found == .pathNotInRecoveryPoint(path: path, id: "\(stored.id)"))
            }
        }
    }
}
