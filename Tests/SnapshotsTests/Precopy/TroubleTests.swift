import BlockTracking
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("An image of a volume, when something is in the way", .serialized)
struct ImageTroubleTests {
    @Test("more than fits is left at the freeze: another round is made, and the image is right")
    func overTheBound() throws {
        try ImageStage.with(.ext4, megabytes: 520) { stage in
            var freezes = 0
            let shot = try stage.shoot("image") {
                freezes += 1
                // Written back by the freeze itself, where nobody expects so much.
                if freezes == 1 { try stage.fill("large", megabytes: 40) }
            }
            #expect(freezes == 2)
            #expect(shot.result.failedFreezes == 1)
            #expect(try shot.differences(leavingOutFree: true) == [])
        }
    }

    @Test("a writer that is never caught up with ends in an honest failure, with nothing frozen or left behind")
    func neverConverges() throws {
        try ImageStage.with(.ext4, megabytes: 520) { stage in
            var stage = stage
            stage.settings.memoryLimit = 2 << 20
            let traces = try Traces(below: stage.sandbox.path)
            let failure = try HeavyLoad.with(
                stage.volume, in: stage.sandbox, megabytesPerSecond: 200, withPostgreSQL: false
            ) {
                try stage.failure { try stage.shoot("image") }
            }
            guard case .changesTooFast(stage.volume.mountPoint, let rate, let left, let limit) = failure?.problem
            else {
                throw FixtureError("instead: \(String(describing: failure))")
            }
            #expect(rate > 0 && left > limit && limit == 2)
            #expect(stage.volume.acceptsWrites(withinSeconds: 20))
            #expect(try traces.areAllThatIsLeft())
        }
    }

    @Test("a tracker that missed something is replaced, and everything is read again, with the reason")
    func doubt() throws {
        try ImageStage.with(.xfs, megabytes: 320) { stage in
            var freezes = 0
            let statistics = "/sys/block/\(stage.volume.device.split(separator: "/").last ?? "")/queue/iostats"
            let first = try stage.shoot("first")
            let shot = try stage.shoot("second", after: first) {
                freezes += 1
                guard freezes == 1 else { return }
                // What the kernel counts is the proof of the tracker.
                try Shell.run("sh", "-c", "echo 0 > \(statistics)")
                try stage.fill("unseen", megabytes: 8)
                try stage.volume.root.syncFileSystem()
                try Shell.run("sh", "-c", "echo 1 > \(statistics)")
            }
            #expect(freezes == 2)
            #expect(shot.result.doubt != nil)
            #expect(shot.result.readEverything)
            #expect(try shot.differences(leavingOutFree: true) == [])
        }
    }

    @Test("thawed by somebody else while it is read, a volume that goes on changing gives no image of that freeze")
    func thawedByAnother() throws {
        try ImageStage.with(.ext4, megabytes: 520) { stage in
            let freezes = Shared(0)
            let shot = try HeavyLoad.with(stage.volume, in: stage.sandbox, withPostgreSQL: false) {
                try stage.shoot(
                    "image",
                    inFreeze: {
                        guard
                            freezes.withLock({
                                $0 += 1; return $0
                            }) == 1
                        else { return }
                        let before = stage.writes
                        stage.volume.thaw()
                        try #require(Wait.until { stage.writes > before })
                    })
            }
            #expect(freezes.withLock { $0 } > 1)
            #expect(shot.result.failedFreezes > 0)
            #expect(try shot.differences(leavingOutFree: true) == [])
        }
    }

    @Test("taken again because of another volume of the run, it loses nothing of what the first freeze read")
    func anotherVolumeFails() throws {
        try ImageStage.with(.ext4, megabytes: 520) { stage in
            let first = try stage.shoot("first")
            var freezes = 0
            let second = try stage.shoot(
                "second", after: first,
                beforeFreeze: {
                    freezes += 1
                    // Written back by the freeze, so that it is read there.
                    if freezes == 1 { try stage.fill("file", megabytes: 4) }
                },
                afterTake: { if freezes == 1 { throw ImageStage.OtherVolumeFailed() } })
            #expect(freezes == 2)
            #expect(try second.differences(leavingOutFree: true) == [])
        }
    }

    @Test("an increment reads no more than what changed")
    func readsOnlyChanges() throws {
        try ImageStage.with(.ext4, megabytes: 520) { stage in
            try stage.fill("much", megabytes: 150)
            let first = try stage.shoot("first")
            #expect(first.result.bytesRead > 150 << 20)
            try stage.fill("little", megabytes: 2)
            let second = try stage.shoot("second", after: first)
            #expect(second.result.bytesRead < 8 << 20)
            #expect(try second.differences(leavingOutFree: true) == [])
        }
    }

    @Test("free space is not read")
    func leavesOutFreeSpace() throws {
        try ImageStage.with(.xfs, megabytes: 320) { stage in
            try stage.fill("file", megabytes: 20)
            let shot = try stage.shoot("image")
            #expect(shot.result.bytesRead < 100 << 20)
            #expect(try shot.differences(leavingOutFree: true) == [])
        }
    }
}

extension ImageStage {
    /// How many writes the device has completed.
    var writes: Int {
        let name = volume.device.split(separator: "/").last ?? ""
        let words = Files.line("/sys/block/\(name)/stat")?.split(separator: " ") ?? []
        return words.count > 4 ? Int(words[4]) ?? 0 : 0
    }

    /// Writes a file without waiting until it is on the disk.
    func fill(_ name: String, megabytes: Int) throws {
        try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path(name))", "bs=1M", "count=\(megabytes)")
    }

    /// How `body` failed; `nil` when it did not.
    func failure(of body: () throws -> Void) throws -> Failure? {
        do {
            try body()
            return nil
        } catch let failure as Failure {
            return failure
        }
    }

    func failure(_ body: () throws -> Shot) throws -> Failure? { try failure(of: { _ = try body() }) }
}
