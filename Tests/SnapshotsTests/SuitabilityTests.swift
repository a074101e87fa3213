import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("Which provider suits a volume, and why not", .serialized)
struct SuitabilityTests {
    private func reason(_ provider: String, _ volume: Volume, frozen: [Mount] = []) throws -> ProviderReason {
        let provider = try #require(SnapshotProviders.named(provider))
        return provider.assess(try volume.mount(), in: try .current(), frozen: frozen).reason
    }

    @Test("an ext4 disk is read beforehand, for it neither snapshots itself nor lies in an image that can be cloned")
    func plainDisk() throws {
        try Sandbox.with { sandbox in
            // The sandbox lies on a file system of the machine: an ext4 of the test's own must hold the image.
            try Volume.with(.ext4, megabytes: 200, in: sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner throws in
                    #expect(try reason("btrfs", inner) == .otherFilesystem(needed: "btrfs"))
                    let image = inner.image
                    #expect(try reason("reflink", inner) == .imageCannotBeCloned(image: image, filesystem: "ext4"))
                    #expect(try reason("precopy", inner) == .readsBeforehand)
                    #expect(try reason("copy", inner) == .lastResort)
                    let mount = try inner.mount(), table = try MountTable.current()
                    let choice = try SnapshotProviders.choose("auto", for: mount, in: table, frozen: [])
                    #expect(choice.provider.name == "precopy")
                }
            }
        }
    }

    @Test("a folder of a volume, and another file system than ext4 and xfs, are not read as an image")
    func notAnImage() throws {
        try Ground.with("btrfs") { ground throws in
            #expect(try reason("precopy", ground.volume) == .otherFilesystem(needed: "ext4, xfs"))
        }
        try Ground.with("copy") { ground in
            let provider = try #require(SnapshotProviders.named("precopy"))
            let folder = ground.volume.path("folder"), bound = ground.sandbox.path("bound")
            try [folder, bound].forEach { try Files.makeFolder($0) }
            try Shell.run("mount", "--bind", folder, bound)
            defer { umount2(bound, Int32(MNT_DETACH)) }
            let mount = try #require(try MountTable.current().mount(at: bound))
            let answer = provider.assess(mount, in: try .current(), frozen: [])
            #expect(answer == Suitability(isSuitable: false, reason: .folderOfVolume))
        }
    }

    @Test("an xfs or ext4 whose journal lies on another device is not read as an image: it could not be mounted")
    func severalDevices() throws {
        try Sandbox.with { sandbox in
            let devices = try [("data", 400), ("journal", 100)].map { name, megabytes in
                try Shell.run("truncate", "-s", "\(megabytes)M", sandbox.path(name))
                return try Shell.run("losetup", "--find", "--show", sandbox.path(name)).trimmed
            }
            defer { devices.forEach { _ = try? Shell.run("losetup", "-d", $0) } }
            let folder = sandbox.path("volume")
            try Files.makeFolder(folder)
            try Shell.run("mkfs.xfs", "-q", "-f", "-l", "logdev=\(devices[1]),size=64m", devices[0])
            try Shell.run("mount", "-o", "logdev=\(devices[1])", devices[0], folder)
            defer { umount2(folder, 0) }
            let table = try MountTable.current()
            let mount = try #require(table.mount(at: folder))
            let answer = try #require(SnapshotProviders.named("precopy")).assess(mount, in: table, frozen: [])
            #expect(answer == Suitability(isSuitable: false, reason: .severalDevices))
        }
    }

    @Test("an image on a volume of the same run is not cloned: the clone would wait for the thaw")
    func imageOnFrozenVolume() throws {
        try Ground.with("reflink") { ground in
            let outer = try ground.outer.mount(), inner = ground.volume
            #expect(
                try reason("reflink", inner, frozen: [outer])
                    == .imageOnFrozenVolume(image: inner.image, volume: outer.mountPoint))
            let choice = try SnapshotProviders.choose(
                "auto", for: try inner.mount(), in: try .current(), frozen: [outer])
            #expect(choice.provider.name == "precopy")
        }
    }

    @Test("an image whose file is gone is no image")
    func imageIsGone() throws {
        try Ground.with("reflink") { ground throws in
            unlink(ground.volume.image)
            #expect(try reason("reflink", ground.volume) == .noImage)
        }
    }

    @Test("a btrfs that is read-only as a whole cannot hold a snapshot")
    func readOnlyBtrfs() throws {
        try Ground.with("btrfs") { ground in
            try Shell.run("mount", "-o", "remount,ro", ground.volume.mountPoint)
            let reason = try reason("btrfs", ground.volume)
            #expect(reason == .readOnly)
        }
    }

    @Test("subvolumes inside a volume are warned of, because a snapshot ends at them")
    func nestedSubvolumes() throws {
        try Ground.with("btrfs") { ground in
            let mount = try ground.volume.mount()
            #expect(ground.provider.warnings(for: mount).isEmpty)
            for name in ["one", "two"] { try Shell.run("btrfs", "subvolume", "create", ground.volume.path(name)) }
            let expected = Problem.nestedSubvolumes(volume: mount.mountPoint, count: 2)
            #expect(ground.provider.warnings(for: mount) == [expected])
        }
    }

    @Test("a provider that was named and does not suit is refused, and so is one that does not exist")
    func refused() throws {
        try Ground.with("copy") { ground in
            let mount = try ground.volume.mount(), table = try MountTable.current()
            let unsuitable = Failure(
                .providerUnsuitable(
                    provider: "btrfs", volume: mount.mountPoint, reason: .otherFilesystem(needed: "btrfs")))
            #expect(throws: unsuitable) { try SnapshotProviders.choose("btrfs", for: mount, in: table, frozen: []) }
            let known = ["auto"] + SnapshotProviders.all.map(\.name)
            #expect(throws: Failure(.unknownProvider(name: "zfs", known: known))) {
                try SnapshotProviders.choose("zfs", for: mount, in: table, frozen: [])
            }
        }
    }
}
