import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("Clones of images", .serialized)
struct ReflinkTests {
    private func withInner(
        _ outerKind: Volume.Kind, _ innerKind: Volume.Kind, _ body: (_ outer: Volume, _ inner: Volume) throws -> Void
    ) throws {
        try Sandbox.with { sandbox in
            try Volume.with(outerKind, megabytes: 900, in: sandbox.path, name: "outer") { outer in
                try Volume.with(innerKind, in: outer.mountPoint, name: "inner") { try body(outer, $0) }
            }
        }
    }

    private func provider() throws -> any SnapshotProvider { try #require(SnapshotProviders.named("reflink")) }

    @Test(
        "work for each file system in an image on each that can clone",
        arguments: [Volume.Kind.xfs, .btrfs], Volume.Kind.allCases)
    func eachKind(_ outerKind: Volume.Kind, _ innerKind: Volume.Kind) throws {
        try withInner(outerKind, innerKind) { outer, inner in
            let provider = try provider(), traces = try Traces(below: outer.mountPoint)
            try Tree.makeSample(in: inner.path("sample"))
            let before = try Tree(of: inner.mountPoint)
            for isFrozen in [true, false] {
                let snapshot = try provider.prepare(try inner.source())
                if isFrozen {
                    try provider.take(snapshot, of: inner)
                } else {
                    try inner.root.syncFileSystem()
                    try snapshot.take()
                }
                let mountPoint = inner.mountPoint
                let seen = try provider.read(snapshot, wasFrozen: isFrozen) { try Tree(of: mountPoint) }
                #expect(before.differences(in: seen) == [], "frozen: \(isFrozen)")
                try snapshot.release()
            }
            #expect(try traces.areAllThatIsLeft())
        }
    }

    @Test("are the frozen image bit for bit, and reading them does not change that")
    func bitForBit() throws {
        try withInner(.xfs, .ext4) { outer, inner in
            let provider = try provider()
            try Tree.makeSample(in: inner.path("sample"))
            try LineWriter.with(inner.path("lines")) { writer in
                let snapshot = try provider.prepare(try inner.source())
                let frozen = try inner.frozen {
                    try snapshot.take()
                    return try Self.hash(inner.device)
                }
                #expect(writer.passes(writer.lastLine + 5))
                let layer = try #require(try snapshot.open(wasFrozen: true))
                let mountPoint = inner.mountPoint
                let clone = try Threads.isolated(in: MountView(layers: [layer])) {
                    _ = try Tree(of: mountPoint)
                    let source = try MountTable.current().mount(at: mountPoint)?.source ?? ""
                    return try Self.hash(source)
                }
                #expect(clone == frozen)
                try snapshot.release()
            }
        }
    }

    /// Of what is on the device, past all caches: a mounted file system changes its superblock there and writes it later.
    private static func hash(_ device: String) throws -> String {
        try Shell.run("sh", "-c", "dd if=\"$0\" iflag=direct bs=1M status=none | sha256sum", device).trimmed
    }

    @Test(
        "taken without a freeze replay the journal: what fsync promised is there", arguments: [Volume.Kind.ext4, .xfs])
    func replaysTheJournal(_ kind: Volume.Kind) throws {
        try withInner(.xfs, kind) { outer, inner in
            let provider = try provider()
            try LineWriter.with(inner.path("lines")) { writer in
                let snapshot = try provider.prepare(try inner.source())
                let before = writer.lastLineOnDisk
                try snapshot.take()
                let after = writer.lastLine
                let path = writer.file
                let seen = try provider.read(snapshot, wasFrozen: false) { LineWriter.lastLine(of: path) }
                #expect(seen >= before && seen <= after + 1, "\(before) \(seen) \(after)")
                try snapshot.release()
            }
        }
    }

    @Test("serve a volume that is a partition inside an image")
    func partition() throws {
        let provider = try provider()
        try Sandbox.with { sandbox in
            try Volume.with(.xfs, megabytes: 400, in: sandbox.path, name: "outer") { outer in
                let image = outer.path("disk with partitions.img"), mountPoint = sandbox.path("part")
                try Files.makeFolder(mountPoint)
                try Shell.run("truncate", "-s", "96M", image)
                let disk = try Shell.run("losetup", "--find", "--show", image).trimmed
                defer { _ = try? Shell.run("losetup", "-d", disk) }
                // Told by hand, for not every kernel reads every kind of table.
                try Shell.run("addpart", disk, "2", "43008", "153600")
                defer { _ = try? Shell.run("delpart", disk, "2") }
                let part = sandbox.path("part.node"), name = String(disk.split(separator: "/").last ?? "") + "p2"
                try #require(Wait.until { Files.exists("/sys/class/block/\(name)/dev") })
                let number = try #require(
                    Files.line("/sys/class/block/\(name)/dev").flatMap { BlockDevices.number($0) })
                try Shell.run("mknod", part, "b", String(number.major), String(number.minor))
                try Shell.run("mkfs.ext4", "-q", "-F", part)
                try Shell.run("mount", part, mountPoint)
                defer { umount2(mountPoint, 0) }
                let file = try Sandbox.write(mountPoint + "/file", "in the partition")
                let mount = try #require(try MountTable.current().mount(at: mountPoint))
                let answer = provider.assess(mount, in: try .current(), frozen: [])
                #expect(answer.reason == .imageCanBeCloned(image: image, filesystem: "xfs"))
                let root = try Descriptor.open(mountPoint, O_RDONLY | O_DIRECTORY)
                try root.syncFileSystem()
                let snapshot = try provider.prepare(SnapshotSource(mount: mount, root: root, recoveryPoint: "x"))
                try snapshot.take()
                try Sandbox.write(file, "later")
                let seen = try provider.read(snapshot, wasFrozen: false) { Files.text(file) }
                #expect(seen == "in the partition")
                try snapshot.release()
            }
        }
    }

