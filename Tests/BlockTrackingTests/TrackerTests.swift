import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import BlockTracking

/// The tracker against real devices: what it says must be what was written.
@Suite(.serialized) struct TrackerTests {
    @Test(arguments: [Volume.Kind.ext4, .xfs]) func marksWhatAFileSystemWrites(_ kind: Volume.Kind) throws {
        try Stage.with(kind) { stage in
            let tracker = try stage.attached()
            try stage.settle(tracker)
            #expect(tracker.pendingBlocks == 0)
            let before = try stage.image()
            try stage.volume.write("file", String(repeating: "written ", count: 100_000))
            try stage.volume.root.syncFileSystem()
            try stage.volume.frozen {
                let taken = tracker.take()
                let changed = try stage.blocks(changedSince: before)
                #expect(changed.count > 100)
                #expect(stage.missing(changed, in: taken) == 0)
                #expect(tracker.doubt() == nil)
                #expect(tracker.pendingBlocks == 0)
            }
        }
    }

    @Test func marksWhatIsWrittenToTheDeviceItself() throws {
        try Stage.with(.ext4) { stage in
            let tracker = try stage.attached()
            try stage.settle(tracker)
            let end = tracker.size / 4096
            try stage.writeDevice(block: Int(end) - 1, count: 1)
            let taken = tracker.take()
            #expect(taken.written.extents() == [Extent(offset: (end - 1) * 4096, length: 4096)])
            #expect(tracker.take().written.isEmpty)
        }
    }
}
