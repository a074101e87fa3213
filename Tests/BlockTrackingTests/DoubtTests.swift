import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import BlockTracking

/// Sabotage: whatever the tracker cannot know must become a doubt, and never a wrong image.
@Suite(.serialized) struct DoubtTests {
    @Test func anotherBootIsNoticed() throws {
        try expectDoubt(.rebooted) { stage in
            try stage.edit { $0.bootID = "another" }
        }
    }

    @Test func aDetachedProgramIsNoticed() throws {
        try expectDoubt(.detached) { stage in
            unlink("\(KernelObjects.folder(stage.deviceName))/link_on_queue")
        }
    }

    @Test func unreadableNotesAreNoticed() throws {
        try expectDoubt(.stateUnusable) { stage in
            try Sandbox.write("\(stage.folder.path)/\(stage.deviceName).json", "{")
        }
    }

    @Test func anotherVersionOfTheProgramBeginsAnew() throws {
        try expectDoubt(.stateUnusable) { stage in try stage.edit { $0.version -= 1 } }
    }

    @Test func aMissingParentIsNoticed() throws {
        try expectDoubt(.noParent) { stage in try stage.edit { $0.parent = nil } }
    }

    @Test func anInterruptedBeginningIsNoticed() throws {
        try expectDoubt(.noBaseLine) { stage in try stage.edit { $0.base = nil } }
    }

    @Test func anotherFileSystemIsNoticed() throws {
        try expectDoubt(.filesystemReplaced) { stage in try stage.edit { $0.filesystem = "another" } }
    }

    @Test func aResizedDeviceIsNoticed() throws {
        try expectDoubt(.deviceResized) { stage in
            try Shell.run("truncate", "-s", "+1M", stage.volume.image)
            try Shell.run("losetup", "-c", stage.volume.device)
        }
    }

    @Test func anotherDeviceUnderTheNumberIsNoticed() throws {
        try LooseVolume.with { volume in
            try volume.beginPinned()
            try volume.unmount()
            try volume.detach()
            try volume.attachAgain()
            #expect(try volume.doubtAfterMount() == .deviceReplaced)
        }
    }

    @Test func aWriteToTheLoopFileOfAnUnmountedVolumeIsNoticed() throws {
        try LooseVolume.with { volume in
            try volume.beginPinned()
            try volume.unmount()
            try Shell.run(
                "dd", "if=/dev/zero", "of=\(volume.image)", "bs=4k", "seek=900", "count=1", "oflag=direct",
                "conv=notrunc")
            #expect(try volume.doubtAfterMount() == .otherPath)
        }
    }

    @Test func unmountingIsNoDoubt() throws {
        try LooseVolume.with { volume in
            try volume.beginPinned()
            try volume.unmount()
            #expect(try volume.doubtAfterMount() == nil)
        }
    }

    @Test func statisticsThatAreOffAreNoticed() throws {
        try expectDoubt(.statisticsOff) { stage in
            try stage.setStatistics(on: false)
        }
    }

    @Test func statisticsThatWereOffAreNoticed() throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            _ = try stage.beginPinned()
            try stage.setStatistics(on: false)
            try stage.writeDevice(block: 100, count: 3)
            try stage.setStatistics(on: true)
            let tracker = try #require(try PinnedTracker.open(stage.mount, in: stage.folder).tracker)
            let doubt = try stage.volume.frozen { tracker.doubt() }
            guard case .countMismatch(let seen, let counted) = doubt else {
                Issue.record("\(String(describing: doubt))")
                return
            }
            #expect(seen == counted + 24)
        }
    }

    @Test func aLostEventIsNoticed() throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            guard let device = TrackedDevice.current(stage.mount.device) else { throw FixtureError("no device") }
            let objects = try KernelObjects.load(device).without("on_queue")
            let tracker = try BlockTracker(objects, volume: stage.mount.mountPoint)
            try stage.settle(tracker)
            try stage.writeDevice(block: 100, count: 3)
            let doubt = try stage.volume.frozen { tracker.doubt() }
            guard case .countMismatch(seen: 0, let counted) = doubt else {
                Issue.record("\(String(describing: doubt))")
                return
            }
            #expect(counted >= 24)
            #expect(tracker.doubt(isFrozen: false) != nil)
        }
    }

    @Test(arguments: ["dd", "mapped", "truncate"]) func aWriteToTheLoopFileIsNoticed(_ way: String) throws {
        try expectDoubt(.otherPath) { stage in
            let image = stage.volume.image
            switch way {
            case "dd":
                try Shell.run("dd", "if=/dev/zero", "of=\(image)", "bs=4k", "count=1", "seek=900", "conv=notrunc")
            case "mapped": try Shell.run("python3", "-c", Self.mappedWrite, image)
            default:
                let size = try Descriptor.open(image, O_RDONLY).status().st_size
                #expect(truncate(image, size) == 0)
            }
        }
    }

    private static let mappedWrite = """
        import mmap, sys
        with open(sys.argv[1], "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
            memory[4096 * 900] = 7
            memory.flush()
        """

    @Test func whatCannotBeGuardedMayBeReadOnceButNotCountedFrom() throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            _ = try stage.beginPinned()
            try stage.edit { $0.guardKind = .none }
            let opening = try PinnedTracker.open(stage.mount, in: stage.folder)
            #expect(opening.doubt == .unguarded)
            let tracker = try #require(opening.tracker)
            // As in a run without tracking: nothing has shown that anybody wrote past the volume.
            try stage.volume.frozen { #expect(tracker.doubt() == nil) }
        }
    }

    @Test func aLoopFileThatIsHeldOpenForWritingIsNoticedWithoutNotesToo() throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            let holder = try Descriptor.open(stage.volume.image, O_WRONLY)
            let tracker = try stage.attached()
            try stage.settle(tracker)
            try stage.volume.write("file", "content")
            try stage.volume.root.syncFileSystem()
            try stage.volume.frozen { #expect(tracker.doubt() == .otherPath) }
            withExtendedLifetime(holder) {}
        }
    }

    @Test func readingTheLoopFileIsNoDoubt() throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            _ = try stage.beginPinned()
            try Shell.run("sha256sum", stage.volume.image)
            #expect(try PinnedTracker.open(stage.mount, in: stage.folder).doubt == nil)
        }
    }

    private func expectDoubt(_ doubt: TrackingDoubt, _ sabotage: (Stage) throws -> Void) throws {
        try Stage.with(.ext4, megabytes: 24) { stage in
            _ = try stage.beginPinned()
            try sabotage(stage)
            guard let mount = try MountTable.current().mount(at: stage.mount.mountPoint) else {
                throw FixtureError("not mounted")
            }
            let found = try PinnedTracker.open(mount, in: stage.folder).doubt
            try? stage.setStatistics(on: true)
            #expect(found == doubt)
        }
    }
}

extension KernelObjects {
    /// The same with a program less: what the kernel does not call sees nothing.
    func without(_ name: String) -> KernelObjects {
        KernelObjects(
            device: device, guarding: guarding, guardKind: guardKind, programs: programs.filter { $0.name != name },
            maps: maps)
    }
}
