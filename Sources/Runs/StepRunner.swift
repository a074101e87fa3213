internal import Linux
internal import Messages

/// A step of a run, and what undoes it. What must happen (post-script after pre-script, thaw after freeze, release after
/// snapshot) follows from one rule: every undo whose step was started is carried out, in the reverse order.
struct Step {
    let phase: PhaseName
    /// Whether there is anything to do; asked just before.
    var isNeeded: () -> Bool = { true }
    let perform: () throws(Failure) -> Void
    var undo: Undo?
}

/// What takes a step back. It is carried out once, in its turn or when a later step has failed.
struct Undo {
    let phase: PhaseName
    var isNeeded: () -> Bool = { true }
    let perform: () throws(Failure) -> Void
}

/// One move of a run: forward, or taking back the last step that is still open.
enum Move {
    case perform(Step)
    /// Carries out the newest undo that is still owed.
    case settle
}

/// Walks the moves, times each phase, and unwinds when one fails.
final class StepRunner {
    private(set) var timeline: [Report.TimelineEntry] = []
    private var owed: [Undo] = []
    private let origin: Instant
    private let isStopped: () -> Failure?
    private let onPhase: (PhaseName) -> Void

    /// - Parameters:
    ///   - origin: the instant that the time line counts from.
    ///   - isStopped: a reason to stop before the next step forward.
    ///   - onPhase: told each phase before it starts.
    init(origin: Instant, isStopped: @escaping () -> Failure?, onPhase: @escaping (PhaseName) -> Void) {
        self.origin = origin
        self.isStopped = isStopped
        self.onPhase = onPhase
    }

    /// - Returns: the first failure; `nil` when every move succeeded. Nothing is owed any more.
    func walk(_ moves: [Move]) -> Failure? {
        var failure: Failure?
        for move in moves where failure == nil {
            switch move {
            case .perform(let step): failure = isStopped() ?? advance(step)
            case .settle: failure = settle()
            }
        }
        while !owed.isEmpty {
            let unwound = settle()
            failure = failure ?? unwound
        }
        return failure
    }

    private func advance(_ step: Step) -> Failure? {
        if let undo = step.undo { owed.append(undo) }
        return measure(step.phase, isNeeded: step.isNeeded, step.perform)
    }

    private func settle() -> Failure? {
        guard let undo = owed.popLast() else { return nil }
        return measure(undo.phase, isNeeded: undo.isNeeded, undo.perform)
    }

    private func measure(_ phase: PhaseName, isNeeded: () -> Bool, _ body: () throws(Failure) -> Void) -> Failure? {
        let start = Instant.now
        let startMs = rounded(start.milliseconds(since: origin))
        guard isNeeded() else {
            timeline.append(.init(phase: phase, startMs: startMs, durationMs: 0, outcome: .skipped))
            return nil
        }
        onPhase(phase)
        var failure: Failure?
        do throws(Failure) {
            try body()
        } catch {
            failure = error
        }
        let duration = rounded(Instant.now.milliseconds(since: start))
        timeline.append(
            .init(phase: phase, startMs: startMs, durationMs: duration, outcome: failure == nil ? .ok : .failed))
        return failure
    }

    /// A phase that reported errors without ending the run counts as failed on the time line.
    func markFailed(_ phase: PhaseName) {
        if let index = timeline.lastIndex(where: { $0.phase == phase }) { timeline[index].outcome = .failed }
    }
}

/// Milliseconds to the microsecond.
func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1000).rounded() / 1000 }
