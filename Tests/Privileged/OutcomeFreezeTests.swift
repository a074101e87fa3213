import Fixtures
import Glibc
import Linux
import Testing

/// The table "Outcomes": what freeze and snapshot do to a run.
@Suite("Outcomes of freeze and snapshot", .serialized)
struct OutcomeFreezeTests {
    // MARK: A freeze that fails

    @Test("Frozen by somebody else: crash-consistent, and still frozen afterwards", arguments: [true, false])
    func foreignFreeze(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(["continueBackupOnFailure": "\(continues)"])
            try volume.freezeAsForeigner()
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("crash"), errors: ["ForeignFreeze 610"], diary: ["pre", "post ok ok"])
            #expect(call.volume(volume)["frozen"].bool == false)
            #expect(!volume.acceptsWrites(withinSeconds: 0.3), "the foreign freeze must still stand")
            #expect(volume.thaw())
        }
    }

    @Test("Frozen by somebody else, and a level is required: failed, and still frozen afterwards")
    func foreignFreezeAndRequired() throws {
        try Machine.with(.ext4) { machine, volume in
            try volume.freezeAsForeigner()
            let call = try machine.backup([volume], ["--require", "filesystem"])
            try machine.expect(
                call, .failed, errors: ["ForeignFreeze 610", "LevelNotReached 682"], diary: ["pre", "post ok none"])
            #expect(!volume.acceptsWrites(withinSeconds: 0.3), "the foreign freeze must still stand")
            #expect(volume.thaw())
        }
    }

    @Test("One of two is frozen by somebody else: the other one is thawed, the foreign freeze stands")
    func oneForeignFreeze() throws {
        try Machine.with(.ext4) { machine, first in
            try Volume.with(.xfs, in: machine.sandbox.path, name: "second") { second in
                try second.freezeAsForeigner()
                let call = try machine.backup([first, second])
                try machine.expect(
                    call, .degraded("crash"), errors: ["ForeignFreeze 610"], diary: ["pre", "post ok ok"])
                #expect(call.volume(first)["consistency"].string == "application")
                #expect(call.volume(second)["consistency"].string == "crash")
                #expect(first.acceptsWrites(withinSeconds: 20))
                #expect(!second.acceptsWrites(withinSeconds: 0.3), "the foreign freeze must still stand")
                #expect(second.thaw())
            }
        }
    }

    @Test("A file system that cannot be frozen: crash-consistent, FreezeFailed")
    func cannotBeFrozen() throws {
        try Machine.with { machine in
            let folder = machine.sandbox.path("memory")
            try Files.makeFolder(folder)
            try Shell.run("mount", "-t", "tmpfs", "tmpfs", folder)
            defer { _ = try? Shell.run("umount", folder) }
            try Sandbox.write("\(folder)/data", "kept")
            let call = try machine.backup([], ["--volume", folder])
            try machine.expect(
                call, .degraded("crash"), errors: ["FreezeFailed 121"], diary: ["pre", "post ok ok"])
            #expect(call.messages.contains(folder))
        }
    }

    @Test("A mount point that is not a folder cannot be opened: failed, MountCannotBeOpened")
    func cannotBeOpened() throws {
        try Machine.with(.ext4) { machine, volume in
            let file = try machine.sandbox.write("file", "")
            try Shell.run("mount", "--bind", volume.path("data"), file)
            defer { _ = try? Shell.run("umount", file) }
            let call = try machine.backup([], ["--volume", file])
            try machine.expect(call, .failed, errors: ["MountCannotBeOpened 123"], diary: [])
            #expect(call.messages.contains(file))
        }
    }

    // MARK: A freeze that is switched off

    @Test("fsFreezeEnabled: false and scripts well: application-consistent", arguments: [true, false])
    func switchedOff(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(["continueBackupOnFailure": "\(continues)", "fsFreezeEnabled": "false"])
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
            #expect(call.volume(volume)["frozen"].bool == false)
            #expect(call.report["pauseMs"]["freeze"].number == 0)
        }
    }

    @Test("fsFreezeEnabled: false and a pre-script that fails: crash-consistent")
    func switchedOffAndFailed() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "exit 1", ["fsFreezeEnabled": "false"])
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("crash"), errors: ["Pre-ScriptExecutionFailed 300"], diary: ["pre", "post failed ok"])
        }
    }

    @Test(
        "OnAppSuccessDoFsFreeze and OnAppFailureDoFsFreeze switch the freeze off for their case",
        arguments: [
            ("OnAppSuccessDoFsFreeze", "", false), ("OnAppSuccessDoFsFreeze", "exit 1", true),
            ("OnAppFailureDoFsFreeze", "", true), ("OnAppFailureDoFsFreeze", "exit 1", false),
        ])
    func switchedOffByCase(key: String, pre: String, freezes: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: pre)
            try machine.framework.writeFreezeSettings([key: "False"])
            let call = try machine.backup([volume])
            #expect(call.volume(volume)["frozen"].bool == freezes)
            let failed = !pre.isEmpty
            let level = failed ? (freezes ? "filesystem" : "crash") : "application"
            try machine.expect(
                call, failed ? .degraded(level) : .succeeded(level),
                errors: failed ? ["Pre-ScriptExecutionFailed 300"] : [],
                diary: failed ? ["pre", "post failed ok"] : ["pre", "post ok ok"])
        }
    }

    @Test("MountsToSkip: that volume is not frozen, and the level says so; the other one is")
    func mountsToSkip() throws {
        try Machine.with(.ext4) { machine, first in
            try Volume.with(.xfs, in: machine.sandbox.path, name: "second") { second in
                try machine.framework.writeFreezeSettings(["MountsToSkip": "/none , \(second.mountPoint)/ "])
                let call = try machine.backup([first, second])
                try machine.expect(call, .degraded("crash"), diary: ["pre", "post ok ok"])
                #expect(call.volume(first)["frozen"].bool == true)
                #expect(call.volume(first)["consistency"].string == "application")
                #expect(call.volume(second)["frozen"].bool == false)
                #expect(call.volume(second)["consistency"].string == "crash")
            }
        }
    }

    // MARK: Snapshots

    @Test("One snapshot of several fails: failed, and every snapshot is released", arguments: [true, false])
    func oneSnapshotFails(continues: Bool) throws {
        try Machine.with(.btrfs) { machine, outer in
            try machine.framework.write(["continueBackupOnFailure": "\(continues)"])
            let folder = outer.path("images")
            try Files.makeFolder(folder)
            try Volume.with(.ext4, in: folder) { inner in
                // From now on btrfs refuses to clone the image into its own folder: EINVAL.
                try Shell.run("chattr", "+C", folder)
                let call = try machine.backup([outer, inner], ["--provider", "auto"])
                try machine.expect(call, .failed, errors: ["SnapshotFailed 635"], diary: ["pre", "post ok failed"])
                #expect(call.messages.contains(inner.mountPoint))
                #expect(call.phase("snapshot") == "failed" && call.phase("thaw") == "ok")
                #expect(inner.acceptsWrites(withinSeconds: 20))
            }
            let subvolumes = try Shell.run("btrfs", "subvolume", "list", outer.mountPoint)
            #expect(!subvolumes.contains(".remanso-"), "the snapshot of the other volume must be released")
        }
    }

    @Test("Frozen longer than the deadline: thawed on time, failed, FreezeDeadlineExceeded")
    func deadlineExceeded() throws {
        try Machine.with(.ext4) { machine, frozen in
            // The snapshot of a btrfs volume that somebody else has frozen waits for that thaw.
            try Volume.with(.btrfs, in: machine.sandbox.path, name: "slow") { slow in
                try machine.configure("freeze: {deadline: 300ms}\n")
                try slow.freezeAsForeigner()
                defer { slow.thaw() }
                let wasThawed = Shared(false)
                let watch = Thread {
                    wait(seconds: 60) {
                        // Before the pre-script there is a freeze for an instant, to begin the tracking.
                        machine.framework.diary == ["pre"]
                            && ![nil, .planned, .issuing].contains(ledgerState(of: frozen))
                    }
                    // It was frozen. The deadline comes or has passed, and the snapshot still waits.
                    let thawed = frozen.acceptsWrites(withinSeconds: 20)
                    wasThawed.withLock { $0 = thawed }
                    slow.thaw()
                }
                let call = try machine.backup([frozen, slow])
                watch?.join()
                #expect(wasThawed.withLock { $0 }, "the deadline must thaw although the snapshot hangs")
                try machine.expect(
                    call, .failed, errors: ["FreezeDeadlineExceeded 122"], diary: ["pre", "post ok failed"])
                #expect((call.report["pauseMs"]["freeze"].number ?? 99_999) < 10_000)
            }
        }
    }
}

/// Waits for a condition, but not for ever.
func wait(seconds: Double, until condition: () -> Bool) {
    let end = Instant.now.advanced(bySeconds: seconds)
    while !condition(), Instant.now < end { usleep(5_000) }
}
