public import Applications
public import Messages
public import Vault

/// All that decides a run, gathered from the command line and the configuration.
public struct RunOptions: Sendable {
    /// What is done.
    public enum Mode: Sendable {
        /// The whole run.
        case backup
        /// The cycle without snapshot and store.
        case rehearsal
    }

    /// The whole run or a rehearsal.
    public var mode = Mode.backup
    /// Mount points; `nil` for every local file system on a block device.
    public var volumes: [String]?
    /// Mount points that the default leaves out.
    public var exclude: [String] = []
    /// The scripts' configuration.
    public var scriptConfig = "/etc/azure/VMSnapshotScriptPluginConfig.json"
    /// Whether somebody named `scriptConfig`, so that its absence is an error.
    public var scriptConfigIsExplicit = false
    /// The vault.
    public var vault: VaultLocation
    /// Whether a missing local vault is made.
    public var makesVault = true
    /// Whether a missing password file is made, with a new random password.
    public var makesKey = true
    /// The snapshot provider, or `auto`.
    public var provider = "auto"
    /// The longest freeze in seconds; `nil` for the framework's own setting or 10.
    public var deadlineSeconds: Double?
    /// Seconds that a freeze should last at most where what changed is copied inside it.
    public var freezeBudgetSeconds = 0.2
    /// The lowest level that is kept.
    public var require = Consistency.crash
    /// How many times a failed run is tried in all.
    public var attempts = 1
    /// Seconds between two tries.
    public var retryDelaySeconds = 30.0
    /// Where lock, journal and ledger are kept; lost at a reboot.
    public var stateFolder = RunOptions.defaultStateFolder
    /// The folder that `remanso thaw` looks into.
    public static let defaultStateFolder = "/run/remanso"
    /// The applications to bring to rest.
    public var applications: [ApplicationSettings] = []
    /// The program `remanso`, started once more to hold the applications' sessions.
    public var keeperPath = "/proc/self/exe"
    /// The program `remanso-freezer`.
    public var freezerPath: String
    /// The language of messages inside the report.
    public var language = Language.en

    /// The defaults with this vault and freezer.
    public init(vault: VaultLocation, freezerPath: String) {
        self.vault = vault
        self.freezerPath = freezerPath
    }
}

/// The version of Remanso, as `--version` and reports give it.
public let remansoVersion = "0.1.0"
