import Applications
import Fixtures
import Glibc
import ImageVault
import Linux
import Messages
import NativeVault
import Testing
import Vault

@testable import Runs

/// A volume with data, a vault, and the programs `drill-tool` and `remanso`.
struct Stage {
    static let id = "20261121T101500Z-7f3a"

    let sandbox: Sandbox
    let volume: Volume
    let vault: TestVault
    var scratch: String { sandbox.path("scratch") }
    /// Where the application keeps its data.
    var data: String { volume.path("data") }

    /// Makes the data's folder too, for that user; `nil` for root.
    static func with<Value>(
        _ kind: Volume.Kind = .ext4, owner: String? = "redis", _ body: (Stage) throws -> Value
    ) throws -> Value {
        try Sandbox.with { sandbox in
            // The application's user must reach its data; nobody may list what else is there.
            for folder in [Files.parent(of: sandbox.path), sandbox.path] { chmod(folder, 0o711) }
            return try Volume.with(kind, in: sandbox.path) { volume in
                let stage = Stage(sandbox: sandbox, volume: volume, vault: try TestVault(in: sandbox.path))
                try Files.makeFolder(stage.data)
                if let owner { try Shell.run("chown", "\(owner):\(owner)", stage.data) }
                return try body(stage)
            }
        }
    }

    // MARK: Recovery points

    /// What the report of a recovery point says of an application whose data is in `data`.
    func record(_ type: String, _ change: (inout ApplicationRecord) -> Void = { _ in }) -> ApplicationRecord {
        var record = ApplicationRecord(ApplicationSettings(type: type, name: "ledger"))
        record.settings.drill.timeoutSeconds = 240
        record.version = "7.0"
        record.folders = [data]
        record.wasHeld = true
        change(&record)
        return record
    }

    /// Stores the volume as it is now.
    /// - Parameter files: by their own paths, beside the report.
    func makePoint(
        _ records: [ApplicationRecord], asImage: Bool = false, id: String = Stage.id, host: String = "db1",
        files: [String: String] = [:]
    ) throws {
        let tags = ["rp=\(id)", "volume=\(volume.mountPoint)"]
        let data = asImage ? try storeImage(tags, host) : try storeFiles(tags, host)
        var report = Report()
        report.recoveryPoint = id
        report.adapters = records
        report.consistency = .application
        let folder = sandbox.path("manifest-\(id)")
        try Files.makeFolder(folder)
        var paths = ["\(folder)/report.json"]
        try Files.replace(paths[0], with: report.json(), isDurable: false)
        for (path, text) in files { try Sandbox.write("\(folder)/files\(path)", text) }
        if !files.isEmpty { paths.append("\(folder)/files") }
        let own = ["remanso", "level=application", "outcome=succeeded", "data=\(data)"]
        try restic(paths, tags + own, host)
    }

    private func storeFiles(_ tags: [String], _ host: String) throws -> String {
        let output = try restic([volume.mountPoint], tags + ["remanso-data"], host)
        let lines = output.split(separator: "\n").map(String.init)
        let summary = try lines.last.map { try JSONObject($0) }
        guard let id = summary?["snapshot_id"].string else { throw FixtureError(output) }
        return id
    }

    @discardableResult
    private func restic(_ paths: [String], _ tags: [String], _ host: String) throws -> String {
        let arguments = ["--no-cache", "--json", "--repo", vault.repository, "--password-file", vault.passwordFile]
        return try Shell.run(
            "restic", arguments + ["backup", "--host", host] + tags.flatMap { ["--tag", $0] } + ["--"] + paths)
    }

    private func storeImage(_ tags: [String], _ host: String) throws -> String {
        let copy = sandbox.path("copy.img")
        try Shell.run("sync", "-f", volume.mountPoint)
        _ = try volume.frozen { try Shell.run("cp", "--sparse=always", volume.image, copy) }
        defer { unlink(copy) }
        return try store(image: copy, tags, host)
    }

