import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import BlockTracking

/// Every way to write to a disk: large, discarded, zeroed, through another node, without requests, and slow.
@Suite(.serialized) struct WriteTests {
    @Test func heavyWritersMissNothing() throws {
        for kind in [Volume.Kind.ext4, .xfs] {
            try Stage.with(kind) { stage in
                let tracker = try stage.attached()
                try stage.settle(tracker)
                let before = try stage.image()
                var all = tracker.take()
                try Background.with("sh", ["-c", Self.writers, "sh", stage.mount.mountPoint]) {
                    // A hundred times at least, and until there is enough to compare.
                    var rounds = 0
                    let isEnough = Wait.until {
                        all.formUnion(tracker.take())
                        usleep(20_000)
                        rounds += 1
                        return rounds >= 100 && all.written.count > 1500
                    }
                    #expect(isEnough)
                }
                try stage.volume.frozen {
                    all.formUnion(tracker.take())
                    let changed = try stage.blocks(changedSince: before)
                    #expect(changed.count > 500)
                    #expect(stage.missing(changed, in: all) == 0)
                    #expect(tracker.doubt() == nil)
                    #expect(tracker.pendingBlocks == 0)
                }
            }
        }
    }

    private static let writers = """
        cd "$1"
        while :; do cp f1 g; sync .; rm g; done &
        while :; do dd if=/dev/urandom of=f$((i = (i + 1) % 9)) bs=96k count=9 oflag=direct; done
        """

    @Test func discardedBlocksAreNamedApart() throws {
        try Stage.with(.ext4) { stage in
            try stage.volume.write("file", String(repeating: "to be discarded ", count: 1_000_000))
            try stage.volume.root.syncFileSystem()
            let tracker = try stage.attached()
            try stage.settle(tracker)
            let before = try stage.image()
            unlink(stage.volume.path("file"))
            try Shell.run("fstrim", stage.mount.mountPoint)
            try stage.volume.frozen {
                let taken = tracker.take()
                let changed = try stage.blocks(changedSince: before)
                #expect(taken.discarded.count > 3000)
                #expect(taken.written.count < 3000)
                #expect(stage.missing(changed, in: taken) == 0)
                #expect(tracker.doubt() == nil)
            }
        }
    }

    @Test func writesLargerThanAFineMapMayHoldAreNamed() throws {
        try LooseVolume.with { volume in
            // Nobody may zero what is mounted.
            try volume.unmount()
            guard let number = BlockDevices.number(ofNode: volume.device) else { throw FixtureError("no device") }
            try Shell.run("truncate", "-s", "128M", volume.image)
            try Shell.run("losetup", "-c", volume.device)
            let tracker = try BlockTracker.attach(number, volume: "large")
            try tracker.settle()
            // One command of 64 MiB: zeros need no memory, so nothing splits it.
            try Shell.run("fallocate", "-z", "-o", "16777216", "-l", "67108864", volume.device)
            try Device.write(volume.device, block: 1000, count: 9 * 1024)
            let taken = tracker.take()
            var expected = BlockSet(size: tracker.size)
            expected.insert(4096..<4096 + 16384)
            expected.insert(1000..<1000 + 9 * 1024)
            #expect(taken.written.count < expected.count + 2 * 4096)
            expected.subtract(taken.written)
            #expect(expected.isEmpty)
            #expect(tracker.doubt() == nil)
        }
    }

    @Test func aPartitionIsTrackedThroughEveryNodeOfItsDisk() throws {
        try Sandbox.with { sandbox in
            let image = sandbox.path("disk.img")
            try Shell.run("truncate", "-s", "96M", image)
            let disk = try Shell.run("losetup", "--find", "--show", "--partscan", image).trimmed
            defer { _ = try? Shell.run("losetup", "-d", disk) }
            try Shell.run("addpart", disk, "1", "2048", "65536")
            try Shell.run("addpart", disk, "2", "67584", "98304")
            for index in 1...2 { try makeNode("\(disk.dropFirst(5))p\(index)", in: "\(disk.dropFirst(5))/") }
            guard let number = BlockDevices.number(ofNode: "\(disk)p2") else { throw FixtureError("no partition") }
            let tracker = try BlockTracker.attach(number, volume: "partition")
            try tracker.settle()
            try Device.write("\(disk)p2", block: 5, count: 2)
            try Device.write("\(disk)p1", block: 7, count: 1)
            // The partition begins at sector 67584, block 8448 of the disk; the first of these lies before it.
            try Device.write(disk, block: 8447, count: 2)
            try Device.write(disk, block: 8448 + 100, count: 1)
            let taken = tracker.take()
            var expected = BlockSet(size: tracker.size)
            for range in [5..<7, 0..<1, 100..<101] { expected.insert(range) }
            #expect(taken.written == expected)
            #expect(tracker.doubt() == nil)
        }
    }

