internal import Applications
internal import FoundationEssentials
internal import Messages

/// What the process inside the room is told on its standard input.
struct RoomJob: Codable, Sendable {
    var recoveryPoint: String
    var record: ApplicationRecord
    /// Files that lie on no volume and belong where the application is started.
    var files: [ApplicationRecord.File]
    /// The namespaces outside, to tell which are the room's own.
    var outside: [String: String]
}

/// What it says on its standard output, one line each.
enum RoomEvent: Codable, Sendable {
    case step(DrillStep)
    case result(DrillEvidence.Application)
}

/// One value in one line.
enum Line {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let data = (try? JSONEncoder().encode(value)) ?? Data()
        return Array(data)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) -> Value? {
        try? JSONDecoder().decode(type, from: Data(bytes))
    }
}
