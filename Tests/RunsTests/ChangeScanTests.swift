import Fixtures
import Glibc
import Linux
import Testing

@testable import Runs

@Suite("What changed while files were copied", .serialized)
struct ChangeScanTests {
    private func withVolume(_ kind: Volume.Kind = .ext4, _ body: (Volume) throws -> Void) throws {
        try Sandbox.with { try Volume.with(kind, in: $0.path, body) }
    }

    /// The sync point of a run that freezes: no write comes between it and the thaw.
    private func syncPoint() -> SyncPoint {
        let point = SyncPoint.now
        point.waitUntilPassed()
        return point
    }

    @Test("what was written just before the freeze is no change", arguments: Volume.Kind.allCases)
    func justBefore(_ kind: Volume.Kind) throws {
        try withVolume(kind) { volume in
            for round in 0..<30 {
                try volume.write("folder \(round)/file", "\(round)")
                // A file that was looked at gets fine time stamps from Linux 6.13 on.
                #expect(Files.exists(volume.path("folder \(round)/file")))
                try volume.write("folder \(round)/file", "again")
                let point = try volume.frozen { syncPoint() }
                #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count == 0, "round \(round)")
            }
        }
    }

    @Test("what is written just after the thaw is never missed", arguments: Volume.Kind.allCases)
    func justAfter(_ kind: Volume.Kind) throws {
        try withVolume(kind) { volume in
            let path = try volume.write("a folder/file", "before")
            let file = try Descriptor.open(path, O_WRONLY)
            for round in 0..<30 {
                let point = try volume.frozen { syncPoint() }
                pwrite(file.number, "x", 1, 0)
                let changes = ChangeScan.changes(below: volume.mountPoint, since: point)
                #expect(changes.count == 1 && changes.example == path, "round \(round)")
            }
        }
    }

    @Test("a change that a program hides by setting the time back is found")
    func timeSetBack() throws {
        try withVolume { volume in
            let path = try volume.write("file", "before")
            let point = syncPoint()
            try Sandbox.write(path, "after!", mode: 0o644)
            let time = timespec(tv_sec: 1, tv_nsec: 0)
            utimensat(AT_FDCWD, path, [time, time], 0)
            #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count > 0)
        }
    }

    @Test("a file that was removed, renamed or linked is a change")
    func namesChanged() throws {
        let actions: [@Sendable (Volume) throws -> Void] = [
            { unlink($0.path("folder/file")) }, { rename($0.path("folder/file"), $0.path("folder/other")) },
            { link($0.path("folder/file"), $0.path("folder/other")) }, { chmod($0.path("folder/file"), 0o600) },
            { try Files.makeFolder($0.path("folder/new")) },
        ]
        for action in actions {
            try withVolume { volume in
                try volume.write("folder/file", "x")
                let point = syncPoint()
                #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count == 0)
                try action(volume)
                #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count > 0)
            }
        }
    }

    @Test("reading is no change, although it moves the times of access")
    func reading() throws {
        try withVolume { volume in
            try Shell.run("mount", "-o", "remount,strictatime", volume.mountPoint)
            let path = try volume.write("folder/file", "x")
            let point = syncPoint()
            _ = Files.text(path)
            _ = Files.names(in: volume.path("folder"))
            #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count == 0)
        }
    }

    @Test("changes in a vault that lies on the volume itself do not count")
    func ownVault() throws {
        try withVolume { volume in
            try volume.write("data/vault/config", "x")
            let link = volume.path("link")
            symlink(volume.path("data/vault"), link)
            let point = syncPoint()
            try volume.write("data/vault/pack", "new")
            for vault in [volume.path("data/vault"), link] {
                #expect(ChangeScan.changes(below: volume.mountPoint, since: point, leavingOut: [vault]).count == 0)
            }
            #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count > 0)
        }
    }

    @Test("changes in another volume that is mounted inside do not count, its mount point included")
    func innerVolume() throws {
        try withVolume { volume in
            try Files.makeFolder(volume.path("inner"))
            try Shell.run("mount", "-t", "tmpfs", "none", volume.path("inner"))
            defer { umount2(volume.path("inner"), 0) }
            let point = syncPoint()
            try volume.write("inner/file", "x")
            #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count == 0)
        }
    }

    @Test("a change in a path longer than any system call takes is found")
    func deepFolder() throws {
        try withVolume { volume in
            let name = String(repeating: "d", count: 200)
            var folder = try Descriptor.open(volume.mountPoint, O_RDONLY | O_DIRECTORY)
            for _ in 0..<40 {
                #expect(mkdirat(folder.number, name, 0o700) == 0)
                folder = try folder.open(name, O_RDONLY | O_DIRECTORY)
            }
            let point = syncPoint()
            _ = try folder.open("file", O_WRONLY | O_CREAT)
            let changes = ChangeScan.changes(below: volume.mountPoint, since: point)
            #expect(changes.count == 2)
        }
    }

    @Test("a folder that cannot be read vouches for nothing")
    func unreadable() {
        #expect(ChangeScan.changes(below: "/nowhere/at all", since: syncPoint()).count > 0)
    }

    @Test("a calendar clock that was set back vouches for nothing")
    func clockSetBack() throws {
        try withVolume { volume in
            var point = syncPoint()
            point.calendar.tv_sec += 3600
            #expect(ChangeScan.changes(below: volume.mountPoint, since: point).count > 0)
        }
    }
}
