internal import Messages
internal import Yams

/// A mapping of the configuration, asked key by key; whatever it is asked for is absent, right, or an error with file,
/// line and dotted key.
struct Section {
    private struct Entry {
        let line: Int
        let value: Node
    }

    private let file: String
    private let path: String
    private let line: Int
    private var entries: [String: Entry] = [:]
    private var order: [String] = []

    /// The whole document.
    init(_ root: Node, file: String) throws(Failure) {
        try self.init(root, file: file, path: "", line: root.mark?.line ?? 1)
    }

    private init(_ node: Node, file: String, path: String, line: Int) throws(Failure) {
        (self.file, self.path, self.line) = (file, path, line)
        guard case .mapping(let mapping) = node else { throw failure(.wrongType(expected: .object)) }
        for (key, value) in mapping {
            let line = key.mark?.line ?? line
            guard case .scalar(let scalar) = key else { throw failure(.wrongType(expected: .string), line: line) }
            let name = scalar.string
            // Yams finds most of them, but not those that differ in their tags.
            if entries[name] != nil { throw failure(.duplicateKey, line: line, key: dotted(path, name)) }
            entries[name] = Entry(line: line, value: value)
            order.append(name)
        }
    }

    /// An error about the section as a whole.
    func failure(_ fault: ConfigurationFault) -> Failure { failure(fault, line: line) }

    private func failure(_ fault: ConfigurationFault, line: Int, key: String? = nil) -> Failure {
        Failure(.configuration(file: file, line: line, key: key ?? path, fault: fault))
    }

    private func failure(_ fault: ConfigurationFault, _ key: String) -> Failure {
        failure(fault, line: entries[key]?.line ?? line, key: dotted(path, key))
    }

    /// Throws for the first key that is not among these.
    func allow(_ known: [String]) throws(Failure) {
        if let key = order.first(where: { !known.contains($0) }) { throw failure(.unknownKey(known: known), key) }
    }

    /// Throws for the first of these keys that stands beside `other`.
    func exclude(_ keys: [String], beside other: String) throws(Failure) {
        guard entries[other] != nil else { return }
        if let key = order.first(where: keys.contains) { throw failure(.excludedBy(other), key) }
    }

    func section(_ key: String) throws(Failure) -> Section? {
        guard let entry = entries[key] else { return nil }
        return try Section(entry.value, file: file, path: dotted(path, key), line: entry.line)
    }

    /// The mappings of a list; none when the key is missing.
    func sections(_ key: String) throws(Failure) -> [Section] {
        guard let entry = entries[key] else { return [] }
        guard case .sequence(let sequence) = entry.value else {
            throw failure(.wrongType(expected: .objectArray), key)
        }
        var sections: [Section] = []
        for (index, item) in sequence.enumerated() {
            let line = item.mark?.line ?? entry.line
            sections.append(try Section(item, file: file, path: "\(dotted(path, key))[\(index)]", line: line))
        }
        return sections
    }

    /// One of these texts.
    func choice(_ key: String, _ known: [String]) throws(Failure) -> String? {
        guard let value = try text(key) else { return nil }
        guard known.contains(value) else { throw failure(.notOneOf(known), key) }
        return value
    }

    func flag(_ key: String) throws(Failure) -> Bool? {
        guard let entry = entries[key] else { return nil }
        guard case .scalar(let scalar) = entry.value, let plain = Plain(scalar), ["true", "false"].contains(plain.text)
        else { throw failure(.wrongType(expected: .boolean), key) }
        return plain.text == "true"
    }

    /// The value of a key that cannot be left out.
    func required<Value>(_ key: String, _ value: Value?) throws(Failure) -> Value {
        guard let value else { throw failure(.missing, line: line, key: dotted(path, key)) }
        return value
    }

    func text(_ key: String) throws(Failure) -> String? {
        guard let entry = entries[key] else { return nil }
        return try text(entry.value) { failure($0, key) }
    }

