/// A JSON value, with its kinds kept apart: `1`, `true` and `"1"` are three things.
enum JSONValue: Equatable {
    case object(JSONObject)
    case array([JSONValue])
    case string(String)
    /// A number as it is written, so that nothing is rounded or trapped before its type is known.
    case number(String)
    case boolean(Bool)
    case null
}

/// The members of a JSON object in the order of the file; no key stands twice.
struct JSONObject: Equatable {
    private(set) var keys: [String] = []
    private var values: [String: JSONValue] = [:]

    subscript(key: String) -> JSONValue? { values[key] }

    /// Adds a member.
    /// - Returns: false when the key was there already; nothing is changed then.
    mutating func add(_ key: String, _ value: JSONValue) -> Bool {
        if values[key] != nil { return false }
        keys.append(key)
        values[key] = value
        return true
    }
}
