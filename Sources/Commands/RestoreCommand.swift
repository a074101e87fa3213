internal import Messages
internal import Runs
internal import Vault

/// `remanso restore`: files of a recovery point into a folder, or a volume's image to a file or device.
enum RestoreCommand {
    static let spec = CommandSpec(
        name: .restore, options: [.to, .toImage, .toDevice, .path, .overwrite, .changedOnly], argument: .id,
        argumentIsRequired: true, run: run)

    private struct Document: Encodable {
        var ok = true
        var recoveryPoint: String
        var target: String
        var files: UInt64
        var bytes: UInt64
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let targets: [OptionName] = [.to, .toImage, .toDevice].filter(invocation.has)
        if targets.count > 1 {
            throw invocation.usage(.conflicting(targets[0].rawValue, targets[1].rawValue))
        }
        switch targets.first {
        case .toImage: return try restoreImage(invocation, .file(invocation.value(.toImage) ?? ""))
        case .toDevice: return try restoreImage(invocation, .device(invocation.value(.toDevice) ?? ""))
        default: return try restoreFiles(invocation)
        }
    }

    private struct ImageDocument: Encodable {
        var ok = true
        var recoveryPoint: String
        var target: String
        var bytes: UInt64
        var bytesWritten: UInt64
    }

    private static func restoreImage(_ invocation: Invocation, _ target: ImageRestore.Target) throws(Failure)
        -> ExitStatus
    {
        if invocation.has(.path) {
            throw invocation.usage(.conflicting(OptionName.path.rawValue, OptionName.toImage.rawValue))
        }
        let volumes = invocation.values(.volume)
        if volumes.count > 1 { throw invocation.usage(.unexpectedArgument(volumes[1])) }
        let vault = try Settings(invocation).vault()
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let restore = try ImageRestore(
            point, volume: volumes.first, to: target, overwrite: invocation.has(.overwrite),
            onlyChanged: invocation.has(.changedOnly))
        let progress = ProgressScreen(language: invocation.language)
        let (size, written) = try restore.perform(from: vault.location) { progress.stored($0) }
        progress.finish()
        let path = invocation.value(.toImage) ?? invocation.value(.toDevice) ?? ""
        if invocation.has(.json) {
            let document = ImageDocument(recoveryPoint: point.id, target: path, bytes: size, bytesWritten: written)
            Terminal.print(json: JSONText.encode(document))
        } else {
            let phrase = Phrase.imageRestored(
                size: Figures.bytes(size, in: invocation.language),
                written: Figures.bytes(written, in: invocation.language), target: path)
            Terminal.print(phrase.text(in: invocation.language))
        }
        return .success
    }

    private static func restoreFiles(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard let target = invocation.value(.to) else {
            throw invocation.usage(.missingOption(OptionName.to.rawValue))
        }
        if invocation.has(.changedOnly) {
            throw invocation.usage(.conflicting(OptionName.to.rawValue, OptionName.changedOnly.rawValue))
        }
        let vault = try Settings(invocation).vault()
        let point = try vault.recoveryPoint(invocation.argument ?? "latest")
        let request = RestoreRequest(
            point: point, target: target, volumes: invocation.values(.volume), paths: invocation.values(.path),
            overwrite: invocation.has(.overwrite))
        let progress = ProgressScreen(language: invocation.language)
        let summary = try PointRestore.perform(request, from: vault) { progress.stored($0) }
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
