import Fixtures
import Glibc
import Linux
import Messages
import Testing
import Vault

@testable import ImageVault
@testable import NativeVault

/// The ways to a repository that Remanso goes without restic.
enum Way: String, Sendable, CaseIterable {
    /// A folder.
    case folder
    /// A server that speaks restic's REST protocol.
    case rest
    /// An S3 store, through rclone as a child of ours.
    case s3
    /// The same with a certificate of the user's own authority.
    case certifiedS3
}

/// A vault behind one of the ways, in a sandbox, with room for images beside it.
struct Store {
    let sandbox: Sandbox
    let location: VaultLocation
    /// The repository's folder, where there is one beneath.
    let folder: String?

    static func with<Value>(_ way: Way, _ body: (Store) throws -> Value) throws -> Value {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            func store(_ repository: String, folder: String? = vault.repository, environment: String? = nil) throws
                -> Store
            {
                let file = try environment.map { try sandbox.write("environment", $0) }
                let location = VaultLocation(
                    repository: repository, passwordFile: vault.passwordFile, environmentFile: file)
                return Store(sandbox: sandbox, location: location, folder: folder)
            }
            switch way {
            case .folder: return try body(store(vault.repository))
            case .rest:
                return try RESTFixture.with(vault.repository, in: sandbox) { server in
                    try body(store(server.repository))
                }
            case .s3, .certifiedS3:
                let own = way == .certifiedS3 ? try OwnCertificate(in: sandbox) : nil
                return try ObjectStore.with(own, in: sandbox) { server in
                    try server.upload(vault.repository, to: "bucket/some/vault", sandbox)
                    let keys = "AWS_ACCESS_KEY_ID=\(ObjectStore.key)\nAWS_SECRET_ACCESS_KEY=\(ObjectStore.secret)\n"
                    return try body(
                        store(
                            "s3:\(server.address)/bucket/some/vault", folder: nil,
                            environment: keys + (own?.environment ?? "")))
                }
            }
        }
    }

    func open(patience: Double = 30) throws -> Repository { try NativeRepository.open(location, patience: patience) }

    /// restic itself, on the same repository by the same way.
    @discardableResult
    func restic(_ arguments: String..., judge: Judge = .debian) throws -> String {
        var program = Program(
            .path(try judge.program),
            ["--no-cache", "--repo", location.repository, "--password-file", location.passwordFile] + arguments)
        program.environment.merge(try location.environment()) { $1 }
        program.environment["HOME"] = sandbox.path
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: 300)
        limits.keptBytes = 64 << 20
        let result = try ChildProcess.run(program, limits)
        guard result.ending == .exited(0) else { throw FixtureError("restic \(arguments): \(result.errors.text)") }
        return result.output.text
    }

    /// An image with some noise, some text and a hole.
    func makeImage(_ name: String = "image", mebibytes: Int = 6) throws -> String {
        let path = sandbox.path(name)
        let script = """
            head -c "$1"M /dev/urandom > "$0"; truncate -s +2M "$0"; yes some text | head -c 1000000 >> "$0"
            """
        try Shell.run("sh", "-c", script, path, "\(mebibytes)")
        return path
    }

    @discardableResult
    func store(_ image: String, parent: StorageID? = nil, in repository: Repository) throws -> StorageID {
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let writer = try VaultWriter(repository, lock: lock)
        let source = try FileImageSource(try Descriptor.open(image, O_RDONLY))
        try writer.addImage(source, at: "/srv/db.img", parent: parent)
        return try writer.finish(time: .now, host: "db1", tags: ["remanso-image"], parent: parent)
    }

    func expectRestored(
        _ id: StorageID, equals image: String, from repository: Repository,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let reader = ImageReader(repository), target = sandbox.path("restored")
        let file = try reader.file(id, "/srv/db.img")
        try reader.verify(file)
        try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
        let isEqual = (try? Shell.run("cmp", target, image)) != nil
        unlink(target)
        #expect(isEqual, sourceLocation: place)
    }
}

/// SeaweedFS with its S3 interface.
struct ObjectStore {
    let address: String
    let certificate: OwnCertificate?
    static let key = "a-key", secret = "a-secret-that-nobody-knows"

    static func with<Value>(
        _ certificate: OwnCertificate? = nil, in sandbox: Sandbox, _ body: (ObjectStore) throws -> Value
    ) throws -> Value {
        let source = Files.parent(of: Files.parent(of: Files.parent(of: #filePath)))
        let weed = "\(source)/.build-tools/seaweedfs/bin/weed"
        guard Files.exists(weed) else { throw FixtureError("an S3 server is missing: sh scripts/object-store.sh") }
        let rights = #"["Admin", "Read", "List", "Write", "Tagging"]"#
        let identity = """
            {"identities": [{"name": "test", "actions": \(rights),
              "credentials": [{"accessKey": "\(key)", "secretKey": "\(secret)"}]}]}
            """
        let configuration = try sandbox.write("s3.json", identity), data = sandbox.path("objects")
        try Files.makeFolder(data)
        // Each of its parts listens on a second port, 10000 higher; from 32768 on the kernel gives ports to others.
        let port = Int.random(in: 11_000...22_000)
        let certified = certificate.map { ["-s3.cert.file=\($0.file)", "-s3.key.file=\($0.key)"] } ?? []
        let arguments =
            [
                "server", "-dir=\(data)", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.port=\(port)",
                "-volume.port=\(port + 1)", "-filer", "-filer.port=\(port + 2)", "-s3", "-s3.port=\(port + 3)",
                "-s3.config=\(configuration)", "-master.volumeSizeLimitMB=64", "-volume.max=8",
            ] + certified
        return try Background.with(weed, arguments) {
            let address = "\(certified.isEmpty ? "http" : "https")://127.0.0.1:\(port + 3)"
            let isUp = Wait.until(seconds: 120) {
                (try? Shell.run("curl", "-s", "-k", "-o", "/dev/null", address)) != nil
            }
            guard isUp else { throw FixtureError("the S3 server does not answer") }
            return try body(ObjectStore(address: address, certificate: certificate))
        }
    }

    /// Copies a folder into the store with rclone.
    func upload(_ folder: String, to path: String, _ sandbox: Sandbox) throws {
        guard let rclone = Program.find("rclone") else { throw FixtureError("rclone is not installed") }
        var program = Program(.path(rclone), ["copy", folder, "store:\(path)"])
        let options = [
            "TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": address, "ACCESS_KEY_ID": Self.key,
            "SECRET_ACCESS_KEY": Self.secret,
        ]
        for (name, value) in options { program.environment["RCLONE_CONFIG_STORE_\(name)"] = value }
        program.environment["RCLONE_CONFIG"] = "/dev/null"
        program.environment["RCLONE_CA_CERT"] = certificate?.file
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: 60)
        // It answers before it can store.
        let isDone = try Wait.until(seconds: 120) { try ChildProcess.run(program, limits).ending == .exited(0) }
        guard isDone else { throw FixtureError("rclone copies nothing") }
    }
}

/// The problem that a call ends with.
func problem(_ body: () throws -> Void) -> Problem? {
    do {
        try body()
        return nil
    } catch let failure as Failure {
        return failure.problem
    } catch {
        Issue.record("\(error)")
        return nil
    }
}
