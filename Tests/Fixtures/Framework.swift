internal import Glibc
internal import Linux

/// The script framework's files in a folder that only root may write. Its scripts note in a diary that they ran.
public struct Framework: Sendable {
    /// Where the files are.
    public let folder: String

    /// Makes the folder, empty.
    public init(in parent: String) throws {
        folder = "\(parent)/framework"
        try Files.makeFolder(folder)
    }

    /// `VMSnapshotScriptPluginConfig.json`.
    public var configPath: String { "\(folder)/VMSnapshotScriptPluginConfig.json" }
    /// `VMSnapshotPluginHost.conf`, which is not there unless a test writes it.
    public var hostPath: String { "\(folder)/VMSnapshotPluginHost.conf" }
    /// `vmbackup.conf`, which is not there unless a test writes it.
    public var freezeSettingsPath: String { "\(folder)/vmbackup.conf" }
    /// The pre-script.
    public var prePath: String { "\(folder)/pre.sh" }
    /// The post-script.
    public var postPath: String { "\(folder)/post.sh" }
    /// The file that the scripts write.
    public var diaryPath: String { "\(folder)/diary" }

    /// What the scripts noted: `pre`, and `post` with the results of pre-script and snapshot.
    public var diary: [String] {
        (Files.text(diaryPath) ?? "").split(separator: "\n").map(String.init)
    }

    /// Forgets what was noted.
    public func clearDiary() { unlink(diaryPath) }

    /// Writes both scripts and the configuration.
    /// - Parameters:
    ///   - pre: what the pre-script does after its note, in the words of a shell.
    ///   - post: the same for the post-script.
    ///   - settings: keys of the configuration with their values as JSON writes them.
    public func write(pre: String = "", post: String = "", _ settings: [String: String] = [:]) throws {
        try writePlugin("", pre: pre, post: post, settings)
    }

    /// Writes the scripts and the configuration of one of several plugins, and returns the configuration's path.
    @discardableResult
    public func writePlugin(
        _ name: String, pre: String = "", post: String = "", _ settings: [String: String] = [:]
    ) throws -> String {
        let place = name.isEmpty ? folder : "\(folder)/\(name)"
        let label = name.isEmpty ? "" : "\(name) "
        let preScript = """
            #!/bin/sh
            echo "\(label)pre" >> \(diaryPath)
            \(pre)

            """
        let postScript = """
            #!/bin/sh
            echo "\(label)post $REMANSO_PRE_RESULT $REMANSO_SNAPSHOT_RESULT" >> \(diaryPath)
            \(post)

            """
        try Sandbox.write("\(place)/pre.sh", preScript, mode: 0o700)
        try Sandbox.write("\(place)/post.sh", postScript, mode: 0o700)
        return try writeConfiguration(settings, in: place)
    }

    /// Writes only the configuration, and returns its path.
    @discardableResult
    public func writeConfiguration(_ settings: [String: String], in place: String? = nil) throws -> String {
        let place = place ?? folder
        let given = [
            "pluginName": "\"ScriptRunner\"", "preScriptLocation": "\"\(place)/pre.sh\"",
            "postScriptLocation": "\"\(place)/post.sh\"",
        ].merging(settings) { _, given in given }
        let path = "\(place)/VMSnapshotScriptPluginConfig.json"
        try Sandbox.write(path, Self.json(given))
        return path
    }

    /// An object with values as JSON writes them.
    public static func json(_ members: [String: String]) -> String {
        "{\n" + members.map { "    \"\($0)\": \($1)" }.sorted().joined(separator: ",\n") + "\n}\n"
    }

    /// Writes the plugin host's file for these configurations.
    public func writeHost(_ configurations: [String], timeout: Int = 1800) throws {
        var lines = ["[pre_post]", "timeoutInSeconds: \(timeout)", "numberOfPlugins: \(configurations.count)"]
        for (number, path) in configurations.enumerated() {
            lines.append("pluginName\(number): plugin\(number)")
            lines.append("pluginPath\(number): ScriptRunner")
            lines.append("pluginConfigPath\(number): \(path)")
        }
        try Sandbox.write(hostPath, lines.joined(separator: "\n") + "\n")
    }

    /// Writes the freeze settings.
    public func writeFreezeSettings(_ settings: [String: String]) throws {
        let lines = settings.map { "\($0) = \($1)\n" }.sorted()
        try Sandbox.write(freezeSettingsPath, "[SnapshotThread]\n" + lines.joined())
    }
}

/// All that a run needs, in a sandbox: scripts that succeed, an empty vault, a configuration file, the real program.
/// Whatever a call leaves behind on the machine is found at the end.
public struct Machine: Sendable {
    /// Where everything lies.
    public let sandbox: Sandbox
    /// The scripts.
    public let framework: Framework
    /// The vault.
    public let vault: TestVault
    /// The configuration file.
    public let configPath: String

    /// Makes a machine for `body`.
    /// - Throws: what `body` throws, and a `FixtureError` that names what was left behind.
    public static func with(_ body: (Machine) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let leftovers = Leftovers()
            let machine = Machine(
                sandbox: sandbox, framework: try Framework(in: sandbox.path), vault: try TestVault(in: sandbox.path),
                configPath: sandbox.path("remanso.yaml"))
            try machine.configure("")
            try machine.framework.write()
            try body(machine)
            let left = leftovers.found()
            guard left.isEmpty else { throw FixtureError("left behind: " + left.joined(separator: "\n")) }
        }
    }

    /// Makes a machine with one volume.
    public static func with(_ kind: Volume.Kind, _ body: (Machine, Volume) throws -> Void) throws {
        try with { machine in
            try Volume.with(kind, in: machine.sandbox.path) { volume in
                try volume.write("data", "kept")
                try body(machine, volume)
                guard volume.acceptsWrites(withinSeconds: 30) else { throw FixtureError("still frozen") }
            }
        }
    }

    /// Replaces the configuration file. It always names volumes: without, a run would be about those of the real machine.
    public func configure(_ yaml: String) throws {
        let hasVolumes = yaml.hasPrefix("volumes:") || yaml.contains("\nvolumes:")
        try Sandbox.write(configPath, hasVolumes ? yaml : yaml + "volumes: [\(sandbox.path("no-volume"))]\n")
    }

    /// The program with this machine's vault, scripts and configuration.
    public func remanso(_ volumes: [Volume] = [], usesScripts: Bool = true) throws -> RemansoCommand {
        var common = ["--config", configPath, "--vault", vault.repository, "--vault-password-file", vault.passwordFile]
        if usesScripts { common += ["--script-config", framework.configPath] }
        return try RemansoCommand(common: common + volumes.flatMap { ["--volume", $0.mountPoint] })
    }
}
