internal import Linux
internal import Messages
internal import Runs
internal import Vault

/// `remanso verify`: reads back and checks every byte of a recovery point, or of the whole vault.
enum VerifyCommand {
    static let spec = CommandSpec(name: .verify, argument: .id, run: run)

    private struct Document: Encodable {
        var ok = true
        var recoveryPoints: [String]
        var bytes: UInt64
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let vault = try Settings(invocation).vault()
        let point: RecoveryPoint? = if let id = invocation.argument { try vault.recoveryPoint(id) } else { nil }
        let progress = ProgressScreen(language: invocation.language)
        let read = Shared<UInt64>(0)
        let note: @Sendable (StoreProgress) -> Void = { step in
            read.withLock { $0 = max($0, step.bytesDone) }
            progress.stored(step)
        }
        if let point {
            try PointVerification.perform(point, in: vault, progress: note)
        } else {
            try vault.verify(nil, progress: note)
        }
        let bytes = read.withLock { $0 }
        progress.finish()
        if invocation.has(.json) {
            Terminal.print(json: JSONText.encode(Document(recoveryPoints: point.map { [$0.id] } ?? [], bytes: bytes)))
        } else {
            let phrase = Phrase.verified(
                recoveryPoint: point?.id ?? "*", bytes: Figures.bytes(bytes, in: invocation.language))
            Terminal.print(phrase.text(in: invocation.language))
        }
        return .success
    }
}
