import Fixtures
import Glibc
import Linux
import Testing

@Suite("Whoever is killed, no application stays frozen", .serialized)
struct CgroupKillTests {
    private func withGroup(_ body: (KillStage, ControlGroup) throws -> Void) throws {
        try KillStage.with { stage in
            try ControlGroup.with(counting: stage.apart.path("lines")) { group in
                defer { stage.outer.thaw() }
                try stage.sandbox.write(
                    "remanso.yaml",
                    """
                    freeze: {deadline: \(Int(KillStage.deadline))s}
                    applications:
                      - {type: cgroup, unit: \(group.unit)}

                    """)
                try body(stage, group)
                #expect(!group.cgroup.isAskedToFreeze && group.counts())
            }
        }
    }

    private func state(_ group: ControlGroup) -> LedgerView.State? {
        LedgerView(KillStage.ledger)?.states[group.cgroup.path]
    }

    @Test("before the freeze", arguments: KillCase.all)
    func before(_ cell: KillCase) throws {
        try withGroup { stage, group in
            let (run, freezer) = try stage.start()
            #expect(state(group) == .planned && group.counts())
            stage.strike(cell, run, freezer)
            try stage.open("pre")
            #expect(group.counts(withinSeconds: KillStage.latest))
            try stage.settle(cell, run, freezer: freezer)
        }
    }

    @Test("while the application and a volume are frozen, and another one is about to be", arguments: KillCase.all)
    func frozen(_ cell: KillCase) throws {
        try withGroup { stage, group in
            let (run, freezer) = try stage.start()
            try stage.outer.freezeAsForeigner()
            try stage.open("pre")
            #expect(Wait.until { state(group) == .frozen && stage.state(stage.apart) == .frozen })
            #expect(group.cgroup.isFrozen)
            stage.strike(cell, run, freezer)
            try stage.open("post")
            let byHand = try cell.leavesNobody ? RunningRemanso(["thaw"], in: stage.sandbox) : nil
            #expect(group.counts(withinSeconds: KillStage.latest))
            #expect(stage.outer.thaw(), "the foreign freeze still stood")
            _ = try byHand?.end(withinSeconds: 60)
            if cell.leavesNobody { #expect(try RemansoCommand()("thaw").status == 0) }
            try stage.settle(cell, run, freezer: freezer)
        }
    }

    @Test("while the application comes to rest", arguments: KillCase.all)
    func freezing(_ cell: KillCase) throws {
        try withGroup { stage, group in
            try ControlGroup.with("stuck", counting: stage.outer.path("lines")) { stuck in
                defer { stage.outer.thaw() }
                try stage.sandbox.write(
                    "remanso.yaml",
                    """
                    freeze: {deadline: \(Int(KillStage.deadline))s}
                    applications:
                      - {type: cgroup, name: counter, unit: \(group.unit)}
                      - {type: cgroup, name: stuck, unit: \(stuck.unit)}

                    """)
                let (run, freezer) = try stage.start()
                try stage.outer.freezeAsForeigner()
                try stage.open("pre")
                #expect(Wait.until { state(group) == .frozen && state(stuck) == .issuing })
                stage.strike(cell, run, freezer)
                try stage.open("post")
                let byHand = try cell.leavesNobody ? RunningRemanso(["thaw"], in: stage.sandbox) : nil
                #expect(group.counts(withinSeconds: KillStage.latest))
                #expect(Wait.until(seconds: KillStage.latest) { !stuck.cgroup.isAskedToFreeze })
                #expect(stage.outer.thaw(), "the foreign freeze still stood")
                _ = try byHand?.end(withinSeconds: 60)
                if cell.leavesNobody { #expect(try RemansoCommand()("thaw").status == 0) }
                #expect(stuck.counts())
                try stage.settle(cell, run, freezer: freezer)
            }
        }
    }

    @Test("after the thaw", arguments: KillCase.parentOnly)
    func after(_ cell: KillCase) throws {
        try withGroup { stage, group in
            let (run, freezer) = try stage.start()
            try stage.open("pre")
            #expect(stage.reached("post"))
            stage.wasInPostScript = true
            stage.strike(cell, run, freezer)
            #expect(group.counts(withinSeconds: KillStage.latest))
            try stage.settle(cell, run, freezer: freezer)
        }
    }
}
