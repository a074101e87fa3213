internal import Messages

/// An INI file as Python's configparser understands it: keys in any case, `=` or `:`, whole-line comments, indented
/// continuation lines, a `[DEFAULT]` section. A section or key that stands twice is an error.
struct INIFile: Equatable {
    /// One key of a section.
    struct Entry: Equatable {
        /// As it is written.
        let key: String
        /// Trimmed; continuation lines are joined by a line feed.
        var value: String
    }

    private(set) var sections: [String: [Entry]] = [:]

    /// The value of a key in a section, else in `[DEFAULT]`; `nil` when neither has it.
    func value(_ key: String, in section: String) -> String? {
        let wanted = key.lowercased()
        let entries = (sections[section] ?? []) + (sections["DEFAULT"] ?? [])
        return entries.first { $0.key.lowercased() == wanted }?.value
    }

    /// Reads a whole file.
    static func parse(_ text: String) throws(UnusableFile) -> INIFile {
        var reader = INIReader()
        // "\r\n" is one Character: split by scalars, so that files from Windows keep their lines.
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines { try reader.read(String(Substring.UnicodeScalarView(line))) }
        return INIFile(sections: reader.sections)
    }
}

private struct INIReader {
    var sections: [String: [INIFile.Entry]] = [:]
    private var seen: Set<String> = []
    private var section: String?
    /// Columns before the key that a deeper line would continue; `nil` right after a section's header.
    private var keyIndent: Int?
    private var number = 0

    mutating func read(_ line: String) throws(UnusableFile) {
        number += 1
        let indent = line.prefix { $0.isWhitespace }.count
        let body = line.trimmed
        if body.isEmpty || body.hasPrefix("#") || body.hasPrefix(";") { return }
        if let keyIndent, indent > keyIndent, let section, let last = sections[section]?.indices.last {
            sections[section]?[last].value += "\n" + body
        } else if body.hasPrefix("[") {
            try readHeader(body, indent)
        } else {
            try readEntry(body, indent)
        }
    }

    private mutating func readHeader(_ body: String, _ indent: Int) throws(UnusableFile) {
        guard let end = body.firstIndex(of: "]") else { throw syntaxError(body, indent) }
        let name = String(body[body.index(after: body.startIndex)..<end])
        let rest = String(body[body.index(after: end)...]).trimmed
        guard !name.isEmpty, rest.isEmpty || rest.hasPrefix("#") || rest.hasPrefix(";") else {
            throw syntaxError(body, indent)
        }
        if sections[name] != nil { throw UnusableFile(.duplicate(key: "[\(name)]")) }
        sections[name] = []
        section = name
        seen = []
        keyIndent = nil
    }

    private mutating func readEntry(_ body: String, _ indent: Int) throws(UnusableFile) {
        guard let section, let end = body.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            throw syntaxError(body, indent)
        }
        let key = String(body[..<end]).trimmed
        if key.isEmpty { throw syntaxError(body, indent) }
        if !seen.insert(key.lowercased()).inserted { throw UnusableFile(.duplicate(key: key)) }
        sections[section]?.append(.init(key: key, value: String(body[body.index(after: end)...]).trimmed))
        keyIndent = indent
    }

    private func syntaxError(_ body: String, _ indent: Int) -> UnusableFile {
        UnusableFile(.syntax(line: number, column: indent + 1, found: String(body.prefix(40))))
    }
}

extension StringProtocol {
    /// Without blanks at both ends.
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

/// Values of an INI file, read as configparser reads them.
enum INIValue {
    /// A whole number in limits.
    static func integer(_ text: String, _ key: String, _ limits: ClosedRange<Int>) throws(UnusableFile) -> Int {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw UnusableFile(.wrongType(key: key, expected: .integer))
        }
        guard let number = Int(text), limits.contains(number) else {
            throw UnusableFile(.outOfRange(key: key, value: text, in: limits))
        }
        return number
    }

    /// `true`, `yes`, `on`, `1` and their opposites, in any case.
    static func boolean(_ text: String, _ key: String) throws(UnusableFile) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: throw UnusableFile(.wrongType(key: key, expected: .boolean))
        }
    }
}

extension FileFault {
    /// A number outside its limits; one of a million digits is shortened.
    static func outOfRange(key: String, value: String, in limits: ClosedRange<Int>) -> FileFault {
        let shown = value.count > 40 ? value.prefix(40) + "…" : value[...]
        return .outOfRange(key: key, value: String(shown), lowest: limits.lowerBound, highest: limits.upperBound)
    }
}
