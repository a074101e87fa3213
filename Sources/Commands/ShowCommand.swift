internal import Drills
internal import Messages
internal import Runs
internal import Vault

/// `remanso show`: one recovery point whole, with its time line and the scripts' output.
enum ShowCommand {
    static let spec = CommandSpec(name: .show, options: [.html], argument: .id, argumentIsRequired: true, run: run)

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let vault = try Settings(invocation).vault()
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let bytes = try vault.report(of: point)
        guard let report = Report(json: bytes) else {
            throw Failure(.recoveryPointDamaged(id: point.id, detail: "report.json"))
        }
        let evidence = try evidence(of: point, in: vault)
        let language = invocation.language
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(Document(report: report, drill: evidence)))
        } else {
            Terminal.print("\(Phrase.label(.recoveryPoint).text(in: language)) \(point.id)")
            Terminal.print("\(Phrase.label(.host).text(in: language)) \(report.host), \(report.startedAt)\n")
            ReportScreen.show(report, in: language, isVerbose: true)
            showDrill(evidence, point, language)
        }
        if let path = invocation.value(.html) {
            let isRefuted = DrillScreen.isRefuted(point)
            let drill = evidence.map { HTMLDrill(evidence: $0, isRefuted: isRefuted, words: .init(language: language)) }
            try HTMLReport.write(report, drill, to: path, in: language)
        }
        return .success
    }

    /// The report with one key more.
    private struct Document: Encodable {
        let report: Report
        let drill: DrillEvidence?

        private enum Key: String, CodingKey { case drill }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(drill, forKey: .drill)
        }
    }

    /// The newest drill's; `nil` without one.
    private static func evidence(of point: RecoveryPoint, in vault: Vault) throws(Failure) -> DrillEvidence? {
        guard let drill = point.drill else { return nil }
        guard let evidence = DrillEvidence(json: try vault.evidence(drill, of: point)) else {
            throw Failure(.recoveryPointDamaged(id: point.id, detail: "evidence.json"))
        }
        return evidence
    }

    private static func showDrill(_ evidence: DrillEvidence?, _ point: RecoveryPoint, _ language: Language) {
        Terminal.print("\n\(Phrase.label(.drill).text(in: language)): \(DrillScreen.cell(point, in: language))")
        guard let evidence else { return }
        DrillScreen.lines(evidence, in: language).forEach(Terminal.print)
        if DrillScreen.isRefuted(point) { Terminal.print(Terminal.red(Phrase.claimNotKept.text(in: language))) }
    }
}
