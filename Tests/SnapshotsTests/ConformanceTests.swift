import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

/// What every provider of files promises. A provider is tested by being in `SnapshotProviders.all`.
@Suite("Every snapshot provider", .serialized)
struct ConformanceTests {
    @Test("serves the volume that suits it, and auto chooses it there", arguments: Ground.providers)
    func isChosen(_ name: String) throws {
        try Ground.with(name) { ground in
            let mount = try ground.volume.mount(), table = try MountTable.current()
            #expect(ground.provider.assess(mount, in: table, frozen: []).isSuitable)
            // Whatever can be copied can be copied: another one may suit better.
            let choice = try SnapshotProviders.choose("auto", for: mount, in: table, frozen: []).provider.name
            #expect(choice == name || name == "copy")
            #expect(try SnapshotProviders.choose(name, for: mount, in: table, frozen: []).provider.name == name)
            #expect(SnapshotProviders.named(name)?.name == name)
        }
    }

    @Test("changes nothing when it is asked whether it suits", arguments: Ground.providers)
    func assessChangesNothing(_ name: String) throws {
        try Ground.with(name) { ground in
            try Tree.makeSample(in: ground.volume.path("sample"))
            let before = try Tree(of: ground.volume.mountPoint), traces = try Traces(below: ground.sandbox.path)
            _ = ground.provider.assess(try ground.volume.mount(), in: try .current(), frozen: [])
            _ = ground.provider.warnings(for: try ground.volume.mount())
            #expect(before.differences(in: try Tree(of: ground.volume.mountPoint)).isEmpty)
            #expect(try traces.areAllThatIsLeft())
        }
    }

    @Test(
        "shows the files as they were, at their own paths, with all that belongs to them", arguments: Ground.providers)
    func showsTheFiles(_ name: String) throws {
        try Ground.with(name) { ground in
            let volume = ground.volume
            try Tree.makeSample(in: volume.path("sample"))
            let before = try Tree(of: volume.mountPoint)
            let snapshot = try ground.provider.prepare(try volume.source())
            try ground.provider.take(snapshot, of: volume)
            let mountPoint = volume.mountPoint
            let seen = try ground.provider.read(snapshot) { try Tree(of: mountPoint) }
            #expect(before.differences(in: seen) == [])
            try snapshot.release()
        }
    }

    @Test("holds the content of the instant when it was taken, whatever is written later", arguments: Ground.providers)
    func holdsTheInstant(_ name: String) throws {
        try Ground.with(name) { ground in
            let file = ground.volume.path("a folder/lines")
            try Files.makeFolder(ground.volume.path("a folder"))
            try LineWriter.with(file) { writer in
                let snapshot = try ground.provider.prepare(try ground.volume.source())
                let before = writer.lastLineOnDisk
                try ground.provider.take(snapshot, of: ground.volume)
                let after = writer.lastLine
                #expect(writer.passes(after + 5))
                let layers = [try snapshot.open(wasFrozen: ground.provider.freezeRule != .forbidden)].compactMap { $0 }
                let view = MountView(layers: layers)
                let first = try Threads.isolated(in: view) { LineWriter.lastLine(of: file) }
                #expect(first >= before, "a line that was on disk before is there")
                // A copy reads the live files: that is what its sync point is for.
                if ground.provider.freezeRule != .syncPoint {
                    #expect(first <= after, "no line from after the snapshot is there")
                    #expect(writer.passes(writer.lastLine + 5))
                    #expect(try Threads.isolated(in: view) { LineWriter.lastLine(of: file) } == first)
                }
                try snapshot.release()
            }
        }
    }

    @Test("lets nobody write into the snapshot", arguments: Ground.providers)
    func cannotBeWritten(_ name: String) throws {
        try Ground.with(name) { ground in
            let path = try ground.volume.write("file", "content")
            let snapshot = try ground.provider.prepare(try ground.volume.source())
            try ground.provider.take(snapshot, of: ground.volume)
            if let layer = try snapshot.open(wasFrozen: ground.provider.freezeRule != .forbidden) {
                let code = try Threads.isolated(in: MountView(layers: [layer])) {
                    open(path, O_WRONLY | O_CLOEXEC) < 0 ? errno : 0
                }
                #expect(code == EROFS)
            }
            try snapshot.release()
        }
    }

