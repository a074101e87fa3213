internal import Messages
internal import Yams

/// From bytes to a tree of YAML nodes.
enum Document {
    /// The root of the only document; `nil` when there is nothing but comments.
    static func root(of bytes: [UInt8], file: String) throws(Failure) -> Node? {
        // Windows editors put a byte order mark in front.
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        func failure(_ line: Int, _ fault: ConfigurationFault, key: String = "") -> Failure {
            Failure(.configuration(file: file, line: line, key: key, fault: fault))
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            throw failure(firstLineNotUTF8(body), .syntax("not UTF-8"))
        }
        if let excess = Excess(in: text) { throw failure(excess.line, .syntax(excess.words)) }
        do {
            let root = try compose(text)
            // "---" alone.
            if case .scalar(let scalar) = root, Plain(scalar)?.text == "" { return nil }
            return root
        } catch YamlError.duplicatedKeysInMapping(let names, let context) {
            let duplicate = Duplicate(names.first ?? "", at: context.mark, in: text)
            throw failure(duplicate.line, .duplicateKey, key: duplicate.key)
        } catch let error as YamlError {
            let (line, words) = place(of: error)
            throw failure(line, .syntax(words))
        } catch {
            throw failure(1, .syntax("\(error)"))
        }
    }

    /// No rules to resolve types (they are judged key by key), and no look at the environment, where Yams seeks an
    /// encoding and prints when it finds one.
    static func compose(_ text: String) throws -> Node? {
        try Yams.compose(yaml: text, .basic, .default, .utf8)
    }

    private static func firstLineNotUTF8(_ bytes: ArraySlice<UInt8>) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
    }

    private static func place(of error: YamlError) -> (line: Int, words: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            (mark.line, [context?.text, problem].compactMap { $0 }.joined(separator: ", "))
        case .reader(let problem, let offset, _, let yaml):
            (1 + yaml.prefix(offset ?? 0).count(where: \.isNewline), problem)
        default: (1, "\(error)")
        }
    }
}

/// What is refused before parsing, because the parser's work for it grows faster than the text: a key that holds
/// deeply nested values is hashed once a level, and a key that holds aliases of aliases is hashed in full.
struct Excess {
    let line: Int
    let words: String

    /// `nil` for every text whose cost is bounded. Counts from above: brackets in texts and comments are included.
    init?(in text: String) {
        var line = 1
        var indentation: Int? = 0
        var opened = 0
        var aliases = 0
        var previous: Unicode.Scalar = "\n"
        var before: Unicode.Scalar = "\n"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                if scalar != "\n" || previous != "\r" { line += 1 }
                indentation = 0
            case " ", "\t": indentation = indentation.map { $0 + 1 }
            case "#": indentation = nil
            default:
                // Each level of a block is at least one column further in; "- - -" opens three on one line.
                if (indentation ?? 0) > Self.levels { break }
                indentation = ["-", "?", ":"].contains(scalar) ? indentation.map { $0 + 1 } : nil
                if ["[", "{"].contains(scalar) { opened += 1 }
                if previous == "*" && Self.isWord(scalar) && !Self.isWord(before) { aliases += 1 }
            }
            if (indentation ?? 0) > Self.levels && ![" ", "\t"].contains(scalar) || opened > Self.levels {
                self.line = line
                words = "nested too deep"
                return
            }
            if aliases > Self.aliases {
                self.line = line
                words = "more than \(Self.aliases) aliases"
                return
            }
            before = previous
            previous = scalar
        }
        return nil
    }

    private static let levels = 100
    private static let aliases = 8

    /// Characters that, before a `*`, make it part of a text, and that, behind it, make it the start of an alias.
    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", "/", ".": true
        default: false
        }
    }
}
