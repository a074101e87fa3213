internal import Configuration
internal import Glibc
internal import Linux
internal import Messages
internal import Runs
internal import Scripts
internal import Vault

/// `remanso init`: writes what is missing, with the right owner and mode, and touches nothing that is there.
enum InitCommand {
    static let spec = CommandSpec(name: .initialize, options: [.fromAzure, .workloadConfig], run: run)

    private struct Document: Encodable {
        var ok = true
        var written: [String]
        var kept: [String]
        var warnings: [Report.Entry]
        /// What Azure's framework was told and has no equivalent; missing when nothing was to be taken over.
        var notTakenOver: [Gap]?
    }

    private struct Gap: Encodable {
        var key: String
        var message: String
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let settings = try Settings(invocation, configurationMayBeMissing: true)
        let options = try settings.runOptions(.backup)
        let language = invocation.language
        let takeover = try takeover(invocation, settings)
        var document = Document(written: [], kept: [], warnings: [])
        document.notTakenOver = takeover?.gaps.map { Gap(key: $0.key, message: $0.text(in: language)) }
        if let takeover {
            // Last: where the configuration is there, nothing is taken over any more.
            try makeVault(options, &document, language)
            try write(files(settings, takeover, language), &document)
        } else {
            try write(files(settings, options, language), &document)
            try makeVault(options, &document, language)
        }
        show(document, takeover?.gaps ?? [], settings.configPath, invocation)
        return .success
    }

    private static func write(_ files: [File], _ document: inout Document) throws(Failure) {
        for file in files {
            if try write(file) { document.written.append(file.path) } else { document.kept.append(file.path) }
        }
    }

    private static func makeVault(_ options: RunOptions, _ document: inout Document, _ language: Language)
        throws(Failure)
    {
        try PasswordFile.makeIfMissing(options.vault.passwordFile, &document.written, &document.kept)
        let notices = try Vault(options.vault).openOrCreate(makesVault: true, makesKey: false)
        document.warnings = notices.map { Report.Entry(Finding($0, severity: .warning), in: language) }
    }

    /// Reads what is to be taken over, before anything is written.
    /// - Throws: `.fileExists` when the configuration is there: its owner has decided already.
    private static func takeover(_ invocation: Invocation, _ settings: Settings) throws(Failure) -> Takeover? {
        guard invocation.has(.fromAzure) else {
            if invocation.has(.workloadConfig) {
                throw invocation.usage(.missingOption(OptionName.fromAzure.rawValue))
            }
            return nil
        }
        let path = settings.absolute(invocation.value(.workloadConfig)) ?? WorkloadFile.defaultPath
        let takeover = try Takeover(path, folder: settings.configFolder)
        if Files.exists(settings.configPath) { throw Failure(.fileExists(path: settings.configPath)) }
        return takeover
    }

    private struct File {
        var path: String
        var text: String
        var mode: mode_t
    }

    /// The configuration comes last, so that it never names credentials that could not be written. Scripts that are yet
    /// to be filled in would make every backup a lesser one.
    private static func files(_ settings: Settings, _ takeover: Takeover, _ language: Language) -> [File] {
        let credentials = takeover.credentials.map { [File(path: $0.path, text: $0.text, mode: 0o600)] } ?? []
        let text = Template.configuration(settings, language) + takeover.text(language)
        return credentials + [File(path: settings.configPath, text: text, mode: 0o600)]
    }

    private static func files(_ settings: Settings, _ options: RunOptions, _ language: Language) -> [File] {
        let folder = Files.parent(of: options.scriptConfig)
        let pre = folder + "/remanso-pre.sh", post = folder + "/remanso-post.sh"
        return [
            File(path: settings.configPath, text: Template.configuration(settings, language), mode: 0o600),
            File(path: options.scriptConfig, text: Template.scriptConfig(pre: pre, post: post), mode: 0o600),
            File(path: pre, text: Template.preScript(language), mode: 0o700),
            File(path: post, text: Template.postScript(language), mode: 0o700),
        ]
    }

    /// - Returns: `false` when something stands there already.
    private static func write(_ file: File) throws(Failure) -> Bool {
        if Files.exists(file.path) { return false }
        do {
            try Files.makeFolder(Files.parent(of: file.path), mode: 0o755)
            try Files.replace(file.path, with: file.text.utf8, mode: file.mode)
            try check("chmod", file.path) { chmod(file.path, file.mode) }
            return true
        } catch {
            throw Failure(.cannotWrite(path: file.path, reason: error.reason))
        }
    }

    private static func show(
        _ document: Document, _ gaps: [WorkloadGap], _ configPath: String, _ invocation: Invocation
    ) {
        let language = invocation.language
        if invocation.has(.json) { return Terminal.print(json: JSONText.encode(document)) }
        document.written.forEach { Terminal.print(Phrase.wrote(file: $0).text(in: language)) }
        document.kept.forEach { Terminal.print(Phrase.alreadyThere(file: $0).text(in: language)) }
        gaps.forEach { Terminal.print(Phrase.notTakenOver($0).text(in: language)) }
        document.warnings.forEach { Terminal.print(FindingText.text($0, in: language)) }
        Terminal.print(Phrase.afterInit(file: configPath).text(in: language))
    }
}

extension PasswordFile {
    fileprivate static func makeIfMissing(_ path: String, _ written: inout [String], _ kept: inout [String])
        throws(Failure)
    {
        if Files.exists(path) {
            kept.append(path)
        } else {
            try make(path)
            written.append(path)
        }
    }
}
