internal import FoundationEssentials
public import Glibc
internal import Linux

/// The real program `remanso`, as a user or another program runs it.
public struct RemansoCommand: Sendable {
    /// What a call printed and how it ended.
    public struct Result: Sendable {
        /// The exit status.
        public let status: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let errors: String

        /// The one JSON document on standard output.
        public func json() throws -> JSONObject { try JSONObject(output) }
    }

    /// Arguments added to each call.
    public var common: [String]
    /// The environment of each call.
    public var environment = Program.plainEnvironment.merging(["LC_ALL": "C"]) { $1 }
    /// A program that starts it, with its first arguments; nothing, unless a test asks for it.
    public var starter: [String] = []
    private let program: String

    /// The program beside the running tests.
    public init(common: [String] = []) throws {
        self.common = common
        program = try Self.path(of: "remanso")
    }

    /// The built program of that name, beside the running tests.
    public static func path(of name: String) throws -> String {
        let folders = [
            Files.resolved("/proc/self/exe").map(Files.parent), CommandLine.arguments.first.map(Files.parent),
        ]
        let source = Files.parent(of: Files.parent(of: Files.parent(of: #filePath)))
        for folder in folders.compactMap({ $0 }) + ["\(source)/.build/debug", "\(source)/.build/release"] {
            if access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        }
        throw FixtureError("\(name) is not built")
    }

    /// Runs it to its end.
    public func callAsFunction(_ arguments: String..., seconds: Double = 300) throws -> Result {
        try run(arguments, seconds: seconds)
    }

    /// Runs it to its end; `onStart` is told its pid.
    public func run(
        _ arguments: [String], seconds: Double = 300, onStart: (@Sendable (pid_t) -> Void)? = nil
    ) throws -> Result {
        let words = arguments + common
        // Without either, a run is about every volume of this machine: no test may ever freeze those.
        guard words.first != "backup" || ["--config", "--volume", "--help"].contains(where: words.contains) else {
            throw FixtureError("a test must name its volumes")
        }
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: seconds)
        limits.keptBytes = 16 << 20
        limits.onStart = onStart
        let line = starter + [program] + words
        let result = try ChildProcess.run(
            Program(.path(line[0]), Array(line.dropFirst()), environment: environment), limits)
        guard !result.timedOut else { throw FixtureError("remanso \(arguments) did not end: \(result.errors.text)") }
        guard case .exited(let status) = result.ending else {
            throw FixtureError("remanso \(arguments) ended by \(result.ending): \(result.errors.text)")
        }
        return Result(status: status, output: result.output.text, errors: result.errors.text)
    }
}

/// A JSON document that a test looks into by path, such as `report["volumes"][0]["provider"].string`.
public struct JSONObject: Sendable {
    /// One value of any kind.
    private indirect enum Value: Decodable, Sendable {
        case null
        case bool(Bool)
        case number(Double)
        case string(String)
        case array([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .bool(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else if let value = try? container.decode([Value].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }
    }

    private let value: Value?

    private init(_ value: Value?) { self.value = value }

    /// Parses a document.
    public init(_ text: String) throws {
        do {
            value = try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw FixtureError("not one JSON document: \(text)")
        }
    }

    /// The value of a key; missing when there is none.
    public subscript(key: String) -> JSONObject {
        guard case .object(let members) = value else { return JSONObject(nil) }
        return JSONObject(members[key])
    }

    /// An element; missing when there is none.
    public subscript(index: Int) -> JSONObject {
        guard case .array(let elements) = value, elements.indices.contains(index) else { return JSONObject(nil) }
        return JSONObject(elements[index])
    }

    /// The elements of an array.
    public var array: [JSONObject] {
        guard case .array(let elements) = value else { return [] }
        return elements.map { JSONObject($0) }
    }

    /// The value when it is a text.
    public var string: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    /// The value when it is a number.
    public var number: Double? {
        guard case .number(let number) = value else { return nil }
        return number
    }

    /// The value when it is a Boolean.
    public var bool: Bool? {
        guard case .bool(let flag) = value else { return nil }
        return flag
    }

    /// The key is there and its value is `null`.
    public var isNull: Bool {
        guard case .null = value else { return false }
        return true
    }

    /// An array, be it empty.
    public var isArray: Bool {
        guard case .array = value else { return false }
        return true
    }

    /// The key is there.
    public var exists: Bool { value != nil }
    /// The keys of an object.
    public var keys: [String] {
        guard case .object(let members) = value else { return [] }
        return members.keys.sorted()
    }
}
