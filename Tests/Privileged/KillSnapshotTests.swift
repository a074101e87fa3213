import Fixtures
import Glibc
import Linux
import Testing

/// What gets stuck here waits for the volume that holds the image of `inner`. Somebody else freezes that one when `inner`
/// is frozen already: to make the time for it, the FIFREEZE of `apart` waits for another foreign freeze meanwhile.
@Suite("Whoever is killed while a volume is frozen, nothing stays frozen", .serialized)
struct KillSnapshotTests {
    @Test("while the clone of an image is stuck", arguments: KillCase.deadly)
    func snapshot(_ cell: KillCase) throws {
        try KillStage.withTwoNests { stage, holder in
            stage.words = ["backup", "--json"]
            let (run, freezer) = try startFrozen(stage, holder)
            #expect(Wait.until { stage.isStuck(run.pid, in: KillStage.clone) })
            #expect(stage.state(stage.apart) == .frozen && stage.state(stage.inner) == .frozen)
            stage.strike(cell, run, freezer)
            try expectThaw(cell, stage, run, freezer)
        }
    }

    @Test("while the FITHAW of one volume is stuck", arguments: KillCase.deadly)
    func thawing(_ cell: KillCase) throws {
        try KillStage.withTwoNests { stage, holder in
            let (run, freezer) = try startFrozen(stage, holder)
            #expect(Wait.until { stage.isStuck(freezer, in: KillStage.thaw) })
            #expect(Wait.until { stage.state(stage.inner) == .thawing })
            stage.strike(cell, run, freezer)
            try expectThaw(cell, stage, run, freezer)
        }
    }

    /// Starts a run and returns when both volumes are frozen, or are just about to be, and the outer one as well.
    private func startFrozen(_ stage: KillStage, _ holder: Volume) throws -> (RunningRemanso, pid_t) {
        let (run, freezer) = try stage.start()
        try holder.freezeAsForeigner()
        try stage.open("pre")
        #expect(
            Wait.until { stage.state(stage.inner) == .frozen && stage.state(stage.apart) == .issuing })
        try stage.outer.freezeAsForeigner()
        #expect(holder.thaw(), "the foreign freeze still stood")
        return (run, freezer)
    }

    private func expectThaw(_ cell: KillCase, _ stage: KillStage, _ run: RunningRemanso, _ freezer: pid_t) throws {
        try stage.open("post")
        let byHand = try cell.leavesNobody ? RunningRemanso(["thaw"], in: stage.sandbox) : nil
        #expect(stage.apart.acceptsWrites(withinSeconds: KillStage.latest))
        #expect(stage.outer.thaw(), "the foreign freeze still stood")
        #expect(stage.inner.acceptsWrites(withinSeconds: KillStage.latest))
        _ = try byHand?.end(withinSeconds: 60)
        if cell.leavesNobody { #expect(try RemansoCommand()("thaw").status == 0) }
        try stage.settle(cell, run, freezer: freezer)
    }
}
