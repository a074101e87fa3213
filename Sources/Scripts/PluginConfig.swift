internal import Glibc
internal import Linux
internal import Messages

/// One plugin configuration (`VMSnapshotScriptPluginConfig.json`) as it was read.
struct PluginConfig {
    /// `nil` when the configuration cannot be used.
    private(set) var plugin: Plugin?
    /// Every fault and warning; all of them, so that one look is enough to mend the file.
    private(set) var findings: [Finding] = []

    /// The name that the template gives and that the documents ask to leave alone.
    static let expectedName = "ScriptRunner"
    /// Seconds (seed documents).
    static let maximalTimeout = 1800
    /// Seconds when the key is absent, as in the template.
    static let defaultTimeout = 30

    /// What the plugin host's file says of this configuration.
    struct Host {
        var name: String
        /// Seconds; may only lower the configuration's own limit.
        var timeoutLimit: Int
    }

    /// Reads and checks one file.
    /// - Parameters:
    ///   - path: absolute.
    ///   - host: `nil` without a plugin host's file.
    init(reading path: String, host: Host?) {
        do {
            let file = try TrustedPath.open(path, .configuration)
            let object = try JSONReader.object(try ConfigurationFile.text(of: file))
            interpret(object, path, host)
        } catch let error as PathFault {
            report(Self.problem(error, path))
        } catch let error as UnusableFile {
            report(.scriptConfig(path: path, fault: error.fault))
        } catch {
            report(.scriptConfig(path: path, fault: .unreadable(reason: "\(error)")))
        }
    }

    private static func problem(_ fault: PathFault, _ path: String) -> Problem {
        switch fault {
        case .missing: .scriptConfigMissing(path: path)
        case .permission(let fault): .scriptConfigPermission(fault: fault)
        case .system(let error): .scriptConfig(path: path, fault: .unreadable(reason: error.reason))
        }
    }

    private mutating func report(_ problem: Problem, _ severity: Severity = .error) {
        findings.append(Finding(problem, severity: severity, phase: "preflight"))
    }

    private mutating func interpret(_ object: JSONObject, _ path: String, _ host: Host?) {
        var members = JSONMembers(object)
        let name = members.string("pluginName")
        let appName = members.string("appName")
        let scripts = ScriptPhase.both.map { readScript($0, &members) }
        let timeout = members.integer("timeoutInSeconds", atLeast: 1, highest: Self.maximalTimeout)
        let continues = members.boolean("continueBackupOnFailure") ?? true
        let freezes = members.boolean("fsFreezeEnabled") ?? true
        // Remanso waits on the process itself and needs no poll time; a wrong one still shows a slip of the hand.
        _ = members.integer("ScriptsExecutionPollTimeSeconds", in: 1...5)
        members.faults.forEach { report(.scriptConfig(path: path, fault: $0)) }
        members.unknownKeys.forEach { report(.unknownKey(path: path, key: $0), .warning) }
        if let name, name != Self.expectedName { report(.unexpectedPluginName(path: path, name: name), .warning) }
        if let timeout, timeout > Self.maximalTimeout {
            report(.timeoutClamped(path: path, seconds: timeout, limit: Self.maximalTimeout), .warning)
        }
        guard members.faults.isEmpty else { return }
        let limit = min(Self.maximalTimeout, host?.timeoutLimit ?? Self.maximalTimeout)
        plugin = Plugin(
            name: host?.name ?? name ?? Self.expectedName, appName: appName, configPath: path,
            pre: scripts[0], post: scripts[1], timeoutSeconds: min(timeout ?? Self.defaultTimeout, limit),
            continueBackupOnFailure: continues, fsFreezeEnabled: freezes)
    }

    private func readScript(_ phase: ScriptPhase, _ members: inout JSONMembers) -> ScriptSpec {
        let path = members.path(phase.locationKey)
        let parameters = members.strings(phase.parametersKey) ?? []
        let retries = members.integer(phase.retriesKey, in: 0...Int.max) ?? 0
        return ScriptSpec(path: path ?? "", parameters: parameters, retries: retries)
    }
}

extension ScriptPhase {
    static let both: [ScriptPhase] = [.pre, .post]
}
