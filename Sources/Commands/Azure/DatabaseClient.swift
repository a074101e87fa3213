internal import Applications
internal import Messages

/// What a command line of a client program says of the connection, in the words of `remanso.yaml`.
struct DatabaseClient {
    /// The type's own keys.
    var values: [String: ApplicationSettings.Value] = [:]
    /// Goes to the credentials file and nowhere else.
    var password: String?
    /// Whether user or password come from a place that only the client reads.
    var needsCredentials = false
    var gaps: [WorkloadGap] = []

    /// Notes what the syntax does not know.
    mutating func note(_ words: ClientWords) {
        gaps += words.unknown.map { .clientOption($0) }
    }

    mutating func set(_ key: String, _ text: String?) {
        if let text { values[key] = .text(text) }
    }

    /// - Returns: the port; `nil` when there is none that could be one.
    mutating func port(_ text: String?, _ option: String) -> Int? {
        guard let text else { return nil }
        if let number = Int(text), 1...65_535 ~= number { return number }
        gaps.append(.clientOption(option))
        return nil
    }
}
