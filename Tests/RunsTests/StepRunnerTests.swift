import Linux
import Messages
import Testing

@testable import Runs

@Suite("The walk over a run's steps")
struct StepRunnerTests {
    private final class Log {
        var lines: [String] = []
        var isStopped = false
    }

    private let failure = Failure(.freezerDied)

    private func step(
        _ phase: PhaseName, _ log: Log, undo: PhaseName? = nil, fails: Bool = false, undoFails: Bool = false,
        isNeeded: Bool = true
    ) -> Move {
        let reason = failure
        func body(_ name: PhaseName, _ fails: Bool) -> () throws(Failure) -> Void {
            { () throws(Failure) in
                log.lines.append(name.rawValue)
                if fails { throw reason }
            }
        }
        let taken = undo.map { Undo(phase: $0, perform: body($0, undoFails)) }
        return .perform(Step(phase: phase, isNeeded: { isNeeded }, perform: body(phase, fails), undo: taken))
    }

    private func walk(_ log: Log, _ moves: [Move]) -> (failure: Failure?, timeline: [Report.TimelineEntry]) {
        let reason = failure
        let runner = StepRunner(origin: .now, isStopped: { log.isStopped ? reason : nil }, onPhase: { _ in })
        let failure = runner.walk(moves)
        return (failure, runner.timeline)
    }

    @Test("undoes what is still owed at the end, newest first, and each thing once")
    func order() {
        let log = Log()
        let result = walk(
            log,
            [
                step(.prepare, log, undo: .release), step(.preScript, log, undo: .postScript),
                step(.freeze, log, undo: .thaw), .settle, step(.store, log), .settle,
            ])
        #expect(result.failure == nil)
        #expect(log.lines == ["prepare", "pre-script", "freeze", "thaw", "store", "post-script", "release"])
        #expect(result.timeline.map(\.phase.rawValue) == log.lines)
        #expect(result.timeline.allSatisfy { $0.outcome == .ok })
    }

    @Test("undoes a step that failed half-way, and takes no further one")
    func failingStep() {
        let log = Log()
        let result = walk(
            log,
            [
                step(.preScript, log, undo: .postScript), step(.freeze, log, undo: .thaw, fails: true),
                step(.snapshot, log), .settle, step(.store, log),
            ])
        #expect(result.failure == failure)
        #expect(log.lines == ["pre-script", "freeze", "thaw", "post-script"])
        #expect(result.timeline.map(\.outcome) == [.ok, .failed, .ok, .ok])
    }

    @Test("goes round as long as needed, each round with its own undo, and stops at a failure")
    func rounds() {
        let log = Log()
        let needed = { log.lines.filter { $0 == "freeze" }.count < 3 }
        let result = walk(
            log,
            [
                step(.preScript, log, undo: .postScript),
                .repeat(while: needed, [step(.freeze, log, undo: .thaw), .settle]), step(.store, log),
            ])
        #expect(result.failure == nil)
        #expect(
            log.lines == [
                "pre-script", "freeze", "thaw", "freeze", "thaw", "freeze", "thaw", "store", "post-script",
            ])

        let other = Log()
        let failed = walk(other, [.repeat(while: { true }, [step(.freeze, other, undo: .thaw, fails: true)])])
        #expect(failed.failure == failure)
        #expect(other.lines == ["freeze", "thaw"])
    }

    @Test("an undo that fails ends the run and does not keep the others from being done")
    func failingUndo() {
        let log = Log()
        let result = walk(
            log,
            [
                step(.preScript, log, undo: .postScript), step(.freeze, log, undo: .thaw, undoFails: true), .settle,
                step(.store, log),
            ])
        #expect(result.failure == failure)
        #expect(log.lines == ["pre-script", "freeze", "thaw", "post-script"])
    }

    @Test("the first failure is the one that is told")
    func firstFailure() {
        let log = Log()
        let other = Failure(.notRoot)
        let moves: [Move] = [
            step(.freeze, log, undo: .thaw, undoFails: true),
            .perform(Step(phase: .snapshot, perform: { () throws(Failure) in throw other })),
        ]
        #expect(walk(log, moves).failure == other)
    }

    @Test("a request to stop lets no further step start, and everything is undone")
    func stopped() {
        let log = Log()
        let stop = Move.perform(Step(phase: .freeze, perform: { log.isStopped = true }))
        let result = walk(log, [step(.preScript, log, undo: .postScript), stop, step(.store, log)])
        #expect(result.failure == failure)
        #expect(log.lines == ["pre-script", "post-script"])
        let notEvenStarted = Log()
        notEvenStarted.isStopped = true
        #expect(walk(notEvenStarted, [step(.preScript, notEvenStarted, undo: .postScript)]).failure == failure)
        #expect(notEvenStarted.lines.isEmpty)
    }

    @Test("a step that is not needed stands on the time line as skipped")
    func skipped() {
        let log = Log()
        let result = walk(log, [step(.preScript, log, isNeeded: false), step(.store, log)])
        #expect(result.timeline.map(\.outcome) == [.skipped, .ok])
        #expect(log.lines == ["store"])
    }

    @Test("the time line starts at the run's start and never goes back")
    func times() {
        let log = Log()
        let timeline = walk(log, [step(.prepare, log, undo: .release), step(.store, log)]).timeline
        var last = 0.0
        for entry in timeline {
            #expect(entry.startMs >= last && entry.durationMs >= 0)
            last = entry.startMs + entry.durationMs - 0.001
        }
    }
}
