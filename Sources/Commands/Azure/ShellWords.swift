/// A command line as a shell divides it into words, without replacing anything in it.
struct ShellWords: Equatable {
    private(set) var words: [String] = []
    /// Whether a shell would have replaced something, or read it as more than words.
    private(set) var expands = false

    /// A pattern such as `*` is left as it is where no file matches it, so it is none of these.
    private static let active: Set<Character> = ["$", "`", ";", "&", "|", "<", ">"]

    /// `nil` when a quote is not closed.
    init?(_ text: String) {
        var word: String?
        var rest = text[...]
        while let character = rest.popFirst() {
            if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
                continue
            }
            var found = word ?? ""
            switch character {
            case "'": guard Self.takeQuoted(&rest, &found) else { return nil }
            case "\"": guard takeDoubleQuoted(&rest, &found) else { return nil }
            case "\\": if let next = rest.popFirst() { found.append(next) }
            default:
                expands = expands || Self.active.contains(character)
                found.append(character)
            }
            word = found
        }
        if let word { words.append(word) }
    }

    private static func takeQuoted(_ rest: inout Substring, _ word: inout String) -> Bool {
        guard let end = rest.firstIndex(of: "'") else { return false }
        word += rest[..<end]
        rest = rest[rest.index(after: end)...]
        return true
    }

    private mutating func takeDoubleQuoted(_ rest: inout Substring, _ word: inout String) -> Bool {
        while let character = rest.popFirst() {
            switch character {
            case "\"": return true
            case "\\":
                guard let next = rest.popFirst() else { return false }
                if !["$", "`", "\"", "\\"].contains(next) { word.append(character) }
                word.append(next)
            default:
                expands = expands || character == "$" || character == "`"
                word.append(character)
            }
        }
        return false
    }
}
