public import Messages

/// One run of a script, as the report lists it.
public struct ScriptAttempt: Sendable, Codable, Equatable {
    /// The plugin's name.
    public var plugin: String
    /// The exit status; `nil` when a signal ended it or it could not be started.
    public var exitCode: Int32?
    /// The signal that ended it, if one did.
    public var signal: Int32?
    /// Its time was over.
    public var timedOut: Bool
    /// Milliseconds from start to end, the ending of what it left behind included.
    public var durationMs: Double
    /// The last 64 KiB of standard output; what is not UTF-8 is replaced.
    public var stdout: String
    /// The last 64 KiB of standard error; what is not UTF-8 is replaced.
    public var stderr: String
    /// Whether earlier output of either stream was dropped.
    public var truncated: Bool

    /// An attempt that could not be started, unless the properties say otherwise.
    public init(
        plugin: String, exitCode: Int32? = nil, signal: Int32? = nil, timedOut: Bool = false, durationMs: Double = 0,
        stdout: String = "", stderr: String = "", truncated: Bool = false
    ) {
        self.plugin = plugin
        self.exitCode = exitCode
        self.signal = signal
        self.timedOut = timedOut
        self.durationMs = durationMs
        self.stdout = stdout
        self.stderr = stderr
        self.truncated = truncated
    }

    private enum CodingKeys: CodingKey {
        case plugin, exitCode, signal, timedOut, durationMs, stdout, stderr, truncated
    }

    /// Writes every key, `null` where there is no value: a reader of the report need not know which may be absent.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(plugin, forKey: .plugin)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(signal, forKey: .signal)
        try container.encode(timedOut, forKey: .timedOut)
        try container.encode(durationMs, forKey: .durationMs)
        try container.encode(stdout, forKey: .stdout)
        try container.encode(stderr, forKey: .stderr)
        try container.encode(truncated, forKey: .truncated)
    }
}

/// What one phase of one plugin came to.
public struct ScriptOutcome: Sendable, Equatable {
    /// What was run, in order. Of more than `ScriptRun.keptAttempts` the first and the last are kept.
    public var attempts: [ScriptAttempt] = []
    /// Why it failed; `nil` is success.
    public var problem: Problem?
    /// What deserves a look although it succeeded: `.scriptLeftProcesses`.
    public var warnings: [Problem] = []
    /// This process was asked to stop; `problem` is `.interrupted` then.
    public var wasInterrupted = false

    /// A success without attempts.
    public init() {}
}
