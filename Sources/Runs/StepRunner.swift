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
    /// Whether the time line shows it: what happens after the report was written cannot stand in it.
    var isListed = true
    /// Whether the time line shows it when it is not needed.
    var isListedWhenSkipped = true
}

/// What takes a step back. It is carried out once, in its turn or when a later step has failed.
struct Undo {
    let phase: PhaseName
    var isNeeded: () -> Bool = { true }
    let perform: () throws(Failure) -> Void
    var isListedWhenSkipped = true
}

/// One move of a run: forward, or taking back the last step that is still open.
enum Move {
    case perform(Step)
    /// Carries out the newest undo that is still owed.
    case settle
    /// Walks the moves again and again for as long as they are needed.
    case `repeat`(while: () -> Bool, [Move])
}

/// Walks the moves, times each phase, and unwinds when one fails.
final class StepRunner {
    private(set) var timeline: [Report.TimelineEntry] = []
    /// The phase of the first failure.
    private(set) var failedPhase: PhaseName?
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
        var failure = advance(moves)
        while !owed.isEmpty {
            let unwound = settle()
            failure = failure ?? unwound
        }
        return failure
    }

    private func advance(_ moves: [Move]) -> Failure? {
        var failure: Failure?
        for move in moves where failure == nil {
            switch move {
            case .perform(let step): failure = isStopped() ?? advance(step)
            case .settle: failure = settle()
            case .repeat(let isNeeded, let moves):
                while failure == nil, isNeeded() { failure = advance(moves) }
            }
        }
        return failure
    }

    private func advance(_ step: Step) -> Failure? {
        if let undo = step.undo { owed.append(undo) }
        if !step.isListedWhenSkipped, !step.isNeeded() { return nil }
        return measure(step.phase, isNeeded: step.isNeeded, isListed: step.isListed, step.perform)
    }

    private func settle() -> Failure? {
        guard let undo = owed.popLast(), undo.isListedWhenSkipped || undo.isNeeded() else { return nil }
        return measure(undo.phase, isNeeded: undo.isNeeded, undo.perform)
    }

    private func measure(
        _ phase: PhaseName, isNeeded: () -> Bool, isListed: Bool = true, _ body: () throws(Failure) -> Void
    ) -> Failure? {
        let start = Instant.now
        func list(_ outcome: StepOutcomeName) {
            guard isListed else { return }
            let startMs = rounded(start.milliseconds(since: origin))
            let durationMs = outcome == .skipped ? 0 : rounded(Instant.now.milliseconds(since: start))
            timeline.append(.init(phase: phase, startMs: startMs, durationMs: durationMs, outcome: outcome))
        }
        guard isNeeded() else {
            list(.skipped)
            return nil
        }
        onPhase(phase)
        do throws(Failure) {
            try body()
        } catch {
            failedPhase = failedPhase ?? phase
            list(.failed)
            return error
        }
        list(.ok)
        return nil
    }
}

/// Milliseconds to the microsecond.
func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1000).rounded() / 1000 }
