internal import Configuration
internal import Glibc
internal import Linux
internal import Messages
internal import Runs
internal import Scripts
internal import Vault

/// `remanso init`: writes what is missing, with the right owner and mode, and touches nothing that is there.
enum InitCommand {
    static let spec = CommandSpec(name: .initialize, run: run)

    private struct Document: Encodable {
        var ok = true
        var written: [String]
        var kept: [String]
        var warnings: [Report.Entry]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let settings = try Settings(invocation, configurationMayBeMissing: true)
        let options = try settings.runOptions(.backup)
        let language = invocation.language
        var document = Document(written: [], kept: [], warnings: [])
        for file in files(settings, options, language) {
            if try write(file) { document.written.append(file.path) } else { document.kept.append(file.path) }
        }
        try PasswordFile.makeIfMissing(options.vault.passwordFile, &document.written, &document.kept)
        let notices = try Vault(options.vault).openOrCreate(makesVault: true, makesKey: false)
        document.warnings = notices.map { Report.Entry(Finding($0, severity: .warning), in: language) }
        show(document, settings.configPath, invocation)
        return .success
    }

    private struct File {
        var path: String
        var text: String
        var mode: mode_t
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

    private static func show(_ document: Document, _ configPath: String, _ invocation: Invocation) {
        let language = invocation.language
        if invocation.has(.json) { return Terminal.print(json: JSONText.encode(document)) }
        document.written.forEach { Terminal.print(Phrase.wrote(file: $0).text(in: language)) }
        document.kept.forEach { Terminal.print(Phrase.alreadyThere(file: $0).text(in: language)) }
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
