import Fixtures
import Testing

@Suite("Whoever of a run is killed, the application writes again within its deadline", .serialized)
struct RunKillTests {
    @Test(arguments: LivingDatabase.Kind.allCases, RunMoment.allCases)
    func killed(_ kind: LivingDatabase.Kind, _ moment: RunMoment) throws {
        try RunStage.with(kind) { stage in
            for victim in moment.victims {
                let run = try stage.start(until: moment)
                stage.strike(victim, run)
                // The post-script that is owed must not wait.
                if moment == .frozen { try stage.open("post") }
                let byHand = try moment == .frozen && victim.leavesNobody ? stage.thawByHand() : nil
                if moment == .frozen { stage.thawOuter() }
                let isFree = stage.database.acceptsWrites(withinSeconds: Double(RunStage.deadline) + 20)
                #expect(isFree, "\(kind.rawValue), \(moment.rawValue), \(victim.rawValue)")
                _ = try byHand?.end(withinSeconds: 60)
                let wrong = try stage.settle(run)
                #expect(wrong.isEmpty, "\(kind.rawValue), \(moment.rawValue), \(victim.rawValue): \(wrong)")
            }
        }
    }
}
