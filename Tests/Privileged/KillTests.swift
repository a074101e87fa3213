import Fixtures
import Glibc
import Linux
import Testing

@Suite("Whoever is killed, nothing stays frozen", .serialized)
struct KillTests {
    @Test("while the pre-script runs and nothing is frozen yet", arguments: KillCase.all)
    func preScript(_ cell: KillCase) throws {
        try KillStage.with { stage in
            let (run, freezer) = try stage.start()
            #expect(stage.state(stage.apart) == .planned)
            stage.strike(cell, run, freezer)
            try stage.open("pre")
            #expect(stage.apart.acceptsWrites(withinSeconds: KillStage.latest))
            #expect(stage.inner.acceptsWrites(withinSeconds: KillStage.latest))
            try stage.settle(cell, run, freezer: freezer)
        }
    }

    @Test("while one volume is frozen and the FIFREEZE of another is stuck", arguments: KillCase.all)
    func freezing(_ cell: KillCase) throws {
        try KillStage.with { stage in
            let (run, freezer) = try stage.start()
            try stage.outer.freezeAsForeigner()
            try stage.open("pre")
            #expect(
                Wait.until {
                    stage.state(stage.apart) == .frozen && stage.state(stage.inner) == .issuing
                })
            stage.strike(cell, run, freezer)
            // By hand everything is undone but what is stuck; the kernel lets go of that only with the outer volume.
            try stage.open("post")
            let byHand = try cell.leavesNobody ? RunningRemanso(["thaw"], in: stage.sandbox) : nil
            #expect(stage.apart.acceptsWrites(withinSeconds: KillStage.latest))
            #expect(stage.outer.thaw(), "the foreign freeze still stood")
            _ = try byHand?.end(withinSeconds: 60)
            if cell.leavesNobody { #expect(try RemansoCommand()("thaw").status == 0) }
            #expect(stage.inner.acceptsWrites(withinSeconds: KillStage.latest))
            try stage.settle(cell, run, freezer: freezer)
        }
    }

    @Test("while the post-script runs", arguments: KillCase.parentOnly)
    func postScript(_ cell: KillCase) throws {
        try KillStage.with { stage in
            let (run, freezer) = try stage.start()
            try stage.open("pre")
            #expect(stage.reached("post"))
            stage.wasInPostScript = true
            stage.strike(cell, run, freezer)
            for volume in [stage.apart, stage.inner] {
                #expect(volume.acceptsWrites(withinSeconds: KillStage.latest))
            }
            try stage.settle(cell, run, freezer: freezer)
        }
    }
}
