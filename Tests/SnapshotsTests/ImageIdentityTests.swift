import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("The image that is cloned is the image of the volume")
struct ImageIdentityTests {
    private let reflink = SnapshotProviders.named("reflink")

    @Test("another file where the image was is never taken for it")
    func anotherFileInItsPlace() throws {
        try Ground.with("reflink") { ground in
            // A mount over the image's folder: the kernel still names the image by its old path.
            let folder = ground.sandbox.path("other")
            try Sandbox.write(folder + "/inner.img", "not the image")
            try Shell.run("mount", "--bind", folder, ground.outer.mountPoint)
            defer { umount2(ground.outer.mountPoint, Int32(MNT_DETACH)) }
            let device = try #require(BlockDevices.number(ofNode: ground.volume.device))
            #expect(LoopImage.under(device) == nil)
        }
    }

    @Test("an image without copy-on-write on btrfs, as databases have it, is cloned all the same")
    func imageWithoutCopyOnWrite() throws {
        let provider = try #require(reflink)
        try Sandbox.with { sandbox in
            try Volume.with(.btrfs, megabytes: 300, in: sandbox.path, name: "outer") { outer in
                let image = try Sandbox.write(outer.path("inner.img"), "")
                // Volume.with fills the file that is there.
                try Shell.run("chattr", "+C", image)
                try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner in
                    #expect(try Shell.run("lsattr", image).split(separator: " ").first?.contains("C") ?? false)
                    try inner.write("file", "content")
                    let table = try MountTable.current()
                    #expect(provider.assess(try inner.mount(), in: table, frozen: []).isSuitable)
                    let snapshot = try provider.prepare(try inner.source())
                    try provider.take(snapshot, of: inner)
                    let path = inner.path("file")
                    #expect(try provider.read(snapshot) { Files.text(path) } == "content")
                    try snapshot.release()
                }
            }
        }
    }

    @Test("an image is not cloned when a volume below its own file system is frozen")
    func frozenFurtherBelow() throws {
        let provider = try #require(reflink)
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, megabytes: 800, in: sandbox.path, name: "disk") { disk in
                try Volume.with(.xfs, megabytes: 400, in: disk.mountPoint, name: "outer") { outer in
                    try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner in
                        let table = try MountTable.current()
                        let answer = provider.assess(try inner.mount(), in: table, frozen: [try disk.mount()])
                        let reason = ProviderReason.imageOnFrozenVolume(image: inner.image, volume: disk.mountPoint)
                        #expect(answer == Suitability(isSuitable: false, reason: reason))
                    }
                }
            }
        }
    }
}
