import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("Undoing the freeze of a run that died", .serialized)
struct RecoveryTests {
    /// A ledger as it stands when both keepers die with these volumes frozen. The freeze itself is over.
    private func ledgerOfDeadRun(_ stage: Stage, _ volumes: [Volume]) throws -> String {
        let session = try stage.session(volumes)
        _ = session.freeze()
        let path = stage.sandbox.path("dead.ledger")
        try Shell.run("cp", stage.ledgerPath, path)
        _ = session.thaw()
        session.close()
        return path
    }

    @Test("thaws what the ledger names, and leaves the freeze of somebody else alone")
    func onlyOurs() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "ours") { ours in
                try Volume.with(.ext4, in: stage.sandbox.path, name: "theirs") { theirs in
                    try theirs.freezeAsForeigner()
                    let ledger = try ledgerOfDeadRun(stage, [ours, theirs])
                    try ours.freezeAsForeigner()
                    let steps = FreezeRecovery.undo(ledgerPath: ledger)
                    #expect(steps.map(\.volume) == [ours.mountPoint])
                    #expect(steps.allSatisfy { $0.wasFrozen && $0.problem == nil })
                    #expect(ours.acceptsWrites(withinSeconds: 20))
                    #expect(theirs.thaw(), "the foreign freeze still stood")
                    #expect(!Files.exists(ledger))
                    #expect(FreezeRecovery.undo(ledgerPath: ledger).isEmpty)
                }
            }
        }
    }

    @Test("thaws a file system that was unmounted while it was frozen", arguments: [Volume.Kind.ext4, .xfs])
    func unmounted(_ kind: Volume.Kind) throws {
        try Stage.with { stage in
            try Volume.with(kind, in: stage.sandbox.path) { volume in
                let ledger = try ledgerOfDeadRun(stage, [volume])
                try volume.freezeAsForeigner()
                try Shell.run("umount", "-l", volume.mountPoint)
                let steps = FreezeRecovery.undo(ledgerPath: ledger)
                #expect(steps.map(\.wasFrozen) == [true])
                #expect(steps.map(\.problem) == [nil])
                #expect(!volume.thaw(), "it is thawed already")
                try Shell.run("mount", volume.device, volume.mountPoint)
                #expect(volume.acceptsWrites(withinSeconds: 20))
            }
        }
    }

    @Test("does nothing with a ledger of an earlier boot")
    func earlierBoot() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let ledger = try ledgerOfDeadRun(stage, [volume])
                try LedgerView.age(ledger)
                try volume.freezeAsForeigner()
                #expect(FreezeRecovery.undo(ledgerPath: ledger).isEmpty)
                #expect(volume.thaw(), "it still was frozen")
                #expect(!Files.exists(ledger))
            }
        }
    }

    @Test("does not disturb a living run that has frozen nothing yet")
    func livingRunReady() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume])
                #expect(FreezeRecovery.undo(ledgerPath: stage.ledgerPath).isEmpty)
                #expect(Files.exists(stage.ledgerPath), "without it nobody could undo the freeze to come")
                #expect(session.freeze().map(\.held) == [true])
                #expect(session.thaw().map(\.held) == [true])
                session.close()
            }
        }
    }

    @Test("while the run lives ends its whole freeze, and the run does not take it for one that held")
    func livingRunFrozen() throws {
        try Stage.with { stage in
            try Volume.with(.xfs, in: stage.sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, megabytes: 32, in: stage.sandbox.path, name: "apart") { apart in
                    let targets = try [target(apart, wave: 0), target(outer, wave: 1)]
                    let session = try stage.session(targets, deadline: 60)
                    _ = session.freeze()
                    let steps = FreezeRecovery.undo(ledgerPath: stage.ledgerPath)
                    #expect(steps.map(\.problem) == [nil, nil])
                    #expect(apart.acceptsWrites(withinSeconds: 20) && outer.acceptsWrites(withinSeconds: 20))
                    #expect(session.thaw().map(\.held) == [false, false])
                    #expect(session.endedEarly)
                    session.close()
                }
            }
        }
    }

    @Test("thaws also while the freezer is stopped")
    func stoppedFreezer() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume], deadline: 60)
                _ = session.freeze()
                Standstill.begin(session.freezerPID)
                let steps = Background { [path = stage.ledgerPath] in FreezeRecovery.undo(ledgerPath: path) }
                #expect(volume.acceptsWrites(withinSeconds: 20))
                #expect(steps.value()?.map(\.wasFrozen) == [true])
                kill(session.freezerPID, SIGCONT)
                #expect(session.thaw().map(\.held) == [false])
                session.close()
            }
        }
    }
}