    /// A text that another text is compared with: a number or a truth value is taken as it is written.
    func answer(_ key: String) throws(Failure) -> String? {
        if case .scalar(let scalar)? = entries[key]?.value, let plain = Plain(scalar), !plain.isNothing {
            return plain.text
        }
        return try text(key)
    }

    func path(_ key: String) throws(Failure) -> String? {
        guard let value = try text(key) else { return nil }
        guard value.hasPrefix("/") else { throw failure(.notAbsolute(printable(value)), key) }
        return value
    }

    /// A restic repository: a folder, or anything behind a scheme.
    func repository(_ key: String) throws(Failure) -> String? {
        guard let value = try text(key) else { return nil }
        let scheme = value.prefix { $0 != ":" && $0 != "/" }
        if scheme.isEmpty || scheme.endIndex == value.endIndex || value[scheme.endIndex] == "/" {
            return try path(key)
        }
        return value
    }

    func paths(_ key: String, mayBeEmpty: Bool) throws(Failure) -> [String]? {
        guard let entry = entries[key] else { return nil }
        guard case .sequence(let sequence) = entry.value else {
            throw failure(.wrongType(expected: .stringArray), key)
        }
        if sequence.isEmpty && !mayBeEmpty { throw failure(.empty, key) }
        var paths: [String] = []
        for (index, item) in sequence.enumerated() {
            let failure = { (fault: ConfigurationFault) in
                self.failure(fault, line: item.mark?.line ?? entry.line, key: "\(dotted(path, key))[\(index)]")
            }
            let value = try text(item, failure)
            guard value.hasPrefix("/") else { throw failure(.notAbsolute(printable(value))) }
            paths.append(value)
        }
        return paths
    }

    func level(_ key: String) throws(Failure) -> Consistency? {
        let levels: [Consistency] = [.application, .filesystem, .crash]
        return try choice(key, levels.map(\.rawValue)).flatMap(Consistency.init)
    }

    func integer(_ key: String, in limits: ClosedRange<Int>) throws(Failure) -> Int? {
        guard let entry = entries[key] else { return nil }
        guard case .scalar(let scalar) = entry.value, let digits = Plain(scalar), digits.isInteger else {
            throw failure(.wrongType(expected: .integer), key)
        }
        guard let value = Int(digits.text), limits.contains(value) else {
            throw failure(.outOfRange(lowest: "\(limits.lowerBound)", highest: "\(limits.upperBound)"), key)
        }
        return value
    }

    /// A duration in seconds; each limit once as a number and once as a user would write it.
    func seconds(_ key: String, from lowest: (Double, String), to highest: (Double, String)) throws(Failure) -> Double?
    {
        guard let entry = entries[key] else { return nil }
        guard case .scalar(let scalar) = entry.value else { throw failure(.wrongType(expected: .duration), key) }
        switch WrittenDuration(scalar.string) {
        case .seconds(let value) where value >= lowest.0 && value <= highest.0: return value
        case .seconds: throw failure(.outOfRange(lowest: lowest.1, highest: highest.1), key)
        case .withoutUnit: throw failure(.durationWithoutUnit(printable(scalar.string)), key)
        case .none: throw failure(.wrongType(expected: .duration), key)
        }
    }

    private func text(_ node: Node, _ failure: (ConfigurationFault) -> Failure) throws(Failure) -> String {
        guard case .scalar(let scalar) = node else { throw failure(.wrongType(expected: .string)) }
        if let plain = Plain(scalar) {
            if !plain.isText { throw failure(.wrongType(expected: .string)) }
        } else if scalar.tag.rawValue != Tag.Name.str.rawValue {
            throw failure(.wrongType(expected: .string))
        }
        if scalar.string.isEmpty { throw failure(.empty) }
        if scalar.string.unicodeScalars.contains("\0") { throw failure(.syntax("NUL in a text")) }
        return scalar.string
    }
}
