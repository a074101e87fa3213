internal import Applications
internal import Glibc
internal import Linux
internal import Messages
internal import Runs

/// The command `remanso`: finds the subcommand, runs it, and turns every failure into one message and exit status.
public enum RemansoCommand {
    private static let commands: [CommandSpec] = [
        BackupCommand.spec, CheckCommand.spec, ListCommand.spec, ShowCommand.spec, RestoreCommand.spec,
        MountCommand.spec, UnmountCommand.spec, VerifyCommand.spec, DrillCommand.spec, PruneCommand.spec,
        ThawCommand.spec,
        TrackCommand.spec, ExplainCommand.spec, InitCommand.spec,
    ]

    private static let root = CommandSpec(name: .root, options: [.version]) { _ in .success }

    /// Runs with the words after the program's name.
    /// - Returns: the exit status.
    public static func main(_ words: [String], environment: [String: String]) -> Int32 {
        Inheritance.settle()
        let language = language(words, environment)
        Interruption.install()
        if words == [ApplicationGroup.keeperCommand] { return ApplicationKeeper.serve() }
        do throws(Failure) {
            return try run(words, language).rawValue
        } catch {
            let wantsJSON = words.contains("--json")
            if wantsJSON { Terminal.print(json: FailureDocument.json(error.problem, words: words, language)) }
            Terminal.note(FindingText.text(Finding(error.problem), in: language))
            return ExitStatus(error.problem).rawValue
        }
    }

    private static func run(_ words: [String], _ language: Language) throws(Failure) -> ExitStatus {
        guard let first = words.first else {
            Terminal.print(Help.text(root, commands: commands, in: language))
            return .usage
        }
        if let command = commands.first(where: { $0.name.rawValue == first }) {
            let invocation = try Invocation(command, words: Array(words.dropFirst()), language: language)
            if let code = invocation.value(.lang), Language(rawValue: code) == nil {
                let expected = Language.allCases.map(\.rawValue)
                throw invocation.usage(.invalidValue(code, option: OptionName.lang.rawValue, expected: expected))
            }
            if invocation.has(.help) {
                Terminal.print(Help.text(command, commands: commands, in: language))
                return .success
            }
            return try command.run(invocation)
        }
        if !first.hasPrefix("-") && first != "help" {
            throw Failure(.wrongUsage(detail: Phrase.unknownCommand(first).text(in: language)))
        }
        return try runRoot(first == "help" ? ["--help"] + words.dropFirst() : words, language)
    }

    private static func runRoot(_ words: [String], _ language: Language) throws(Failure) -> ExitStatus {
        if words.first == "--help", words.count > 1,
            let command = commands.first(where: { $0.name.rawValue == words[1] })
        {
            Terminal.print(Help.text(command, commands: commands, in: language))
            return .success
        }
        let invocation = try Invocation(root, words: words, language: language)
        if invocation.has(.version) {
            Terminal.print("remanso \(remansoVersion)")
        } else {
            Terminal.print(Help.text(root, commands: commands, in: language))
        }
        return invocation.has(.version) || invocation.has(.help) ? .success : .usage
    }

    /// `--lang` wherever it stands, so that even a usage error speaks the wanted language; else the environment's.
    private static func language(_ words: [String], _ environment: [String: String]) -> Language {
        for (index, word) in words.enumerated() {
            if word.hasPrefix("--lang="), let language = Language(rawValue: String(word.dropFirst(7))) {
                return language
            }
            if word == "--lang", index + 1 < words.count, let language = Language(rawValue: words[index + 1]) {
                return language
            }
        }
        return Language.detected(in: environment)
    }
}

/// What a command prints with `--json` when it could not start its work.
private enum FailureDocument {
    private struct Document: Encodable {
        var ok = false
        var errors: [Report.Entry]
    }

    static func json(_ problem: Problem, words: [String], _ language: Language) -> [UInt8] {
        let entry = Report.Entry(Finding(problem), in: language)
        guard words.first == CommandName.backup.rawValue else { return JSONText.encode(Document(errors: [entry])) }
        var report = Report()
        report.errors = [entry]
        report.version = remansoVersion
        return report.json()
    }
}
