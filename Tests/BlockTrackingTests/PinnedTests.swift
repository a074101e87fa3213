import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import BlockTracking

/// Tracking that outlives the process that began it.
@Suite(.serialized) struct PinnedTests {
    @Test func knowsWhatChangedBetweenTwoProcesses() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            let before = try stage.beginPinned()
            try stage.volume.write("file", String(repeating: "written ", count: 50_000))
            try stage.volume.root.syncFileSystem()
            let opening = try PinnedTracker.open(stage.mount, in: stage.folder)
            #expect(opening.doubt == nil)
            let tracker = try #require(opening.tracker)
            #expect(tracker.parent == Stage.parent)
            try stage.expectAllNamed(tracker, since: before)
        }
    }

    @Test func aFailedBackupLosesNothing() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            let before = try stage.beginPinned()
            try stage.volume.write("first", String(repeating: "first ", count: 50_000))
            try stage.volume.root.syncFileSystem()
            #expect(try stage.takeAndForget() > 50)
            try stage.volume.write("second", String(repeating: "second ", count: 50_000))
            try stage.volume.root.syncFileSystem()
            let tracker = try #require(try PinnedTracker.open(stage.mount, in: stage.folder).tracker)
            try stage.expectAllNamed(tracker, since: before)
        }
    }

    @Test func aCommittedBackupIsTheNewParent() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            _ = try stage.beginPinned()
            try stage.volume.write("first", String(repeating: "first ", count: 500_000))
            try stage.volume.root.syncFileSystem()
            let next = ParentImage(repository: "vault", snapshot: "next", path: "/volume.img")
            try stage.backup(parent: next)
            let before = try stage.image()
            try stage.volume.write("second", "x")
            try stage.volume.root.syncFileSystem()
            let tracker = try #require(try PinnedTracker.open(stage.mount, in: stage.folder).tracker)
            #expect(tracker.parent == next)
            #expect(tracker.changedBlocks < 100)
            try stage.expectAllNamed(tracker, since: before)
        }
    }

    @Test func whoeverIsKilledWhileTakingLosesNothing() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            let before = try stage.beginPinned()
            let loop = "while :; do dd if=/dev/urandom of=\(stage.volume.path("f"))$((i = (i + 1) % 20)) bs=64k count=4"
            try Background.with("sh", ["-c", loop + " conv=fsync; done"]) {
                for _ in 0..<8 {
                    let output = try Descriptor.open(stage.sandbox.path("out"), O_WRONLY | O_CREAT | O_TRUNC)
                    let words = ["take", stage.mount.mountPoint, stage.sandbox.path]
                    let tool = Program(.path(try RemansoCommand.path(of: "tracking-tool")), words)
                    let (pid, process) = try ChildProcess.spawn(tool, output: output, errors: output)
                    _ = Wait.until { Files.text(stage.sandbox.path("out"))?.contains("taken") ?? false }
                    usleep(UInt32.random(in: 0...30_000))
                    kill(pid, SIGKILL)
                    #expect(Wait.forEnd(of: process, seconds: 30))
                    #expect(ChildProcess.wait(for: pid) == .killed(SIGKILL))
                }
            }
            let tracker = try #require(try PinnedTracker.open(stage.mount, in: stage.folder).tracker)
            try stage.expectAllNamed(tracker, since: before)
        }
    }

    @Test func onlyOneProcessAtATime() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            _ = try stage.beginPinned()
            let tracker = try #require(try PinnedTracker.open(stage.mount, in: stage.folder).tracker)
            let refused = #expect(throws: Failure.self) { try PinnedTracker.open(stage.mount, in: stage.folder) }
            #expect(refused?.problem == .trackingBusy(volume: stage.mount.mountPoint))
            withExtendedLifetime(tracker) {}
        }
    }

    @Test func endTakesEverythingAway() throws {
        try Stage.with(.ext4, megabytes: 32) { stage in
            _ = try stage.beginPinned()
            #expect(try PinnedTracker.end(stage.mount, in: stage.folder))
            #expect(try !PinnedTracker.end(stage.mount, in: stage.folder))
            #expect(!Files.exists("/sys/fs/bpf/remanso"))
            #expect(try PinnedTracker.open(stage.mount, in: stage.folder).doubt == .notTracked)
        }
    }

    @Test func nothingStaysOfADeviceThatIsGone() throws {
        try LooseVolume.with { volume in
            try volume.beginPinned()
            PinnedTracker.endOrphans(in: volume.folder)
            #expect(volume.folder.hasState(volume.deviceName))
            try volume.unmount()
            PinnedTracker.endOrphans(in: volume.folder)
            #expect(KernelObjects.isPinned(volume.deviceName))
            try volume.detach()
            // Another test may have the number for a while: then it is not gone yet.
            let isEnded = Wait.until(seconds: 300) {
                PinnedTracker.endOrphans(in: volume.folder)
                return !KernelObjects.isPinned(volume.deviceName)
            }
            #expect(isEnded)
            #expect(!volume.folder.hasState(volume.deviceName))
            try volume.attachAgain()
            #expect(try volume.doubtAfterMount() == .notTracked)
        }
    }
}
