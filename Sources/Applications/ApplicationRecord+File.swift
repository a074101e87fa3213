internal import FoundationEssentials

/// A file on its way between two processes: its content in Base64, without the zeros at its end, of which a segment of
/// PostgreSQL's WAL mostly consists.
extension ApplicationRecord.File: Codable {
    private enum Key: String, CodingKey {
        case path, size, content
    }

    /// Reads a file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let start = try container.decode(Data.self, forKey: .content)
        let size = try container.decode(Int.self, forKey: .size)
        guard size >= start.count else {
            throw DecodingError.dataCorruptedError(forKey: .size, in: container, debugDescription: "\(size)")
        }
        self.init(
            path: try container.decode(String.self, forKey: .path),
            content: Array(start) + [UInt8](repeating: 0, count: size - start.count))
    }

    /// Writes the file.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        let end = content.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        try container.encode(path, forKey: .path)
        try container.encode(content.count, forKey: .size)
        try container.encode(Data(content[..<end]), forKey: .content)
    }
}
