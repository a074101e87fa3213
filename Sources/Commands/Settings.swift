internal import Configuration
internal import Glibc
internal import Linux
internal import Messages
internal import Runs
internal import Scripts
internal import Snapshots
internal import Vault

/// What command line and configuration together say.
struct Settings {
    let configuration: Configuration
    let configPath: String
    let language: Language
    private let invocation: Invocation

    static let defaultConfigPath = "/etc/remanso/remanso.yaml"
    static let defaultVault = "/var/lib/remanso/vault"
    static let defaultPasswordFile = "/etc/remanso/vault.key"

    /// Reads the configuration file that the command line names, or the default one if there is one.
    /// - Parameter configurationMayBeMissing: also when the command line names it.
    init(_ invocation: Invocation, configurationMayBeMissing: Bool = false) throws(Failure) {
        self.invocation = invocation
        language = invocation.language
        let path = invocation.value(.config)
        configPath = path ?? Self.defaultConfigPath
        configuration = try Configuration.load(
            path: configPath, isExplicit: path != nil && !configurationMayBeMissing)
    }

    var vaultLocation: VaultLocation {
        VaultLocation(
            repository: invocation.value(.vault) ?? configuration.vault.repository ?? Self.defaultVault,
            passwordFile: absolute(invocation.value(.vaultPasswordFile)) ?? configuration.vault.passwordFile
                ?? Self.defaultPasswordFile,
            environmentFile: configuration.vault.environmentFile)
    }

    /// The vault; what is wrong in it but ends nothing goes to standard error.
    func vault() -> Vault {
        let language = language
        return Vault(vaultLocation) { problem in
            Terminal.note(FindingText.text(Finding(problem, severity: .warning), in: language))
        }
    }

    /// Whether the command line names the vault or its password file.
    var vaultIsNamed: Bool { invocation.has(.vault) || invocation.has(.vaultPasswordFile) }

    /// Whether somebody named the password file: then it is never made, so that a wrong path does not become a new key.
    var passwordFileIsExplicit: Bool {
        invocation.has(.vaultPasswordFile) || configuration.vault.passwordFile != nil
    }

    var volumes: [String]? {
        let named = invocation.values(.volume).compactMap { absolute($0) }
        return named.isEmpty ? configuration.volumes : named
    }

    var retention: Retention {
        let wanted = configuration.retention
        return Retention(
            last: wanted.last, daily: wanted.daily, weekly: wanted.weekly, monthly: wanted.monthly,
            yearly: wanted.yearly)
    }

    /// The options of a run.
    func runOptions(_ mode: RunOptions.Mode) throws(Failure) -> RunOptions {
        var options = RunOptions(vault: vaultLocation, freezerPath: Self.freezerPath())
        options.mode = mode
        options.volumes = volumes
        options.exclude = configuration.exclude
        let scriptConfig = absolute(invocation.value(.scriptConfig)) ?? configuration.scripts.config
        options.scriptConfig = scriptConfig ?? ScriptFramework.defaultConfigPath
        options.scriptConfigIsExplicit = scriptConfig != nil
        options.applications = configuration.applications
        options.makesKey = !passwordFileIsExplicit
        options.provider = try provider()
        options.deadlineSeconds = configuration.freeze.deadline
        options.freezeBudgetSeconds = configuration.freeze.budget ?? options.freezeBudgetSeconds
        options.require = try invocation.choice(.require, Consistency.self) ?? configuration.require ?? .crash
        options.attempts = configuration.retry.attempts
        options.retryDelaySeconds = configuration.retry.delay
        options.language = language
        return options
    }

    /// A slip in its name is better known before the run than inside it.
    private func provider() throws(Failure) -> String {
        let known = ["auto"] + SnapshotProviders.all.map(\.name)
        if let name = invocation.value(.provider) {
            guard known.contains(name) else { throw Failure(.unknownProvider(name: name, known: known)) }
            return name
        }
        let name = configuration.provider ?? "auto"
        guard known.contains(name) else {
            throw Failure(.configuration(file: configPath, line: 0, key: "provider", fault: .notOneOf(known)))
        }
        return name
    }

    /// The folder of the configuration file; absolute.
    var configFolder: String { Files.parent(of: absolute(configPath) ?? configPath) }

    /// A path as the command line has it, from the current folder on.
    func absolute(_ path: String?) -> String? {
        guard let path, !path.hasPrefix("/"), let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    /// The freezer beside this program, or in `../libexec/remanso/`.
    static func freezerPath() -> String {
        let folder = Files.parent(of: Files.resolved("/proc/self/exe") ?? "/usr/bin/remanso")
        let places = ["\(folder)/remanso-freezer", "\(Files.parent(of: folder))/libexec/remanso/remanso-freezer"]
        return places.first { access($0, X_OK) == 0 } ?? places[0]
    }
}
