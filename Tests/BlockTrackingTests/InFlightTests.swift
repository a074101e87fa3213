import Fixtures
import Glibc
import Linux
import Testing

@testable import BlockTracking

/// Writes that are under way for as long as the test likes: the loop device's file lies on a frozen file system.
@Suite(.serialized) struct InFlightTests {
    /// So many that addresses meet, and some writes are entered at another place than their own.
    @Test func manyWritesInFlightAreNamedUntilTheyHaveCompleted() throws {
        let writes = 1500
        try Stage.with(.ext4, megabytes: 200) { outer in
            try Volume.with(.ext4, in: outer.mount.mountPoint, name: "inner") { inner in
                guard let number = BlockDevices.number(ofNode: inner.device) else { throw FixtureError("no device") }
                // With a scheduler the device takes three quarters of so many writes at a time.
                try Shell.run("sh", "-c", "echo mq-deadline > /sys/dev/block/\(number)/queue/scheduler")
                try Shell.run("sh", "-c", "echo 2048 > /sys/dev/block/\(number)/queue/nr_requests")
                let before = DiskStatistics.current(number)?.written ?? 0
                let tracker = try BlockTracker.attach(number, volume: "inner")
                try inner.frozen { try tracker.settle() }
                _ = tracker.take()
                try outer.volume.freezeAsForeigner()
                defer { outer.volume.thaw() }
                try Background.with("fio", Self.everySecondBlock(of: inner.device, writes)) {
                    var all = tracker.take()
                    let areUnderWay = Wait.until {
                        all.formUnion(tracker.take())
                        return all.written.count >= writes
                    }
                    #expect(areUnderWay)
                    for _ in 0..<3 { #expect(tracker.take().written == all.written) }
                    outer.volume.thaw()
                    let areOver = Wait.until {
                        let written = (DiskStatistics.current(number)?.written ?? 0) - before
                        return written >= writes * 8 && DiskStatistics.isIdle(number)
                    }
                    #expect(areOver)
                    #expect(tracker.take().written == all.written)
                    #expect(tracker.take().written.isEmpty)
                    #expect(tracker.table.writes().isEmpty)
                }
            }
        }
    }

    private static func everySecondBlock(of device: String, _ writes: Int) -> [String] {
        [
            "--name=writes", "--filename=\(device)", "--rw=write:4k", "--bs=4k", "--offset=4m", "--direct=1",
            "--ioengine=libaio", "--iodepth=\(writes)", "--number_ios=\(writes)", "--allow_mounted_write=1",
        ]
    }
}
