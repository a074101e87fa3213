internal import Applications
internal import Drills
internal import Glibc
internal import Messages
internal import Runs
internal import Vault

/// `remanso drill`: proves that the applications of a recovery point start from it.
enum DrillCommand {
    static let spec = CommandSpec(
        name: .drill, options: [.scratch, .allUnproven], hiddenOptions: [.insideRoom], argument: .id, run: run)

    private struct Document: Encodable {
        var ok: Bool
        var drills: [DrillEvidence]
        var errors: [Report.Entry]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        if invocation.has(.insideRoom) {
            // The room's own process; its parent has proved everything before.
            return ExitStatus(rawValue: RoomWorker.serve()) ?? .usage
        }
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        if invocation.has(.allUnproven), invocation.argument != nil {
            throw invocation.usage(.conflicting(OptionName.allUnproven.rawValue, OptionName.id.rawValue))
        }
        let settings = try Settings(invocation)
        let vault = settings.vault()
        var options = DrillOptions(workerArguments: [CommandName.drill.rawValue, OptionName.insideRoom.rawValue])
        options.scratch = settings.absolute(invocation.value(.scratch)) ?? options.scratch
        options.stateFolder = try StateFolder(RunOptions.defaultStateFolder).path
        options.language = invocation.language
        if invocation.has(.allUnproven) { return try drillAll(vault, options, invocation) }
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let evidence = try drill(point, vault, options, invocation)
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(evidence))
        } else {
            Terminal.print(DrillScreen.lines(evidence, in: invocation.language).joined(separator: "\n"))
        }
        return status(of: evidence)
    }

    private static func drill(
        _ point: RecoveryPoint, _ vault: Vault, _ options: DrillOptions, _ invocation: Invocation
    ) throws(Failure) -> DrillEvidence {
        let language = invocation.language
        let drill = Drill(point, in: vault, options) { step in
            Terminal.note(Phrase.drillStep(step).text(in: language))
        }
        return try drill.run()
    }

    private static func status(of evidence: DrillEvidence) -> ExitStatus {
        switch evidence.outcome {
        case .proven: .success
        case .checked: .degraded
        case .failed, .impossible: .failure
        }
    }

    /// One that cannot be drilled does not keep the others from it.
    private static func drillAll(_ vault: Vault, _ options: DrillOptions, _ invocation: Invocation) throws(Failure)
        -> ExitStatus
    {
        let points = try vault.recoveryPoints().filter { $0.drill == nil && $0.host == MachineIdentity.hostName }
        var document = Document(ok: true, drills: [], errors: [])
        for point in points {
            do throws(Failure) {
                let evidence = try drill(point, vault, options, invocation)
                document.drills.append(evidence)
                if !invocation.has(.json) {
                    Terminal.print(DrillScreen.lines(evidence, in: invocation.language).joined(separator: "\n") + "\n")
                }
            } catch {
                if case .interrupted = error.problem { throw error }
                document.errors.append(Report.Entry(Finding(error.problem), in: invocation.language))
                Terminal.note(FindingText.text(Finding(error.problem), in: invocation.language))
            }
        }
        let isGood = { (one: DrillEvidence) in one.outcome == .proven || one.outcome == .checked }
        document.ok = document.errors.isEmpty && document.drills.allSatisfy(isGood)
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(document))
        } else if points.isEmpty {
            Terminal.print(Phrase.nothingToDrill.text(in: invocation.language))
        }
        return document.ok ? .success : .failure
    }
}
