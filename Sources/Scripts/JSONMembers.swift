internal import Messages

/// The members of a configuration's object, read one by one with their types. Faults are collected, not thrown.
struct JSONMembers {
    private let object: JSONObject
    private var known: Set<String> = []
    private(set) var faults: [FileFault] = []

    init(_ object: JSONObject) { self.object = object }

    /// Keys that nobody asked for, in the order of the file.
    var unknownKeys: [String] { object.keys.filter { !known.contains($0) } }

    private mutating func take(_ key: String) -> JSONValue? {
        known.insert(key)
        return object[key]
    }

    private mutating func fail<Value>(_ fault: FileFault) -> Value? {
        faults.append(fault)
        return nil
    }

    /// A text; `nil` when it is absent or faulty.
    mutating func string(_ key: String) -> String? {
        guard let value = take(key) else { return nil }
        guard case .string(let text) = value else { return fail(.wrongType(key: key, expected: .string)) }
        return text.unicodeScalars.contains("\0") ? fail(.holdsNUL(key: key)) : text
    }

    /// A required path: absolute, or empty, which is for the one who opens it to report.
    mutating func path(_ key: String) -> String? {
        if object[key] == nil { return fail(.missing(key: key)) }
        guard let path = string(key) else { return nil }
        return path.isEmpty || path.hasPrefix("/") ? path : fail(.notAbsolute(key: key, value: path))
    }

    /// An array of texts; `nil` when it is absent or faulty.
    mutating func strings(_ key: String) -> [String]? {
        guard let value = take(key) else { return nil }
        guard case .array(let items) = value else { return fail(.wrongType(key: key, expected: .stringArray)) }
        var texts: [String] = []
        for item in items {
            guard case .string(let text) = item else { return fail(.wrongType(key: key, expected: .stringArray)) }
            if text.unicodeScalars.contains("\0") { return fail(.holdsNUL(key: key)) }
            texts.append(text)
        }
        return texts
    }

    /// A Boolean; `nil` when it is absent or faulty.
    mutating func boolean(_ key: String) -> Bool? {
        guard let value = take(key) else { return nil }
        guard case .boolean(let flag) = value else { return fail(.wrongType(key: key, expected: .boolean)) }
        return flag
    }

    /// A whole number in limits; `nil` when it is absent or faulty.
    mutating func integer(_ key: String, in limits: ClosedRange<Int>) -> Int? {
        guard let text = number(key) else { return nil }
        guard let number = Int(text), limits.contains(number) else {
            return fail(.outOfRange(key: key, value: text, in: limits))
        }
        return number
    }

    /// A whole number with a lower limit; what is above `highest` is for the caller to cut.
    mutating func integer(_ key: String, atLeast lowest: Int, highest: Int) -> Int? {
        guard let text = number(key) else { return nil }
        guard let number = Int(text), number >= lowest else {
            return fail(.outOfRange(key: key, value: text, in: lowest...highest))
        }
        return number
    }

    /// The digits of a whole number; 1.0 and 1e2 are none.
    private mutating func number(_ key: String) -> String? {
        guard let value = take(key) else { return nil }
        guard case .number(let text) = value, !text.utf8.contains(where: { ".eE".utf8.contains($0) }) else {
            return fail(.wrongType(key: key, expected: .integer))
        }
        return text
    }
}
