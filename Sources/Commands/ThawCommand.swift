internal import Drills
internal import Freezing
internal import Glibc
internal import Messages
internal import Runs

/// `remanso thaw`: the third line. Undoes every freeze that the journal still names, and finishes a run that died.
enum ThawCommand {
    static let spec = CommandSpec(name: .thaw, run: run)

    private struct Document: Encodable {
        var ok: Bool
        var thawed: [String]
        var recoveryPoint: String?
        var errors: [Report.Entry]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let state = try StateFolder(RunOptions.defaultStateFolder)
        // First what nobody can wait for; the lock may be held by a run that hangs.
        var result = CrashRecovery.Result()
        result.thawed = CrashRecovery.thaw(state)
        result.problems = result.thawed.compactMap(\.problem)
        if !state.isLocked {
            let lock = try state.lock()
            let finished = CrashRecovery.finish(state)
            withExtendedLifetime(lock) {}
            result.recoveryPoint = finished.recoveryPoint
            result.problems += finished.problems
        }
        for folder in DrillRecovery.tidyUp(stateFolder: state.path) where !invocation.has(.json) {
            Terminal.print(Phrase.drillUndone(folder: folder).text(in: invocation.language))
        }
        show(result, invocation)
        return result.problems.isEmpty ? .success : .failure
    }

    private static func show(_ result: CrashRecovery.Result, _ invocation: Invocation) {
        let language = invocation.language
        let thawed = result.thawed.filter { $0.problem == nil && $0.wasFrozen }.map(\.volume)
        if invocation.has(.json) {
            let errors = result.problems.map { Report.Entry(Finding($0), in: language) }
            let document = Document(
                ok: errors.isEmpty, thawed: thawed, recoveryPoint: result.recoveryPoint, errors: errors)
            Terminal.print(json: JSONText.encode(document))
            return
        }
        thawed.forEach { Terminal.print(Phrase.thawed(volume: $0).text(in: language)) }
        if let id = result.recoveryPoint { Terminal.print(Phrase.runUndone(recoveryPoint: id).text(in: language)) }
        if thawed.isEmpty, result.problems.isEmpty { Terminal.print(Phrase.nothingFrozen.text(in: language)) }
        result.problems.forEach { Terminal.print(FindingText.text(Finding($0), in: language)) }
    }
}
