internal import Glibc
internal import Linux
public import Messages

/// The script framework of the seed documents as it is configured on this machine.
public struct ScriptFramework: Sendable {
    /// What may run, in the order of the plugin host's file: every configuration without a fault. The scripts themselves
    /// are checked by `Plugin.open`.
    public var plugins: [Plugin] = []
    /// Errors and warnings met on the way, phase `preflight`.
    public var findings: [Finding] = []
    /// What `vmbackup.conf` says.
    public var freezeSettings = FreezeSettings()
    /// Whether somebody configured scripts, if only brokenly: then a level of `application` was promised.
    public var isConfigured = false

    /// No scripts.
    public init() {}

    /// Where the documents put the configuration.
    public static let defaultConfigPath = "/etc/azure/VMSnapshotScriptPluginConfig.json"
    /// The plugin host's file, in the folder of the configuration.
    public static let pluginHostName = "VMSnapshotPluginHost.conf"
    /// The freeze settings, in the folder of the configuration.
    public static let freezeSettingsName = "vmbackup.conf"

    /// Reads all of the framework's files. Runs nothing, changes nothing, never fails: what is wrong is in `findings`.
    /// - Parameters:
    ///   - configPath: the plugin configuration; the other two files are looked for in its folder.
    ///   - isExplicit: the user named the file, so it has to be there.
    public static func load(configPath: String, isExplicit: Bool) -> ScriptFramework {
        let path = absolute(configPath)
        let folder = Files.parent(of: path)
        var framework = ScriptFramework()
        framework.loadPlugins(path, hostPath: join(folder, pluginHostName), isExplicit: isExplicit)
        let (settings, findings) = FreezeSettings.read(join(folder, freezeSettingsName))
        framework.freezeSettings = settings
        framework.findings += findings
        return framework
    }

    private mutating func loadPlugins(_ path: String, hostPath: String, isExplicit: Bool) {
        do {
            if let host = try PluginHost.read(hostPath) {
                load(host, hostPath, path, isExplicit: isExplicit)
            } else if isExplicit || Files.exists(path) {
                isConfigured = true
                add(PluginConfig(reading: path, host: nil))
            }
        } catch {
            // Nobody knows what a broken host file would have asked for: run nothing.
            isConfigured = true
            report(error.problem)
        }
    }

    private mutating func load(_ host: PluginHost, _ hostPath: String, _ path: String, isExplicit: Bool) {
        isConfigured = !host.entries.isEmpty
        host.unknownKeys.forEach { report(.unknownKey(path: hostPath, key: $0), .warning) }
        if host.entries.isEmpty { report(.noPlugins(path: hostPath), .warning) }
        checkListed(path, host, hostPath, isExplicit: isExplicit)
        for entry in host.entries {
            let limits = PluginConfig.Host(name: entry.name, timeoutLimit: host.timeoutLimit)
            add(PluginConfig(reading: entry.configPath, host: limits))
        }
    }

    /// A configuration that the user relies on and that the plugin host's file leaves out would never run.
    private mutating func checkListed(_ path: String, _ host: PluginHost, _ hostPath: String, isExplicit: Bool) {
        let isThere = Files.exists(path)
        let wanted = Files.resolved(path) ?? path
        let isListed = host.entries.contains { $0.configPath == path || Files.resolved($0.configPath) == wanted }
        if isListed { return }
        if isExplicit && !isThere { report(.scriptConfigMissing(path: path)) }
        if isExplicit || isThere { report(.configNotInPluginHost(config: path, host: hostPath), .warning) }
    }

    private mutating func add(_ config: PluginConfig) {
        findings += config.findings
        if let plugin = config.plugin { plugins.append(plugin) }
    }

    private mutating func report(_ problem: Problem, _ severity: Severity = .error) {
        findings.append(Finding(problem, severity: severity, phase: "preflight"))
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let pointer = getcwd(nil, 0) else { return "/" + path }
        defer { free(pointer) }
        return join(String(cString: pointer), path)
    }

    private static func join(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }
}