    @Test("gives back everything when it is released, and twice is as good as once", arguments: Ground.providers)
    func givesBack(_ name: String) throws {
        try Ground.with(name) { ground in
            let path = try ground.volume.write("file", "")
            func fill(_ byte: UInt8) throws {
                // In place, so that the image need not grow.
                try Descriptor.open(path, O_WRONLY).writeAll([UInt8](repeating: byte, count: 16 << 20))
                ground.volume.settle()
                ground.outer.settle()
            }
            try fill(0)
            let free = ground.outer.freeBytes, traces = try Traces(below: ground.sandbox.path)
            let names = try ground.topNames()
            for round in 0..<3 {
                let snapshot = try ground.provider.prepare(try ground.volume.source("20260121T101500Z-000\(round)"))
                try ground.provider.take(snapshot, of: ground.volume)
                let mountPoint = ground.volume.mountPoint
                _ = try ground.provider.read(snapshot) { Files.names(in: mountPoint) }
                // What the snapshot keeps must come back too.
                try fill(UInt8(round + 1))
                try snapshot.release()
                try snapshot.release()
            }
            #expect(try traces.areAllThatIsLeft())
            #expect(try ground.topNames() == names)
            let isBack = Wait.until {
                ground.outer.settle()
                return ground.outer.freeBytes >= free - (8 << 20)
            }
            #expect(isBack, "free before \(free), after \(ground.outer.freeBytes)")
        }
    }

    @Test("can be released at any time, taken or not", arguments: Ground.providers)
    func releasedEarly(_ name: String) throws {
        try Ground.with(name) { ground in
            let traces = try Traces(below: ground.sandbox.path), names = try ground.topNames()
            try ground.provider.prepare(try ground.volume.source()).release()
            let taken = try ground.provider.prepare(try ground.volume.source())
            try ground.provider.take(taken, of: ground.volume)
            try taken.release()
            #expect(try traces.areAllThatIsLeft())
            #expect(try ground.topNames() == names)
        }
    }

    @Test("cleans up what a crashed run has left, and a second time without complaint", arguments: Ground.providers)
    func cleansUp(_ name: String) throws {
        try Ground.with(name) { ground in
            let names = try ground.topNames(), traces = try Traces(below: ground.sandbox.path)
            var leftover: String?
            do {
                let snapshot = try ground.provider.prepare(try ground.volume.source())
                leftover = snapshot.leftover
                try ground.provider.take(snapshot, of: ground.volume)
                // The crash: nobody releases it.
            }
            #expect(try (leftover == nil) == (ground.topNames() == names), "what stays behind is named")
            if let leftover {
                try ground.provider.remove(leftover: leftover)
                try ground.provider.remove(leftover: leftover)
            }
            #expect(try ground.topNames() == names)
            #expect(try traces.areAllThatIsLeft())
        }
    }

    @Test("never removes what is not its own", arguments: Ground.providers)
    func removesOnlyItsOwn(_ name: String) throws {
        try Ground.with(name) { ground in
            let volume = ground.volume
            if volume.kind == .btrfs { try Shell.run("btrfs", "subvolume", "create", volume.path("home")) }
            try volume.write("home/file", "x")
            try volume.write(".remanso-a folder of the user's/file", "x")
            let before = try Tree(of: volume.mountPoint), device = volume.device
            for token in [
                "", "|", "home", "\(device)|home", "\(device)|.remanso-/../home", "\(device)|../home", "\(device)|",
                "\(device)|.remanso-a folder of the user's", "/dev/null|.remanso-x",
            ] {
                try? ground.provider.remove(leftover: token)
            }
            #expect(before.differences(in: try Tree(of: volume.mountPoint)) == [])
            #expect(Files.exists(volume.path("home/file")))
        }
    }
}

extension Ground {
    /// The names at the top of the file system that pays: a snapshot that has a name would be seen here.
    func topNames() throws -> [String] { Files.names(in: outer.mountPoint) }
}

extension Volume {
    var freeBytes: Int64 {
        var status = statvfs()
        guard statvfs(mountPoint, &status) == 0 else { return 0 }
        return Int64(status.f_bfree) * Int64(status.f_frsize)
    }

    /// Lets the file system finish what it does behind the scenes.
    func settle() {
        try? root.syncFileSystem()
        // Deleted subvolumes are cleaned up behind the scenes, and this starts it.
        if kind == .btrfs { _ = try? Shell.run("btrfs", "filesystem", "sync", mountPoint) }
    }
}
