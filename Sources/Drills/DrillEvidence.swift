public import Messages
public import Runs
internal import Vault

/// What a drill has shown, kept in the vault beside the recovery point. The JSON form is a contract.
public struct DrillEvidence: Codable, Sendable {
    /// How a drill, or one part of it, ended.
    public enum Outcome: String, Codable, Sendable {
        /// Everything was shown that a drill shows.
        case proven
        /// Something went wrong that the recovery point is to blame for.
        case failed
        /// Sound as far as it could be looked at, but there is no application to start.
        case checked
        /// Something of this machine stood in the way: nothing is known of the recovery point.
        case impossible
    }

    /// A volume and the check of its file system.
    public struct Volume: Codable, Sendable {
        /// Where it stood.
        public var mountPoint: String
        /// `image` or `files`.
        public var kind: String
        /// What was called; `null` for files, whose file system is not in the recovery point.
        @Nullable public var check: String?
        /// The end of its output.
        public var output = ""
        /// Milliseconds.
        public var durationMs = 0.0
        /// How it ended; files are sound when the application can read them.
        public var outcome = Outcome.proven
    }

    /// One of the application's own checks.
    public struct Check: Codable, Sendable {
        /// What a person would type.
        public var name: String
        /// The end of its output.
        public var output: String
        /// Milliseconds.
        public var durationMs: Double
        /// How it ended.
        public var outcome: Outcome
    }

    /// The user's own probe.
    public struct Probe: Codable, Sendable {
        /// The query, or the script's path.
        public var asked: String
        /// What it should answer; `null` when its success is enough.
        @Nullable public var expected: String?
        /// What it has answered.
        public var found = ""
        /// Milliseconds.
        public var durationMs = 0.0
        /// How it ended.
        public var outcome = Outcome.failed
    }

    /// One application that was started, or should have been.
    public struct Application: Codable, Sendable {
        /// The administrator's name for it.
        public var name: String
        /// The type's name.
        public var type: String
        /// The version that was backed up, in its own words.
        public var version = ""
        /// The program that was started; empty for files without a server.
        public var program = ""
        /// Its arguments.
        public var arguments: [String] = []
        /// The user id that it ran as.
        public var user: UInt32 = 0
        /// The group id.
        public var group: UInt32 = 0
        /// Its number inside the room.
        public var process: Int32 = 0
        /// The kinds of namespaces that were its own.
        public var namespaces: [String] = []
        /// The measured milliseconds from its start until it answered.
        @Nullable public var answeredMs: Double?
        /// The checks in their order.
        public var checks: [Check] = []
        /// The probe; `null` when none is configured.
        @Nullable public var probe: Probe?
        /// How it ended.
        public var outcome = Outcome.impossible
        /// The first thing that went wrong.
        @Nullable public var fault: DrillFault?
        /// The end of what it has written.
        public var log = ""

        /// Nothing is known yet.
        public init(name: String, type: String) {
            self.name = name
            self.type = type
        }
    }

    /// The version of this form.
    public var schema = 1
    /// The recovery point.
    public var recoveryPoint: String
    /// The machine on which the drill was.
    public var host = MachineIdentity.hostName
    /// The version of Remanso.
    public var version = remansoVersion
    /// The start by the calendar clock.
    public var startedAt = ""
    /// The end by the calendar clock.
    public var finishedAt = ""
    /// How it ended.
    public var outcome = Outcome.impossible
    /// The volumes.
    public var volumes: [Volume] = []
    /// The applications.
    public var applications: [Application] = []
    /// The first thing that went wrong, in words.
    public var errors: [Report.Entry] = []

    /// Nothing is known yet.
    public init(_ recoveryPoint: String) { self.recoveryPoint = recoveryPoint }

    /// Reads stored evidence; `nil` when it is none.
    public init?(json: [UInt8]) {
        guard let evidence = Line.decode(DrillEvidence.self, from: json) else { return nil }
        self = evidence
    }

    /// The slowest application's measured time until it answered; `nil` when none was started.
    public var answeredMs: Double? { applications.compactMap(\.answeredMs).max() }

    /// The tags of the evidence; `nil` when there is nothing worth storing.
    var mark: DrillMark? {
        let result: DrillMark.Result
        switch outcome {
        case .proven: result = .proven
        case .failed: result = .failed
        case .checked: result = .checked
        case .impossible: return nil
        }
        let failed = applications.first { $0.outcome == .failed }
        return DrillMark(
            result, time: finishedAt, answeredMs: answeredMs, fault: outcome == .failed ? errors.first?.code : nil,
            application: outcome == .failed ? failed?.name : nil)
    }
}