    @Test func aDriverWithoutRequestsIsTracked() throws {
        try Sandbox.with { sandbox in
            guard Files.exists("/sys/class/zram-control/hot_add") else { return }
            let number = try Shell.run("cat", "/sys/class/zram-control/hot_add").trimmed
            let disk = "/dev/zram\(number)", mountPoint = sandbox.path("zram")
            defer {
                _ = try? Shell.run("umount", mountPoint)
                let remove = "echo \(number) > /sys/class/zram-control/hot_remove"
                _ = try? Shell.run("sh", "-c", "echo 1 > /sys/block/zram\(number)/reset; \(remove)")
            }
            try Shell.run("sh", "-c", "echo 64M > /sys/block/zram\(number)/disksize")
            try makeNode("zram\(number)")
            // Nothing may write behind the scenes: the counts are only equal at rest.
            try Shell.run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", disk)
            try Files.makeFolder(mountPoint)
            try Shell.run("mount", disk, mountPoint)
            guard let mount = try MountTable.current().mount(at: mountPoint) else { throw FixtureError("not mounted") }
            #expect(TrackedDevice.current(mount.device)?.isBioBased == true)
            let root = try Descriptor.open(mountPoint, O_RDONLY | O_DIRECTORY)
            let tracker = try BlockTracker.attach(mount)
            try root.syncFileSystem()
            try tracker.settle()
            _ = tracker.take()
            let before = try Device.content(disk)
            try Sandbox.write("\(mountPoint)/file", String(repeating: "written ", count: 100_000))
            try root.syncFileSystem()
            var missing = Device.changed(before, try Device.content(disk))
            #expect(missing.count > 100)
            let taken = tracker.take()
            missing.subtract(taken.written)
            #expect(missing.isEmpty)
            #expect(tracker.doubt() == nil)
        }
    }

    /// A machine without udev has no nodes for new devices.
    private func makeNode(_ name: String, in folder: String = "") throws {
        let path = "/sys/block/\(folder)\(name)/dev"
        try Shell.run("sh", "-c", "test -b /dev/\(name) || mknod /dev/\(name) b $(tr : ' ' < \(path))")
    }

    /// A loop device whose file lies on a frozen file system: a write to it takes as long as we like.
    @Test func aWriteInFlightIsNamedUntilItHasCompleted() throws {
        try Stage.with(.ext4, megabytes: 200) { outer in
            try Volume.with(.ext4, in: outer.mount.mountPoint, name: "inner") { inner in
                guard let number = BlockDevices.number(ofNode: inner.device) else { throw FixtureError("no device") }
                let tracker = try BlockTracker.attach(number, volume: "inner")
                try inner.frozen { try tracker.settle() }
                _ = tracker.take()
                try outer.volume.freezeAsForeigner()
                defer { outer.volume.thaw() }
                let words = ["if=/dev/urandom", "of=\(inner.device)", "bs=4k", "count=1", "seek=9000", "oflag=direct"]
                try Background.with("dd", words) {
                    var first = tracker.take()
                    let isUnderWay = Wait.until {
                        first.formUnion(tracker.take())
                        return first.written.contains(9000)
                    }
                    #expect(isUnderWay)
                    // Not complete: named each time, whoever came between read the old content.
                    for _ in 0..<3 { #expect(tracker.take().written.contains(9000)) }
                    #expect(tracker.pendingBlocks > 0)
                    outer.volume.thaw()
                    let isOver = Wait.until { DiskStatistics.isIdle(number) }
                    #expect(isOver)
                    // Complete: named once more, for the sake of who read before.
                    #expect(tracker.take().written.contains(9000))
                    #expect(tracker.take().written.isEmpty)
                    #expect(tracker.pendingBlocks == 0)
                }
            }
        }
    }
}
