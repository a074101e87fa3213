internal import Messages
internal import Runs
internal import Vault

/// `remanso prune`: applies the retention.
enum PruneCommand {
    static let spec = CommandSpec(name: .prune, options: [.dryRun], run: run)

    private struct Document: Encodable {
        var ok = true
        var kept: [String]
        var removed: [String]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let settings = try Settings(invocation)
        let vault = settings.vault()
        let (kept, removed) = settings.retention.split(try vault.recoveryPoints())
        if !invocation.has(.dryRun), !removed.isEmpty { try vault.forget(removed) }
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(Document(kept: kept.map(\.id), removed: removed.map(\.id))))
        } else {
            let language = invocation.language
            removed.forEach { Terminal.print(Phrase.removed(recoveryPoint: $0.id).text(in: language)) }
            Terminal.print(Phrase.pruned(kept: kept.count, removed: removed.count).text(in: language))
            if invocation.has(.dryRun) { Terminal.print(Phrase.nothingWasDone.text(in: language)) }
        }
        return .success
    }
}
