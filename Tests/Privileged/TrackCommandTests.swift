import Fixtures
import Glibc
import Linux
import Testing

/// `remanso track` as a user types it.
@Suite("track", .serialized)
struct TrackCommandTests {
    @Test("Enabled, it goes on without a process, tells what changed, and is gone when it is disabled")
    func wholeLife() throws {
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, in: sandbox.path) { volume in
                let leftovers = Leftovers()
                let remanso = try RemansoCommand()
                #expect(try remanso("track", "status", volume.mountPoint).output.contains("are not tracked"))
                let enabled = try remanso("track", "enable", volume.mountPoint)
                #expect(enabled.status == 0, "\(enabled.errors)")
                #expect(volume.acceptsWrites(withinSeconds: 20))
                #expect(try remanso("track", "enable", volume.mountPoint).output.contains("already tracked"))
                try volume.write("file", String(repeating: "x", count: 3 << 20))
                try volume.root.syncFileSystem()
                let status = try remanso("track", "status", volume.mountPoint, "--json").json()
                #expect(status["tracked"].bool == true)
                #expect((status["changedBytes"].number ?? 0) > 3_000_000)
                #expect(status["nextBackupReads"].string == "everything")
                #expect(try remanso("track", "status", volume.mountPoint).output.contains("no backup has been made"))
                #expect(try remanso("track", "disable", volume.mountPoint, "--lang", "es").output.contains("Ya no"))
                #expect(try remanso("track", "disable", volume.mountPoint).output.contains("were not tracked"))
                #expect(!Files.exists("/sys/fs/bpf/remanso"))
                #expect(leftovers.found().isEmpty)
            }
        }
    }

    @Test("Unmounted, a volume's tracking is ended by its mount point or its device", arguments: [true, false])
    func unmounted(byDevice: Bool) throws {
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, in: sandbox.path) { volume in
                let remanso = try RemansoCommand()
                #expect(try remanso("track", "enable", volume.mountPoint).status == 0)
                // The fixture holds its root open.
                #expect(umount2(volume.mountPoint, Int32(MNT_DETACH)) == 0)
                let name = byDevice ? volume.device : volume.mountPoint
                let ended = try remanso("track", "disable", name)
                #expect(ended.status == 0, "\(ended.errors)")
                #expect(ended.output.contains("not tracked any more"))
                #expect(!Files.exists("/sys/fs/bpf/remanso"))
                #expect(try remanso("track", "disable", volume.mountPoint).errors.contains("VolumeNotFound"))
            }
        }
    }

    @Test("What cannot be tracked is refused with a reason")
    func refusals() throws {
        try Sandbox.with { sandbox in
            let remanso = try RemansoCommand()
            #expect(try remanso("track", "enable", sandbox.path).errors.contains("VolumeNotFound"))
            #expect(try remanso("track", "enable", "/proc").errors.contains("TrackingImpossible"))
            #expect(try remanso("track", "freeze", "/proc").errors.contains("enable"))
            #expect(try remanso("track", "enable").status == 64)
            try Volume.with(.ext4, in: sandbox.path) { volume in
                let queue = "/sys/block/\(volume.device.dropFirst(5))/queue/iostats"
                try Shell.run("sh", "-c", "echo 0 > \(queue)")
                defer { _ = try? Shell.run("sh", "-c", "echo 1 > \(queue)") }
                let refused = try remanso("track", "enable", volume.mountPoint)
                #expect(refused.status == 1)
                #expect(refused.errors.contains("statistics of loop"))
            }
        }
    }
}