    @Test("show the folder that the volume's bind mount shows")
    func bindMount() throws {
        try Ground.with("reflink") { ground in
            try ground.volume.write("top", "not shown")
            try ground.volume.write("a folder/ñ/file", "at the time")
            let bound = ground.sandbox.path("bound here")
            try Files.makeFolder(bound)
            try Shell.run("mount", "--bind", ground.volume.path("a folder/ñ"), bound)
            defer { umount2(bound, Int32(MNT_DETACH)) }
            let mount = try #require(try MountTable.current().mount(at: bound))
            let root = try Descriptor.open(bound, O_RDONLY | O_DIRECTORY)
            let source = SnapshotSource(mount: mount, root: root, recoveryPoint: "x")
            let snapshot = try ground.provider.prepare(source)
            try ground.provider.take(snapshot, of: ground.volume)
            try ground.volume.write("a folder/ñ/file", "later")
            let seen = try ground.provider.read(snapshot) { Files.names(in: bound) + [Files.text(bound + "/file")] }
            #expect(seen == ["file", "at the time"])
            try snapshot.release()
        }
    }

    @Test("of an image on a full file system fail cleanly, and the volume goes on")
    func fullFileSystem() throws {
        try withInner(.xfs, .ext4) { outer, inner in
            let provider = try provider(), traces = try Traces(below: outer.mountPoint)
            let snapshot = try provider.prepare(try inner.source())
            outer.fill()
            // On xfs a clone needs hardly any space: full or not, it works or says why.
            do {
                try provider.take(snapshot, of: inner)
            } catch let failure as Failure {
                guard case .snapshotFailed("reflink", inner.mountPoint, _) = failure.problem else { throw failure }
            }
            try snapshot.release()
            #expect(try traces.areAllThatIsLeft())
            #expect(inner.acceptsWrites(withinSeconds: 20))
        }
    }

    @Test("of an image on a file system that became read-only are refused with the reason")
    func readOnlyOuter() throws {
        try Sandbox.with { sandbox in
            try Volume.with(.xfs, megabytes: 400, in: sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner in
                    try Shell.run("mount", "--rbind", outer.mountPoint, outer.mountPoint)
                    defer { umount2(outer.mountPoint, Int32(MNT_DETACH)) }
                    try Shell.run("mount", "-o", "remount,bind,ro", outer.mountPoint)
                    let answer = try provider().assess(try inner.mount(), in: try .current(), frozen: [])
                    #expect(answer.reason == .imageCannotBeCloned(image: inner.image, filesystem: "xfs"))
                    #expect(throws: Failure.self) { try provider().prepare(try inner.source()) }
                }
            }
        }
    }
}

extension Volume {
    /// Fills it to the last block.
    func fill() { _ = try? Shell.run("dd", "if=/dev/zero", "of=\(path("filling"))", "bs=1M", "conv=fsync") }
}
