/// The options and other words of a client program's command line.
struct ClientWords {
    /// Which options there are; short ones as `-u`, long ones as `--user`.
    struct Syntax {
        /// Options that take a value, each with the name that it is known by here.
        let valued: [String: String]
        /// Options whose value, if any, is written into the same word.
        let optional: [String: String]
        /// Options that change nothing about the connection.
        let idle: Set<String>
    }

    /// The last value of each option, by its name here; `nil` inside for an optional value that is not there.
    private(set) var values: [String: String?] = [:]
    /// Words that are no options.
    private(set) var others: [String] = []
    /// Options that the syntax does not know, without their values.
    private(set) var unknown: [String] = []

    init(_ words: [String], _ syntax: Syntax) {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                others += rest
                return
            }
            if !word.hasPrefix("-") || word == "-" {
                others.append(word)
            } else {
                take(word, &rest, syntax)
            }
        }
    }

    /// The value of an option; `nil` when it is missing or empty.
    func value(_ name: String) -> String? {
        guard case .some(.some(let value)) = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// Whether an option stands there without a value.
    func isBare(_ name: String) -> Bool {
        if case .some(.none) = values[name] { true } else { false }
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>, _ syntax: Syntax) {
        let (option, attached) = Self.split(word)
        if let name = syntax.valued[option] {
            values.updateValue(attached ?? rest.popFirst(), forKey: name)
        } else if let name = syntax.optional[option] {
            values.updateValue(attached, forKey: name)
        } else if !syntax.idle.contains(option) {
            unknown.append(option)
        }
    }

    /// `--user=u` and `-uu` into the option and its value.
    private static func split(_ word: String) -> (option: String, value: String?) {
        if word.hasPrefix("--") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            // The clients of MySQL take both spellings.
            return (parts[0].replacing("_", with: "-"), parts.count > 1 ? parts[1] : nil)
        }
        let value = word.dropFirst(2)
        return (String(word.prefix(2)), value.isEmpty ? nil : String(value))
    }
}
