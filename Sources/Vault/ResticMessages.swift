internal import FoundationEssentials

/// A line of restic's standard error with `--json`.
struct ResticErrorLine: Decodable {
    struct Cause: Decodable {
        let message: String?
        let operation: String?
        let path: String?

        enum CodingKeys: String, CodingKey {
            case message
            case operation = "Op"
            case path = "Path"
        }
    }

    let messageType: String
    let message: String?
    let item: String?
    let error: Cause?

    enum CodingKeys: String, CodingKey {
        case messageType = "message_type"
        case message, item, error
    }

    var text: String? {
        if let message { return message }
        guard let item else { return nil }
        return error?.message.map { "\(item): \($0)" } ?? item
    }
}

/// A line of `restic backup --json`.
struct ResticBackupLine: Decodable {
    let messageType: String
    let bytesDone: UInt64?
    let totalBytes: UInt64?
    let filesDone: UInt64?
    let secondsRemaining: Double?
    let snapshot: String?
    let totalFiles: UInt64?
    let totalBytesProcessed: UInt64?
    let dataAdded: UInt64?
    let dataAddedPacked: UInt64?
    let totalFilesProcessed: UInt64?

    enum CodingKeys: String, CodingKey {
        case messageType = "message_type"
        case bytesDone = "bytes_done"
        case totalBytes = "total_bytes"
        case filesDone = "files_done"
        case secondsRemaining = "seconds_remaining"
        case snapshot = "snapshot_id"
        case totalFiles = "total_files"
        case totalBytesProcessed = "total_bytes_processed"
        case dataAdded = "data_added"
        case dataAddedPacked = "data_added_packed"
        case totalFilesProcessed = "total_files_processed"
    }
}

/// An element of `restic snapshots --json`.
struct ResticSnapshot: Decodable, Sendable {
    let id: String
    let time: String
    let paths: [String]
    let hostname: String?
    let tags: [String]?
    /// Which snapshot this one was made from by `restic tag`, `copy` or `rewrite`: each of them gives it a new id.
    var original: String?

    /// - Parameter id: what a snapshot was called when it was stored, or the start of that.
    func was(_ id: String) -> Bool { self.id.hasPrefix(id) || original?.hasPrefix(id) ?? false }
}

/// A line of `restic ls --json`: a node, or the snapshot itself (without `type`).
struct ResticNode: Decodable, Sendable {
    let type: String?
    let path: String?
    let size: UInt64?
}

/// What `restic cat lock` prints.
struct ResticLock: Decodable, Sendable {
    let time: String
    let hostname: String?
    let pid: Int32?
}

/// An element of `restic find --blob --json`.
struct ResticFinding: Decodable, Sendable {
    let path: String?
    let snapshot: String?
}

/// Reading restic's JSON.
enum ResticJSON {
    static func decode<Value: Decodable>(_ type: Value.Type, from text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
