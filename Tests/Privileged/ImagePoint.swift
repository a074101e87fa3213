import Fixtures
import Glibc
import ImageVault
import Linux
import NativeVault
import Vault

/// A recovery point whose volume is an image, as a native backup leaves it.
struct ImagePoint {
    static let id = "20261121T101500Z-1a2b"
    /// restic's id of the snapshot with the image.
    let snapshot: String

    /// Stores the image of a volume as it is now, and the report that makes it a recovery point.
    init(_ volume: Volume, in vault: TestVault, _ sandbox: Sandbox) throws {
        let copy = sandbox.path("copy.img")
        try Shell.run("sync", "-f", volume.mountPoint)
        _ = try volume.frozen { try Shell.run("cp", "--sparse=always", volume.image, copy) }
        defer { unlink(copy) }
        let location = VaultLocation(repository: vault.repository, passwordFile: vault.passwordFile)
        let repository = try NativeRepository.open(location)
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let writer = try VaultWriter(repository, lock: lock)
        let path = volume.mountPoint + ".img"
        try writer.addImage(try FileImageSource(try Descriptor.open(copy, O_RDONLY)), at: path)
        let name = "rp=\(Self.id)", place = "volume=\(volume.mountPoint.replacing(" ", with: "%20"))"
        snapshot = "\(try writer.finish(time: .now, host: "db1", tags: ["remanso-data", name, place]))"
        let report = try sandbox.write("report.json", "{}")
        let tags = ["remanso", name, place, "level=filesystem", "outcome=succeeded", "data=\(snapshot)"]
        let arguments = ["--no-cache", "--repo", vault.repository, "--password-file", vault.passwordFile, "backup"]
        try Shell.run("restic", arguments + tags.flatMap { ["--tag", $0] } + [report])
    }
}
