public import Applications
public import Messages

/// What `remanso.yaml` says: every value checked, every absent one at its default.
///
/// The command line may override it. What only the machine can tell (whether a volume exists, whether a provider is
/// known) is not judged here.
public struct Configuration: Sendable, Equatable {
    /// Where recovery points are kept.
    public struct Vault: Sendable, Equatable {
        /// The restic repository in its own words: an absolute folder, or `s3:…`, `sftp:…`, `rest:…` and the like.
        public var repository: String?
        /// The absolute path of the file that holds the repository's password.
        public var passwordFile: String?
        /// The absolute path of the file that holds the credentials of the object store.
        public var environmentFile: String?

        /// A vault that is yet to be named.
        public init() {}
    }

    /// Where the script framework's files are.
    public struct Scripts: Sendable, Equatable {
        /// The absolute path of `VMSnapshotScriptPluginConfig.json`; `nil` for the framework's own place.
        public var config: String?

        /// The framework's own place.
        public init() {}
    }

    /// The limits of a freeze.
    public struct Freeze: Sendable, Equatable {
        /// The longest freeze, 0.1 to 600 seconds; `nil` leaves it to `vmbackup.conf` and the built-in limit.
        public var deadline: Double?
        /// How long a freeze should last at most, 0.01 to 60 seconds: a provider that copies what changed inside the freeze
        /// waits until so little is left. `nil` for the built-in 0.2.
        public var budget: Double?

        /// No limit of its own.
        public init() {}
    }

    /// How a failed run is tried again.
    public struct Retry: Sendable, Equatable {
        /// Runs in all, 1 to 100; 1 tries nothing again.
        public var attempts = 1
        /// Seconds between two runs, 0 to 86,400.
        public var delay = 30.0

        /// One run.
        public init() {}
    }

    /// How many recovery points `remanso prune` keeps, each 0 to 9999; not all of them are 0.
    public struct Retention: Sendable, Equatable {
        /// The newest ones.
        public var last = 3
        /// One a day.
        public var daily = 7
        /// One a week.
        public var weekly = 4
        /// One a month.
        public var monthly = 12
        /// One a year.
        public var yearly = 1

        /// The default: 3 last, 7 daily, 4 weekly, 12 monthly, 1 yearly.
        public init() {}
    }

    /// The mount points to back up, at least one, as they stand in the file; `nil` for every local file system on a
    /// block device.
    public var volumes: [String]?
    /// The mount points to leave out, as they stand in the file.
    public var exclude: [String] = []
    /// Where recovery points are kept.
    public var vault = Vault()
    /// Where the script framework's files are.
    public var scripts = Scripts()
    /// The applications to bring to rest, each with a name of its own.
    public var applications: [ApplicationSettings] = []
    /// The name of the snapshot provider; `nil` for `auto`, the one that suits each volume best.
    public var provider: String?
    /// The limits of a freeze.
    public var freeze = Freeze()
    /// How a failed run is tried again.
    public var retry = Retry()
    /// The level below which no recovery point is kept, never `Consistency.none`; `nil` keeps every one.
    public var require: Consistency?
    /// How many recovery points are kept. A key that is missing from a given `retention` counts 0.
    public var retention = Retention()

    /// The defaults, as without a file.
    public init() {}

    /// Reads a configuration file.
    ///
    /// The file names scripts that run as root, so it must be a regular file (links are followed) that belongs to root,
    /// or to whoever runs Remanso, and that neither its group nor others may write; at most 1 MiB.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - isExplicit: whether somebody asked for this very file. One that is merely the default may be missing, which
    ///     gives the defaults.
    /// - Throws: `Problem.configurationUnreadable` for the file itself, `Problem.configuration` with line and key for
    ///   what stands in it.
    public static func load(path: String, isExplicit: Bool) throws(Failure) -> Configuration {
        guard let bytes = try ConfigurationFile.bytes(of: path, isExplicit: isExplicit) else { return Configuration() }
        return try Configuration(bytes: bytes, file: path)
    }

    init(bytes: [UInt8], file: String) throws(Failure) {
        self.init()
        guard let root = try Document.root(of: bytes, file: file) else { return }
        try apply(Section(root, file: file))
    }
}
