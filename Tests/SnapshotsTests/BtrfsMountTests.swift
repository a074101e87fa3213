import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("btrfs snapshots whatever mount of a file system a volume is")
struct BtrfsMountTests {
    private let provider = SnapshotProviders.named("btrfs")

    @Test("two mounts of one subvolume are snapshotted in the same run")
    func twoMountsOfOneSubvolume() throws {
        let provider = try #require(provider)
        try Ground.with("btrfs") { ground in
            try ground.volume.write("file", "content")
            try withMount(ground, "second", ["-o", "subvolid=5", ground.volume.device]) { second in
                let both = try [ground.volume.source(), source(second)].map { try provider.prepare($0) }
                defer { both.forEach { try? $0.release() } }
                try both.forEach { try $0.take() }
                let path = second + "/file"
                #expect(try provider.read(both[1], wasFrozen: false) { Files.text(path) } == "content")
            }
        }
    }

    @Test("a bind mount of a folder is a snapshot of that folder, so that its file system need not be frozen")
    func bindMountOfAFolder() throws {
        let provider = try #require(provider)
        try Ground.with("btrfs") { ground in
            try Shell.run("btrfs", "subvolume", "create", ground.volume.path("sub"))
            try ground.volume.write("sub/a folder/with, more/file", "at the time")
            let folder = ground.volume.path("sub/a folder/with, more")
            try withMount(ground, "bound", ["--bind", folder]) { bound in
                let source = try source(bound)
                let answer = provider.assess(source.mount, in: try .current(), frozen: [])
                #expect(answer == Suitability(isSuitable: true, reason: .snapshotsItself))
                let snapshot = try provider.prepare(source)
                defer { try? snapshot.release() }
                try snapshot.take()
                try ground.volume.write("sub/a folder/with, more/file", "later")
                let names = try provider.read(snapshot, wasFrozen: false) { Files.names(in: bound) }
                let text = try provider.read(snapshot, wasFrozen: false) { Files.text(bound + "/file") }
                #expect(names == ["file"])
                #expect(text == "at the time")
            }
        }
    }

    @Test("a read-only mount of a file system that can be written to is snapshotted too")
    func readOnlyMount() throws {
        let provider = try #require(provider)
        try Ground.with("btrfs") { ground in
            try ground.volume.write("file", "content")
            try withMount(ground, "bound", ["--bind", "-o", "ro", ground.volume.mountPoint]) { bound in
                let source = try source(bound)
                #expect(source.mount.isReadOnly)
                #expect(provider.assess(source.mount, in: try .current(), frozen: []).isSuitable)
                let snapshot = try provider.prepare(source)
                defer { try? snapshot.release() }
                try snapshot.take()
                let path = bound + "/file"
                #expect(try provider.read(snapshot, wasFrozen: false) { Files.text(path) } == "content")
            }
        }
    }

    private func source(_ mountPoint: String) throws -> SnapshotSource {
        let mount = try #require(try MountTable.current().mount(at: mountPoint))
        let root = try Descriptor.open(mountPoint, O_RDONLY | O_DIRECTORY)
        return SnapshotSource(mount: mount, root: root, recoveryPoint: "20260121T101500Z-7f3a")
    }

    private func withMount(_ ground: Ground, _ name: String, _ arguments: [String], _ body: (String) throws -> Void)
        throws
    {
        let path = ground.sandbox.path(name)
        try Files.makeFolder(path)
        try Shell.run("mount", arguments + [path])
        defer { umount2(path, Int32(MNT_DETACH)) }
        try body(path)
    }
}
