internal import Messages

/// What a command accepts.
struct CommandSpec: Sendable {
    let name: CommandName
    /// Options besides the common ones.
    var options: [OptionName] = []
    /// Options for Remanso's own use, which no help shows.
    var hiddenOptions: [OptionName] = []
    /// The positional argument; `nil` for none.
    var argument: OptionName?
    var argumentIsRequired = false
    /// A second positional argument; required together with the first.
    var secondArgument: OptionName?
    let run: @Sendable (Invocation) throws(Failure) -> ExitStatus

    /// Accepted by every command.
    static let commonOptions: [OptionName] = [
        .config, .scriptConfig, .volume, .vault, .vaultPasswordFile, .provider, .require, .json, .lang, .verbose, .help,
    ]

    var allOptions: [OptionName] { options + Self.commonOptions }
}

/// A call of a command: its options and argument as they were typed. Help, errors and usage exist in both languages,
/// which no parser library for Swift offers.
struct Invocation {
    let command: CommandSpec
    let language: Language
    private(set) var values: [OptionName: [String]] = [:]
    private(set) var argument: String?
    private(set) var secondArgument: String?

    /// Reads the words after the command's name.
    /// - Throws: `.wrongUsage`.
    init(_ command: CommandSpec, words: [String], language: Language) throws(Failure) {
        self.command = command
        self.language = language
        var rest = words[...]
        var onlyArguments = false
        while let word = rest.popFirst() {
            if word == "--" && !onlyArguments {
                onlyArguments = true
            } else if word.hasPrefix("-") && word.count > 1 && !onlyArguments {
                try takeOption(word, &rest)
            } else if argument == nil, command.argument != nil {
                argument = word
            } else if secondArgument == nil, command.secondArgument != nil {
                secondArgument = word
            } else {
                throw usage(.unexpectedArgument(word))
            }
        }
        if let name = command.argument, command.argumentIsRequired, argument == nil, !has(.help) {
            throw usage(.missingArgument(name.rawValue))
        }
        if let name = command.secondArgument, secondArgument == nil, !has(.help) {
            throw usage(.missingArgument(name.rawValue))
        }
    }

    private mutating func takeOption(_ word: String, _ rest: inout ArraySlice<String>) throws(Failure) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = parts[0] == "-h" ? "--help" : parts[0]
        guard let option = OptionName(rawValue: name),
            (command.allOptions + command.hiddenOptions).contains(option)
        else {
            throw usage(.unknownOption(parts[0]))
        }
        guard let placeholder = option.placeholder(in: language) else {
            if parts.count > 1 { throw usage(.unexpectedArgument(parts[1])) }
            values[option] = []
            return
        }
        // `--volume --json` has lost its value; a value that begins like an option is given with `=`.
        let next = parts.count > 1 || rest.first?.hasPrefix("--") ?? false ? nil : rest.popFirst()
        guard let value = parts.count > 1 ? parts[1] : next, !value.isEmpty else {
            throw usage(.missingValue(option: "\(option.rawValue) \(placeholder)"))
        }
        values[option, default: []].append(value)
    }

    /// Whether the option was given.
    func has(_ option: OptionName) -> Bool { values[option] != nil }
    /// The option's last value.
    func value(_ option: OptionName) -> String? { values[option]?.last }
    /// All values of a repeatable option.
    func values(_ option: OptionName) -> [String] { values[option] ?? [] }

    /// The option's value as one of a few words.
    func choice<Value: RawRepresentable & CaseIterable>(_ option: OptionName, _ type: Value.Type) throws(Failure)
        -> Value? where Value.RawValue == String
    {
        guard let text = value(option) else { return nil }
        let expected = Value.allCases.map(\.rawValue).filter { $0 != "none" }
        guard expected.contains(text), let value = Value(rawValue: text) else {
            throw usage(.invalidValue(text, option: option.rawValue, expected: expected))
        }
        return value
    }

    /// Wrong usage in the words of `phrase`.
    func usage(_ phrase: Phrase) -> Failure { Failure(.wrongUsage(detail: phrase.text(in: language))) }
}
