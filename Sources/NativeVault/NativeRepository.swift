internal import Glibc
public import ImageVault
internal import Linux
public import Messages
public import Vault

/// A vault's repository without restic in between, for images: a folder and a `rest:` server are read and written
/// directly, everything else through rclone.
public enum NativeRepository {
    /// Opens a vault's repository.
    /// - Parameter patience: seconds that a remote repository may take without any progress.
    /// - Throws: `.vaultMissing`, `.vaultWrongPassword`, `.vaultUnreachable`, `.vaultPasswordUnusable`,
    ///   `.vaultEnvironmentUnusable`, `.rcloneMissing`, `.vaultDamaged`, `.vaultFailed`.
    public static func open(_ location: VaultLocation, patience: Double = 300) throws(Failure) -> Repository {
        let password = try PasswordFile.password(location.passwordFile)
        let backend = try backend(location, patience)
        return try Repository(backend, password: password, passwordFile: location.passwordFile)
    }

    private static func backend(_ location: VaultLocation, _ patience: Double) throws(Failure)
        -> any RepositoryBackend
    {
        if let folder = location.localFolder { return try FolderBackend(folder) }
        let environment = try location.environment()
        var server: RESTServer
        if location.repository.hasPrefix("rest:") {
            server = try directServer(location, environment)
        } else {
            let remote = try RcloneRemote(location, environment)
            let rclone = try RcloneServer.start(remote, location.displayName, environment)
            server = RESTServer(address: rclone.address, displayName: location.displayName)
            (server.user, server.password, server.proxy) = (rclone.user, rclone.password, "")
            server.absenceIsDoubtful = true
            server.lastWords = { rclone.lastWords }
            server.keptAlive = rclone
        }
        server.patience = patience
        return try RESTBackend(server)
    }

    private static func directServer(_ location: VaultLocation, _ environment: [String: String]) throws(Failure)
        -> RESTServer
    {
        guard let address = RESTAddress(location.repository) else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: location.displayName))
        }
        var server = RESTServer(address: address.url, displayName: location.displayName)
        // As newer versions of restic do.
        server.user = address.user ?? environment["RESTIC_REST_USERNAME"]
        server.password = address.password ?? environment["RESTIC_REST_PASSWORD"]
        let certificates = VaultLocation.Certificates(environment)
        server.authorities = try certificates.authorities.map { (files) throws(Failure) in
            try pem(files, location.displayName)
        }
        server.clientCertificate = certificates.client
        let names = address.url.hasPrefix("https:") ? ["HTTPS_PROXY", "https_proxy"] : ["HTTP_PROXY", "http_proxy"]
        server.proxy = names.lazy.compactMap { environment[$0] }.first
        return server
    }

    /// The content of files that are separated by commas.
    private static func pem(_ files: String, _ vault: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files.split(separator: ",") {
            do throws(SystemError) {
                bytes += try Descriptor.open(String(file), O_RDONLY).readAll(limit: 1 << 20) + [UInt8(ascii: "\n")]
            } catch {
                throw Failure(.vaultUnreachable(repository: vault, reason: "\(file): \(error.reason)"))
            }
        }
        return bytes
    }
}

/// The parts of `rest:https://user:password@host:8000/path/`.
struct RESTAddress: Equatable {
    /// Without user and password, with a slash at its end.
    let url: String
    let user: String?
    let password: String?

    /// `nil` for what is no such address.
    init?(_ repository: String) {
        guard repository.hasPrefix("rest:http://") || repository.hasPrefix("rest:https://"),
            let scheme = repository.firstRange(of: "://")
        else { return nil }
        let rest = repository[scheme.upperBound...]
        let authority = rest.prefix { $0 != "/" }
        let path = rest[authority.endIndex...]
        let at = authority.lastIndex(of: "@")
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        guard !host.isEmpty else { return nil }
        let name = repository.dropFirst("rest:".count).prefix { $0 != ":" }
        url = "\(name)://\(host)\(path)" + (path.hasSuffix("/") ? "" : "/")
        let account = at.map { authority[..<$0].split(separator: ":", maxSplits: 1).map(PercentEncoding.decoded) } ?? []
        user = account.first
        password = account.count > 1 ? account[1] : nil
    }
}
