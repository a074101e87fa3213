import Fixtures
import Glibc
import Linux
import Testing

/// A sandbox with a vault of its own, and the real programs.
struct EndToEnd {
    let sandbox: Sandbox
    let repository: String
    let key: String
    let remanso: RemansoCommand

    static func with<Value>(_ body: (EndToEnd) throws -> Value) throws -> Value {
        try Sandbox.with { sandbox in
            let key = try sandbox.write("vault.key", "remanso\n")
            let repository = sandbox.path("vault")
            // An empty configuration: nothing of this machine's own counts.
            try sandbox.write("remanso.yaml", "freeze: {deadline: 20s}\n")
            return try body(EndToEnd(sandbox, repository: repository, key: key))
        }
    }

    /// With a vault that is there already, and opens at once.
    static func withReadyVault<Value>(_ body: (EndToEnd) throws -> Value) throws -> Value {
        try with { call in
            let vault = try TestVault(in: call.sandbox.path, name: "ready")
            return try body(call.with(repository: vault.repository, key: vault.passwordFile))
        }
    }

    private init(_ sandbox: Sandbox, repository: String, key: String) throws {
        self.sandbox = sandbox
        self.repository = repository
        self.key = key
        remanso = try RemansoCommand(
            common: [
                "--vault", repository, "--vault-password-file", key, "--config", sandbox.path("remanso.yaml"),
            ])
    }

    /// The same with another vault or another key.
    func with(repository: String? = nil, key: String? = nil) throws -> EndToEnd {
        try EndToEnd(sandbox, repository: repository ?? self.repository, key: key ?? self.key)
    }

    /// Runs `backup` for these volumes and returns its report.
    func backup(_ volumes: [String], _ more: [String] = [], status: Int32 = 0) throws -> JSONObject {
        let result = try remanso.run(["backup", "--json"] + volumes.flatMap { ["--volume", $0] } + more)
        let report = try result.json()
        let errors = report["errors"].array.compactMap { $0["message"].string }
        #expect(result.status == status, "\(errors) \(result.errors.suffix(2000))")
        return report
    }

    /// Restores into an empty folder and returns the folder.
    func restore(_ id: String = "latest", _ more: [String] = [], name: String = "restored") throws -> String {
        let folder = sandbox.path(name)
        let result = try remanso.run(["restore", id, "--to", folder] + more)
        #expect(result.status == 0, "\(result.errors)")
        return folder
    }

    /// restic by itself, as somebody without Remanso would use it.
    func restic(_ arguments: String...) throws -> String {
        try Shell.run("restic", ["--no-cache", "--repo", repository, "--password-file", key] + arguments)
    }

    /// A pre-script and a post-script that note their calls, and the option that names their configuration.
    func scripts(pre: String = "exit 0", post: String = "exit 0") throws -> [String] {
        let log = sandbox.path("calls")
        let paths = try [("pre", pre), ("post", post)].map { name, body in
            try sandbox.write("\(name).sh", "#!/bin/sh\necho \(name) >> '\(log)'\n\(body)\n", mode: 0o700)
        }
        let json = """
            {"pluginName": "ScriptRunner", "preScriptLocation": "\(paths[0])", "postScriptLocation": "\(paths[1])",
             "preScriptParams": [], "postScriptParams": [], "preScriptNoOfRetries": 0, "postScriptNoOfRetries": 0,
             "timeoutInSeconds": 90, "continueBackupOnFailure": true, "fsFreezeEnabled": true}
            """
        return ["--script-config", try sandbox.write("scripts.json", json)]
    }

    /// The scripts' calls so far.
    var calls: [String] {
        (Files.text(sandbox.path("calls")) ?? "").split(separator: "\n").map(String.init)
    }

    /// Whether nothing is left of a run: no loop device, no mount, no lock in the vault, no snapshot with a name.
    func expectNothingLeft(_ before: Traces, _ volumes: [Volume] = []) throws {
        #expect(try before.areAllThatIsLeft())
        #expect(Files.names(in: repository + "/locks").isEmpty)
        for volume in volumes {
            let names = Files.names(in: volume.mountPoint)
            #expect(!names.contains { $0.hasPrefix(".remanso-") })
            #expect(volume.acceptsWrites(withinSeconds: 20))
        }
    }
}

/// Volumes as machines have them, and the provider that serves each.
enum Layout: String, CaseIterable, Sendable {
    case btrfs, ext4OnXFS, xfsOnXFS, ext4OnBtrfs, plainExt4, plainXFS

    /// Those whose volumes are stored as files.
    static let filed = allCases.filter { !plain.contains($0) }
    /// Those with nothing below that can take a snapshot.
    static let plain: [Layout] = [.plainExt4, .plainXFS]

    var provider: String {
        switch self {
        case .btrfs: "btrfs"
        case .ext4OnXFS, .xfsOnXFS, .ext4OnBtrfs: "reflink"
        case .plainExt4, .plainXFS: "precopy"
        }
    }

    func with<Value>(in folder: String, _ body: (Volume) throws -> Value) throws -> Value {
        switch self {
        case .btrfs: try Volume.with(.btrfs, in: folder, name: "the volume", body)
        case .ext4OnXFS: try inside(.xfs, .ext4, folder, body)
        case .xfsOnXFS: try inside(.xfs, .xfs, folder, body)
        case .ext4OnBtrfs: try inside(.btrfs, .ext4, folder, body)
        case .plainExt4: try inside(.ext4, .ext4, folder, body)
        case .plainXFS: try inside(.ext4, .xfs, folder, body)
        }
    }

    private func inside<Value>(
        _ outer: Volume.Kind, _ inner: Volume.Kind, _ folder: String, _ body: (Volume) throws -> Value
    ) throws -> Value {
        try Volume.with(outer, megabytes: 700, in: folder, name: "outer") { outer in
            try Volume.with(inner, in: outer.mountPoint, name: "the volume", body)
        }
    }
}
