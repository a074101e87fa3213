internal import Messages

/// The text of `--help`.
enum Help {
    static func text(_ command: CommandSpec, commands: [CommandSpec], in language: Language) -> String {
        let isRoot = command.name == .root
        var parts = [
            Phrase.abstract(command.name).text(in: language),
            "\(heading(.usage, language)): \(usage(command, language))",
            wrapped(Phrase.discussion(command.name).text(in: language)),
        ]
        if isRoot {
            let rows = commands.map { ($0.name.rawValue, Phrase.abstract($0.name).text(in: language)) }
            parts.append(section(.subcommands, rows, language))
        }
        let arguments = [command.argument, command.secondArgument].compactMap { $0 }
        if !arguments.isEmpty { parts.append(section(.arguments, arguments.map { row($0, language) }, language)) }
        let options = isRoot ? [OptionName.lang, .help, .version] : command.allOptions
        parts.append(section(.options, options.map { row($0, language) }, language))
        parts.append(
            heading(.example, language) + ":\n" + command.name.example.map { "  " + $0 }.joined(separator: "\n"))
        parts.append(section(.exitStatus, exitStatuses(command.name, language), language))
        return parts.joined(separator: "\n\n")
    }

    private static func heading(_ heading: HelpHeading, _ language: Language) -> String {
        Phrase.heading(heading).text(in: language)
    }

    private static func usage(_ command: CommandSpec, _ language: Language) -> String {
        guard command.name != .root else {
            let word = heading(.subcommands, language).lowercased()
            return "remanso <\(word)>"
        }
        var words = ["remanso", command.name.rawValue]
        if let argument = command.argument {
            words.append(command.argumentIsRequired ? argument.rawValue : "[\(argument.rawValue)]")
        }
        if let argument = command.secondArgument { words.append(argument.rawValue) }
        words.append("[\(heading(.options, language).lowercased())]")
        return words.joined(separator: " ")
    }

    private static func row(_ option: OptionName, _ language: Language) -> (String, String) {
        let isArgument = !option.rawValue.hasPrefix("-")
        let placeholder = isArgument ? nil : option.placeholder(in: language)
        return (option.rawValue + (placeholder.map { " " + $0 } ?? ""), Phrase.option(option).text(in: language))
    }

    private static func exitStatuses(_ command: CommandName, _ language: Language) -> [(String, String)] {
        let onlyBackup: Set<ExitMeaning> = [.degraded, .alreadyRunning]
        return ExitMeaning.allCases.filter { command == .backup || command == .root || !onlyBackup.contains($0) }.map {
            ("\($0.rawValue)", Phrase.exitMeaning($0).text(in: language))
        }
    }

    private static func section(_ title: HelpHeading, _ rows: [(String, String)], _ language: Language) -> String {
        let indent = 26
        let lines = rows.map { name, text in
            let lines = wrapped(text, width: 96 - indent).split(separator: "\n", omittingEmptySubsequences: false)
            let first = "  " + name
            let gap = String(repeating: " ", count: indent)
            let body = lines.joined(separator: "\n" + gap)
            if first.count >= indent - 1 { return first + "\n" + gap + body }
            return first + String(repeating: " ", count: indent - first.count) + body
        }
        return heading(title, language) + ":\n" + lines.joined(separator: "\n")
    }

    /// Breaks lines between words.
    static func wrapped(_ text: String, width: Int = 96) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { paragraph in
            var lines: [String] = [""]
            for word in paragraph.split(separator: " ") {
                let last = lines[lines.count - 1]
                if last.isEmpty {
                    lines[lines.count - 1] = String(word)
                } else if last.count + 1 + word.count <= width {
                    lines[lines.count - 1] = "\(last) \(word)"
                } else {
                    lines.append(String(word))
                }
            }
            return lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
