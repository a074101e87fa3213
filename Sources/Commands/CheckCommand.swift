internal import Messages
internal import Runs

/// `remanso check`: the preflight alone.
enum CheckCommand {
    static let spec = CommandSpec(name: .check, run: run)

    private struct Document: Encodable {
        var ok: Bool
        var findings: [Report.Entry]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let options = try Settings(invocation).runOptions(.backup)
        let findings = Preflight.findings(options)
        let errors = findings.filter { $0.severity == .error }.count
        let language = invocation.language
        if invocation.has(.json) {
            let entries = findings.map { Report.Entry($0, in: language) }
            Terminal.print(json: JSONText.encode(Document(ok: errors == 0, findings: entries)))
        } else {
            findings.forEach { Terminal.print(FindingText.text($0, in: language)) }
            let phrase: Phrase =
                findings.isEmpty ? .noProblemsFound : .found(errors: errors, warnings: findings.count - errors)
            Terminal.print(phrase.text(in: language))
        }
        return errors == 0 ? .success : .failure
    }
}
