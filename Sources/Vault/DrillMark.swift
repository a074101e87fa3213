/// What a drill has shown of a recovery point, as the tags of its evidence tell it: a list needs no file for it.
public struct DrillMark: Codable, Sendable, Equatable {
    /// How a drill ended.
    public enum Result: String, Codable, Sendable {
        /// Every application started, answered, and passed its checks.
        case proven
        /// Something went wrong that the recovery point is to blame for.
        case failed
        /// The file systems were checked and all was read, but there is no application that could be started.
        case checked
    }

    /// How it ended.
    public var result: Result
    /// When, `2026-11-21T10:15:00.123Z`.
    public var time: String
    /// The measured milliseconds from the start of the slowest application until it answered.
    public var answeredMs: Double?
    /// The name of the code of what went wrong.
    public var fault: String?
    /// The application that it went wrong with.
    public var application: String?

    /// A result at a time.
    public init(
        _ result: Result, time: String, answeredMs: Double? = nil, fault: String? = nil, application: String? = nil
    ) {
        self.result = result
        self.time = time
        self.answeredMs = answeredMs
        self.fault = fault
        self.application = application
    }

    var tags: [String] {
        var tags = [Tag.encoded("result", result.rawValue), Tag.encoded("drilled", time)]
        if let answeredMs { tags.append("answered=\(Int64(answeredMs.rounded()))") }
        if let fault { tags.append(Tag.encoded("fault", fault)) }
        if let application { tags.append(Tag.encoded("application", application)) }
        return tags
    }

    /// `nil` for tags that are not understood.
    init?(_ snapshot: TaggedSnapshot) {
        guard let result = snapshot.first("result").flatMap(Result.init(rawValue:)),
            let time = snapshot.first("drilled")
        else { return nil }
        self.init(
            result, time: time, answeredMs: snapshot.first("answered").flatMap { Double($0) },
            fault: snapshot.first("fault"), application: snapshot.first("application"))
    }
}

extension RecoveryPoint {
    /// The evidence of one drill.
    public struct Drill: Sendable, Equatable {
        /// restic's id of the snapshot that holds it.
        public let id: String
        /// Its path in that snapshot.
        public let path: String
        /// What it says in short.
        public let mark: DrillMark

        init?(_ snapshot: TaggedSnapshot) {
            guard let mark = DrillMark(snapshot), let path = snapshot.snapshot.paths.first else { return nil }
            (id, self.path, self.mark) = (snapshot.snapshot.id, path, mark)
        }
    }

    /// The newest drill; `nil` when there was none.
    public var drill: Drill? { drills.first }
}
