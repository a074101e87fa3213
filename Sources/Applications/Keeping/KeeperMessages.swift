internal import FoundationEssentials
public import Messages

/// What the keeper is asked to do with every application.
enum KeeperWork: Codable {
    case survey, prepare, quiesce, release
    /// Leaves the applications of these names alone from now on.
    case refuse([String: ApplicationFault])
}

/// What became of one application.
public struct ApplicationResult: Codable, Sendable, Equatable {
    /// What is known of it.
    public var record: ApplicationRecord
    /// Why it could not be held; from then on it is free.
    public var fault: ApplicationFault?
    /// Files that belong to the recovery point and lie on no volume.
    public var files: [ApplicationRecord.File] = []

    /// Nothing has gone wrong so far.
    public init(record: ApplicationRecord) { self.record = record }
}

/// One JSON value a line.
enum JSONLine {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let data = (try? JSONEncoder().encode(value)) ?? Data("null".utf8)
        return Array(data) + [UInt8(ascii: "\n")]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ line: [UInt8]) -> Value? {
        try? JSONDecoder().decode(type, from: Data(line))
    }
}
