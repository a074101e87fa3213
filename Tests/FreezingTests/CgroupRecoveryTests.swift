import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("Undoing the freeze of a control group whose run died", .serialized)
struct CgroupRecoveryTests {
    /// A ledger as it stands when both keepers die with the group frozen. The freeze itself is over.
    private func ledgerOfDeadRun(_ stage: Stage, _ cgroup: Cgroup) throws -> String {
        let session = try stage.session([], cgroup)
        _ = session.freeze()
        let path = stage.sandbox.path("dead.ledger")
        try Shell.run("cp", stage.ledgerPath, path)
        _ = session.thaw()
        session.close()
        return path
    }

    @Test("thaws the group that the ledger names, and no other")
    func onlyOurs() throws {
        try Stage.with { stage in
            try ControlGroup.with("ours", counting: stage.sandbox.path("ours")) { ours in
                try ControlGroup.with("theirs", counting: stage.sandbox.path("theirs")) { theirs in
                    let ledger = try ledgerOfDeadRun(stage, ours.cgroup)
                    try [ours, theirs].forEach { try $0.freezeAsForeigner() }
                    let steps = FreezeRecovery.undo(ledgerPath: ledger)
                    #expect(steps.map(\.volume) == [ours.cgroup.path])
                    #expect(steps.map(\.wasFrozen) == [true] && steps.map(\.problem) == [nil])
                    #expect(ours.counts() && theirs.standsStill)
                    #expect(!Files.exists(ledger))
                }
            }
        }
    }

    @Test("leaves the freeze of somebody else alone that the dead run met")
    func foreign() throws {
        try Stage.with { stage in
            try ControlGroup.with(counting: stage.sandbox.path("lines")) { group in
                try group.freezeAsForeigner()
                let ledger = try ledgerOfDeadRun(stage, group.cgroup)
                #expect(FreezeRecovery.undo(ledgerPath: ledger).isEmpty)
                #expect(group.standsStill)
            }
        }
    }

    @Test("is done with a group that is gone, and leaves another one of its name alone")
    func gone() throws {
        try Stage.with { stage in
            try ControlGroup.withFolder("gone") { folder in
                let ledger = try ledgerOfDeadRun(stage, Cgroup(folder))
                #expect(rmdir(folder) == 0 && mkdir(folder, 0o755) == 0)
                try ControlGroup.freeze(folder)
                let steps = FreezeRecovery.undo(ledgerPath: ledger)
                #expect(steps.map(\.wasFrozen) == [false] && steps.map(\.problem) == [nil])
                #expect(try Cgroup(folder).isAskedToFreeze, "a unit that was started anew is not ours")
                #expect(!Files.exists(ledger))
            }
        }
    }

    @Test("while the run lives ends its whole freeze, also when the freezer is stopped", arguments: [false, true])
    func livingRun(_ isStopped: Bool) throws {
        try Stage.with { stage in
            try ControlGroup.with(counting: stage.sandbox.path("lines")) { group in
                let session = try stage.session([], group)
                _ = session.freeze()
                if isStopped { Standstill.begin(session.freezerPID) }
                let steps = FreezeRecovery.undo(ledgerPath: stage.ledgerPath)
                #expect(steps.map(\.problem) == [nil])
                #expect(group.counts(withinSeconds: 20))
                kill(session.freezerPID, SIGCONT)
                _ = session.thaw()
                #expect(session.cgroups.map(\.held) == [false] && session.endedEarly)
                session.close()
            }
        }
    }
}
