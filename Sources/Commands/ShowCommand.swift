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
        if invocation.has(.json) {
            Terminal.print(json: report.json())
        } else {
            let language = invocation.language
            Terminal.print("\(Phrase.label(.recoveryPoint).text(in: language)) \(point.id)")
            Terminal.print("\(Phrase.label(.host).text(in: language)) \(report.host), \(report.startedAt)\n")
            ReportScreen.show(report, in: language, isVerbose: true)
        }
        if let path = invocation.value(.html) { try HTMLReport.write(report, to: path, in: invocation.language) }
        return .success
    }
}
