internal import Messages
internal import Runs
internal import Vault

/// `remanso restore`: files of a recovery point into a folder.
enum RestoreCommand {
    static let spec = CommandSpec(
        name: .restore, options: [.to, .path, .overwrite], argument: .id, argumentIsRequired: true, run: run)

    private struct Document: Encodable {
        var ok = true
        var recoveryPoint: String
        var target: String
        var files: UInt64
        var bytes: UInt64
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard let target = invocation.value(.to) else {
            throw invocation.usage(.missingOption(OptionName.to.rawValue))
        }
        let vault = try Settings(invocation).vault()
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let request = RestoreRequest(
            point: point, target: target, volumes: invocation.values(.volume), paths: invocation.values(.path),
            overwrite: invocation.has(.overwrite))
        let progress = ProgressScreen(language: invocation.language)
        let summary = try vault.restore(request) { progress.stored($0) }
        progress.finish()
        if invocation.has(.json) {
            let document = Document(
                recoveryPoint: point.id, target: target, files: summary.files, bytes: summary.bytes)
            Terminal.print(json: JSONText.encode(document))
        } else {
            let phrase = Phrase.restored(files: Int(summary.files), folder: target)
            Terminal.print(phrase.text(in: invocation.language))
        }
        return .success
    }
}
