/// What `remanso.yaml` says of one application: the keys that every type has, and the values of the type's own.
public struct ApplicationSettings: Codable, Sendable, Equatable {
    /// What a drill does beside the application's own checks.
    public struct Drill: Codable, Sendable, Equatable {
        /// A query in the application's language.
        public var query: String?
        /// The absolute path of a script, started beside the application.
        public var script: String?
        /// What the query or script must answer, without white space around it; `nil` when its success is enough.
        public var expect: String?
        /// Seconds in which the application must answer.
        public var timeoutSeconds = 300.0

        /// No probe, five minutes.
        public init() {}
    }

    /// The type's name, such as `postgresql`.
    public var type: String
    /// What the administrator calls it; different for each application of a configuration.
    public var name: String
    /// Seconds from the start of the quiesce after which the application is let go, whatever happens.
    public var deadlineSeconds = 30.0
    /// The values of the type's own keys.
    public var values: [String: Value] = [:]
    /// What a drill does.
    public var drill = Drill()

    /// An application with nothing but its type and name.
    public init(type: String, name: String) {
        self.type = type
        self.name = name
    }

    /// The value of one key.
    public enum Value: Sendable, Equatable {
        /// A text, a path or one of a choice.
        case text(String)
        /// A whole number.
        case integer(Int)
        /// `true` or `false`.
        case flag(Bool)
        /// A duration in seconds.
        case seconds(Double)
        /// Absolute paths.
        case paths([String])
    }

    /// The text at a key; `nil` when it is not given.
    public func text(_ key: String) -> String? {
        if case .text(let value)? = values[key] { value } else { nil }
    }

    /// The number at a key; `nil` when it is not given.
    public func integer(_ key: String) -> Int? {
        if case .integer(let value)? = values[key] { value } else { nil }
    }

    /// The flag at a key; `false` when it is not given.
    public func flag(_ key: String) -> Bool { values[key] == .flag(true) }

    /// The seconds at a key; `nil` when it is not given.
    public func seconds(_ key: String) -> Double? {
        if case .seconds(let value)? = values[key] { value } else { nil }
    }

    /// The paths at a key; none when it is not given.
    public func paths(_ key: String) -> [String] {
        if case .paths(let value)? = values[key] { value } else { [] }
    }
}

/// As people would write it: a text, a number, `true`, a list; seconds as `{"seconds": 2.5}`.
extension ApplicationSettings.Value: Codable {
    private struct Duration: Codable {
        var seconds: Double
    }

    /// Reads a value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([String].self) {
            self = .paths(value)
        } else {
            self = .seconds(try container.decode(Duration.self).seconds)
        }
    }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .flag(let value): try container.encode(value)
        case .seconds(let value): try container.encode(Duration(seconds: value))
        case .paths(let value): try container.encode(value)
        }
    }
}

/// A key of one type of application in `remanso.yaml`.
public struct ApplicationOption: Sendable {
    /// What stands behind a key.
    public enum Kind: Sendable {
        /// Any text.
        case text
        /// An absolute path.
        case path
        /// Absolute paths, at least one.
        case paths
        /// One of these.
        case choice([String])
        /// A whole number within these limits.
        case integer(ClosedRange<Int>)
        /// `true` or `false`.
        case flag
        /// A duration of 1 second to 1 hour.
        case seconds
    }

    /// The key's name.
    public let key: String
    /// What stands behind it.
    public let kind: Kind
    /// Whether the type cannot do without it.
    public let isRequired: Bool

    /// A key that may be left out unless `isRequired` says otherwise.
    public init(_ key: String, _ kind: Kind, isRequired: Bool = false) {
        self.key = key
        self.kind = kind
        self.isRequired = isRequired
    }
}
