public import Applications
public import FoundationEssentials
public import Messages
public import Scripts

/// What one run did: printed, stored inside the recovery point, and shown again by `show`. The JSON form is a contract.
public struct Report: Codable, Sendable {
    /// A finding in its JSON form.
    public struct Entry: Codable, Sendable {
        /// The code's name.
        public var code: String
        /// The code's number.
        public var number: Int
        /// The phase of the run; empty outside a run.
        public var phase: String
        /// Error or warning.
        public var severity: Severity
        /// What happened, in the language of the run.
        public var message: String
        /// What to do.
        public var action: String
        /// The file, volume or repository concerned.
        @Nullable public var subject: String?

        /// The finding in words of `language`.
        public init(_ finding: Finding, in language: Language) {
            code = finding.problem.code.name
            number = finding.problem.code.number
            phase = finding.phase
            severity = finding.severity
            message = finding.problem.message(in: language)
            action = finding.problem.action(in: language)
            _subject = Nullable(wrappedValue: finding.subject)
        }
    }

    /// One phase of the run.
    public struct TimelineEntry: Codable, Sendable {
        /// Which one.
        public var phase: PhaseName
        /// Milliseconds from the start of the run.
        public var startMs: Double
        /// Milliseconds that it took.
        public var durationMs: Double
        /// How it ended.
        public var outcome: StepOutcomeName
    }

    /// How long something stood still, in milliseconds.
    public struct Pause: Codable, Sendable {
        /// From the start of the pre-script to the end of the post-script.
        public var application = 0.0
        /// From the first FIFREEZE to the last FITHAW.
        public var freeze = 0.0
    }

    /// The executions of the scripts.
    public struct ScriptResults: Codable, Sendable {
        /// The executions in one phase.
        public struct PhaseResults: Codable, Sendable {
            /// In the order of their start, retries included.
            public var attempts: [ScriptAttempt] = []
        }

        /// Before the snapshot.
        public var pre = PhaseResults()
        /// After the snapshot.
        public var post = PhaseResults()
    }

    /// One volume of the run.
    public struct Volume: Codable, Sendable {
        /// Where it is mounted.
        public var mountPoint: String
        /// The device or other source.
        public var device: String
        /// The type of its file system.
        public var filesystem: String
        /// The UUID of its file system.
        @Nullable public var uuid: String?
        /// The snapshot provider.
        public var provider: String
        /// Remanso froze it for the snapshot.
        public var frozen = false
        /// From FIFREEZE to the return of FITHAW, in milliseconds.
        public var freezeMs = 0.0
        /// What was observed.
        public var consistency = Consistency.none
        /// Bytes of its files.
        public var bytesRead: UInt64 = 0
        /// Bytes that the vault grew by for it.
        public var bytesStored: UInt64 = 0
        /// The vault's snapshot that holds it.
        @Nullable public var snapshot: String?
        /// How its image was made; `null` for a volume that is stored as files.
        @Nullable public var image: Image?
    }

    /// How a volume's image was made.
    public struct Image: Codable, Sendable {
        /// One pass over what had changed, with the volume alive.
        public struct Round: Codable, Sendable {
            /// Bytes that were to be read.
            public var bytes: UInt64
            /// Reading and storing them, in milliseconds.
            public var durationMs: Double
        }

        /// The rounds before the freeze.
        public var rounds: [Round] = []
        /// Bytes that were read inside the freeze.
        public var finalBytes: UInt64 = 0
        /// Reading them, in milliseconds.
        public var finalMs = 0.0
        /// All that is allocated was read and compared, not only what had changed since the parent.
        public var readEverything = true
        /// Why everything was read.
        @Nullable public var reason: String?
        /// How long the volume was frozen before everything else, for a tracker of this run alone, in milliseconds; not part
        /// of `pauseMs.freeze`.
        public var barrierMs = 0.0
        /// Freezes that ended without an image, because too much was left to read.
        public var failedFreezes = 0
    }

    /// Where the recovery point is.
    public struct VaultPlace: Codable, Sendable {
        /// The repository, without credentials.
        public var repository: String
        /// The snapshot that holds the data (the first, if there are several).
        @Nullable public var snapshot: String?
    }

