public import Messages

/// A pair of scripts: what one plugin configuration asks for.
public struct Plugin: Sendable, Codable, Equatable {
    /// The label: `pluginNameN` of the plugin host's file, else `pluginName`.
    public var name: String
    /// The application that the scripts quiesce; `nil` when the configuration does not say.
    public var appName: String?
    /// The file that this was read from; absolute.
    public var configPath: String
    /// The script before the snapshot.
    public var pre: ScriptSpec
    /// The script after the snapshot.
    public var post: ScriptSpec
    /// Seconds for each of the two scripts, all its attempts together; 1…1800.
    public var timeoutSeconds: Int
    /// Whether a backup of a lower level is wanted when a script fails.
    public var continueBackupOnFailure: Bool
    /// Whether the file systems are frozen around the snapshot.
    public var fsFreezeEnabled: Bool

    /// A plugin.
    public init(
        name: String, appName: String? = nil, configPath: String, pre: ScriptSpec, post: ScriptSpec,
        timeoutSeconds: Int = 30, continueBackupOnFailure: Bool = true, fsFreezeEnabled: Bool = true
    ) {
        self.name = name
        self.appName = appName
        self.configPath = configPath
        self.pre = pre
        self.post = post
        self.timeoutSeconds = timeoutSeconds
        self.continueBackupOnFailure = continueBackupOnFailure
        self.fsFreezeEnabled = fsFreezeEnabled
    }

    /// What is to run in a phase.
    public func script(_ phase: ScriptPhase) -> ScriptSpec { phase == .pre ? pre : post }

    /// Checks the script of a phase and opens it for running.
    /// - Throws: what `CheckedScript.open` throws.
    public func open(_ phase: ScriptPhase) throws(Failure) -> CheckedScript {
        try CheckedScript.open(script(phase), phase)
    }
}

/// A script as it is configured.
public struct ScriptSpec: Sendable, Codable, Equatable {
    /// Absolute; or empty, which `CheckedScript.open` reports as not found.
    public var path: String
    /// Passed as they stand.
    public var parameters: [String]
    /// How often it is run again after a failure; 0 is a single attempt.
    public var retries: Int

    /// A script.
    public init(path: String, parameters: [String] = [], retries: Int = 0) {
        self.path = path
        self.parameters = parameters
        self.retries = retries
    }
}

extension ScriptPhase {
    /// The configuration's key that names the script.
    var locationKey: String { rawValue + "ScriptLocation" }
    var parametersKey: String { rawValue + "ScriptParams" }
    var retriesKey: String { rawValue + "ScriptNoOfRetries" }
}
