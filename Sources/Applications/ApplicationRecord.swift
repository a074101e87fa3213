/// What is known of an application at one recovery point: what a person reads in the report, and what a drill needs to
/// start it again.
public struct ApplicationRecord: Codable, Sendable, Equatable {
    /// One thing that was done, and what it cost.
    public struct Step: Codable, Sendable, Equatable {
        /// In the application's own words, such as `CHECKPOINT`.
        public var action: String
        /// Milliseconds.
        public var durationMs: Double

        /// A step of this length.
        public init(_ action: String, durationMs: Double) {
            self.action = action
            self.durationMs = durationMs
        }
    }

    /// A file that belongs to the recovery point and lies on no volume, such as PostgreSQL's `backup_label`.
    public struct File: Sendable, Equatable {
        /// Where it belongs when the application is started from the recovery point: an absolute path.
        public var path: String
        /// Its content.
        public var content: [UInt8]

        /// A file with this content.
        public init(path: String, content: [UInt8]) {
            self.path = path
            self.content = content
        }
    }

    /// The name that the administrator has given it.
    public var name: String
    /// The type's name.
    public var type: String
    /// The settings by which it was reached, which hold no secrets.
    public var settings: ApplicationSettings
    /// The server's version in its own words; empty when it could not be asked.
    public var version = ""
    /// Every folder or file that it needs, as absolute paths: all must lie on volumes of the run.
    public var folders: [String] = []
    /// What else is known: how a drill starts it, binlog position and the like.
    public var facts: [String: String] = [:]
    /// What was done, in order.
    public var steps: [Step] = []
    /// Whether it was at rest from the quiesce until it was let go.
    public var wasHeld = false
    /// From the start of the quiesce to the end of the release, in milliseconds.
    public var heldMs = 0.0
    /// Paths of files that belong to the recovery point and lie on no volume; the recovery point's manifest holds them.
    public var files: [String] = []

    /// What the configuration says, before the application was asked.
    public init(_ settings: ApplicationSettings) {
        name = settings.name
        type = settings.type
        self.settings = settings
    }
}