    private func store(image: String, _ tags: [String], _ host: String) throws -> String {
        let repository = try NativeRepository.open(location)
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let writer = try VaultWriter(repository, lock: lock)
        let file = try Descriptor.open(image, O_RDONLY)
        try writer.addImage(try FileImageSource(file), at: volume.mountPoint + ".img")
        return "\(try writer.finish(time: .now, host: host, tags: tags + ["remanso-data", "remanso-images"]))"
    }

    var location: VaultLocation { VaultLocation(repository: vault.repository, passwordFile: vault.passwordFile) }

    /// The recovery point as the vault has it.
    func point(_ id: String = Stage.id) throws -> RecoveryPoint { try Vault(location).recoveryPoint(id) }

    // MARK: Drills

    /// What the tool is called with.
    func words(_ more: [String] = []) -> [String] {
        [vault.repository, vault.passwordFile, Self.id, scratch, sandbox.path("state")] + more
    }

    /// A drill by recipes of the tests.
    func drill(_ more: [String] = []) throws -> DrillResult {
        try Files.makeFolder(sandbox.path("state"))
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: 400)
        limits.keptBytes = 16 << 20
        let tool = try RemansoCommand.path(of: "drill-tool")
        let result = try ChildProcess.run(Program(.path(tool), words(more)), limits)
        guard case .exited(let status) = result.ending, !result.timedOut else {
            throw FixtureError("drill-tool: \(result.ending) \(result.errors.text)")
        }
        return DrillResult(status: status, output: result.output.text, errors: result.errors.text)
    }

    /// The real program with this vault.
    func remanso() throws -> RemansoCommand {
        try sandbox.write("remanso.yaml", "freeze: {deadline: 20s}\n")
        return try RemansoCommand(
            common: [
                "--vault", vault.repository, "--vault-password-file", vault.passwordFile, "--config",
                sandbox.path("remanso.yaml"),
            ])
    }

    /// What a drill has left, in words.
    var left: [String] {
        Files.names(in: scratch).map { "\(scratch)/\($0)" } + Files.names(in: sandbox.path("state/drills"))
            + Files.names(in: sandbox.path("state/mounts"))
    }

    /// Of every file below the data's folder.
    func hash() throws -> String {
        try Shell.run("sh", "-c", "cd '\(data)' && find . -type f | sort | xargs sha256sum; stat -c '%n %Y %s' *")
    }
}

/// What `drill-tool` came to.
struct DrillResult {
    let status: Int32
    let output: String
    let errors: String

    var evidence: JSONObject { get throws { try JSONObject(output) } }
    /// The evidence of the first application.
    var application: JSONObject { get throws { try evidence["applications"][0] } }
    /// The name of the fault's case.
    var fault: String? { get throws { try application["fault"].keys.first } }
}

/// A Redis that is alive while a drill runs.
struct LiveRedis {
    let pid: pid_t
    let port: Int

    /// Runs one on the stage's data.
    static func with<Value>(_ stage: Stage, _ body: (LiveRedis) throws -> Value) throws -> Value {
        let port = try LoopbackPort.free()
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let arguments = [
            "--reuid=redis", "--regid=redis", "--clear-groups", "--", "redis-server", "--dir", stage.data, "--port",
            "\(port)", "--bind", "127.0.0.1", "--daemonize", "no", "--save", "",
        ]
        let (pid, _) = try ChildProcess.spawn(
            Program(.path("/usr/bin/setpriv"), arguments), output: sink, errors: sink)
        defer {
            kill(pid, SIGKILL)
            ChildProcess.wait(for: pid)
        }
        let redis = LiveRedis(pid: pid, port: port)
        guard Wait.until({ (try? redis("PING")) == "PONG" }) else { throw FixtureError("no Redis") }
        return try body(redis)
    }

    /// What it answers.
    @discardableResult
    func callAsFunction(_ words: String...) throws -> String {
        try Shell.run("redis-cli", ["-h", "127.0.0.1", "-p", "\(port)"] + words).trimmed
    }
}