    /// The version of this form.
    public var schema = 1
    /// The recovery point's id; `null` when none was made.
    @Nullable public var recoveryPoint: String?
    /// The machine's name.
    public var host = ""
    /// The machine's id (machine-id(5)).
    public var machineId = ""
    /// The version of Remanso.
    public var version = ""
    /// The start by the calendar clock.
    public var startedAt = ""
    /// The end by the calendar clock.
    public var finishedAt = ""
    /// Whether the promise was kept.
    public var outcome = OutcomeName.failed
    /// The lowest level of all volumes.
    public var consistency = Consistency.none
    /// How many times the whole run was tried.
    public var attempts = 1
    /// Whether this was a rehearsal, without snapshot and store.
    public var rehearsal = false
    /// The applications' names that the scripts' configurations give.
    public var applications: [String] = []
    /// Errors and warnings.
    public var errors: [Entry] = []
    /// The phases in order.
    public var timeline: [TimelineEntry] = []
    /// How long things stood still.
    public var pauseMs = Pause()
    /// The scripts' executions.
    public var scripts = ScriptResults()
    /// The applications that were brought to rest natively.
    @Listed public var adapters: [ApplicationRecord]
    /// The volumes.
    public var volumes: [Volume] = []
    /// The vault; `null` in a rehearsal.
    @Nullable public var vault: VaultPlace?

    /// An empty report of a failed run.
    public init() {}

    /// The JSON form, for people to read too.
    public func json() -> [UInt8] { JSONText.encode(self) }

    /// Reads a stored report; `nil` when it is none.
    public init?(json: [UInt8]) {
        guard let report = try? JSONDecoder().decode(Report.self, from: Data(json)) else { return nil }
        self = report
    }
}

/// An optional value whose absence is written as `null` instead of leaving the key out.
@propertyWrapper
public struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
    /// The value.
    public var wrappedValue: Value?

    /// Wraps a value or `nil`.
    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    /// Reads the value or `null`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    /// Writes the value or `null`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

extension KeyedDecodingContainer {
    /// A key that an older report lacks reads as `null`.
    public func decode<Value>(_ type: Nullable<Value>.Type, forKey key: Key) throws -> Nullable<Value> {
        try decodeIfPresent(type, forKey: key) ?? Nullable(wrappedValue: nil)
    }
}

/// A list that an older report lacks.
@propertyWrapper
public struct Listed<Element: Codable & Sendable>: Codable, Sendable {
    /// The list.
    public var wrappedValue: [Element] = []

    /// An empty list.
    public init() {}

    /// Reads the list.
    public init(from decoder: any Decoder) throws { wrappedValue = try [Element](from: decoder) }

    /// Writes the list.
    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

extension KeyedDecodingContainer {
    /// A list that an older report lacks is empty.
    public func decode<Element>(_ type: Listed<Element>.Type, forKey key: Key) throws -> Listed<Element> {
        try decodeIfPresent(type, forKey: key) ?? Listed()
    }
}

/// JSON as Remanso prints it.
public enum JSONText {
    /// Sorted keys, indented, slashes as they are; ends with a line end.
    public static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(value)) ?? Data("{}".utf8)
        return Array(data) + [UInt8(ascii: "\n")]
    }
}

/// Calendar time in the forms that reports use, always UTC.
public enum Timestamp {
    /// `2026-11-21T10:15:00.123Z`.
    public static func iso(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// `2026-11-21T10:15:00Z`.
    public static func seconds(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle()) }

    /// `2026-11-21 10:15`.
    public static func minute(_ iso: String) -> String { String(iso.prefix(16)).replacing("T", with: " ") }

    /// `20261121T101500Z-7f3a`, a recovery point's id. The four hexadecimal digits are the second's 65,536ths: ids of one
    /// machine come in the order of their runs.
    public static func recoveryPoint(_ date: Date) -> String {
        let time = date.timeIntervalSince1970
        let digits = String(UInt16((time - time.rounded(.down)) * 65_536), radix: 16)
        let compact = seconds(date).filter { $0 != "-" && $0 != ":" }
        return compact + "-" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
