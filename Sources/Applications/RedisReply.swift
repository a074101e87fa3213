/// What Redis answers, in version 2 of its protocol (RESP).
indirect enum RedisReply: Equatable {
    case text(String)
    case error(String)
    case integer(Int)
    case nothing
    case list([RedisReply])

    /// As a person reads it: one line for each element of a list, columns of a list in a list separated by `|`.
    var lines: String {
        if case .list(let elements) = self { return elements.map(\.columns).joined(separator: "\n") }
        return columns
    }

    private var columns: String {
        switch self {
        case .text(let text), .error(let text): text
        case .integer(let number): "\(number)"
        case .nothing: ""
        case .list(let elements): elements.map(\.columns).joined(separator: "|")
        }
    }
}

/// Why there is no reply.
enum RedisLoss: Error, Equatable {
    /// No connection, or no longer one; in the kernel's words.
    case broken(String)
    case tooLate
}

/// Splits a command as `redis-cli` and `redis.conf` do: at blanks, with `"…"` and `'…'` around what holds some.
enum RedisWords {
    /// - Returns: `nil` when a quote is left open.
    static func split(_ line: some StringProtocol) -> [String]? {
        var rest = Substring(line), words: [String] = []
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return words }
            guard let word = first == "\"" || first == "'" ? quoted(&rest, first) : plain(&rest) else { return nil }
            words.append(word)
        }
    }

    /// A word that `split` gives back unchanged.
    static func quote(_ word: String) -> String {
        let escaped = word.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : String($0) }
        return "\"\(escaped.joined())\""
    }

    private static func plain(_ rest: inout Substring) -> String? {
        let word = rest.prefix { !$0.isWhitespace }
        rest = rest[word.endIndex...]
        return String(word)
    }

    private static func quoted(_ rest: inout Substring, _ quote: Character) -> String? {
        rest.removeFirst()
        var word = ""
        while let next = rest.popFirst() {
            if next == quote { return rest.first?.isWhitespace ?? true ? word : nil }
            if next != "\\" {
                word.append(next)
            } else if let escaped = rest.popFirst() {
                word += quote == "\"" ? unescaped(escaped) : escaped == "'" ? "'" : "\\\(escaped)"
            }
        }
        return nil
    }

    private static func unescaped(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "r": "\r"
        case "t": "\t"
        default: String(character)
        }
    }
}
