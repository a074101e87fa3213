internal import Glibc
internal import Linux
public import Messages

/// Where a vault is and what opens it.
public struct VaultLocation: Sendable, Equatable, Codable {
    /// The repository as restic names it: a folder, or `s3:…`, `azure:…`, `sftp:…`, `rest:…`.
    public var repository: String
    /// The file that holds the password; mode 600, owned by root.
    public var passwordFile: String
    /// The file with the credentials of an object store; `nil` when none is needed.
    public var environmentFile: String?

    /// A vault by its three parts.
    public init(repository: String, passwordFile: String, environmentFile: String? = nil) {
        self.repository = repository
        self.passwordFile = passwordFile
        self.environmentFile = environmentFile
    }

    /// The folder when the repository is a local path, else `nil`. A relative path counts from the working directory.
    public var localFolder: String? {
        let prefix = "local:"
        if repository.hasPrefix(prefix) { return Self.absolute(String(repository.dropFirst(prefix.count))) }
        let isPath = repository.hasPrefix("/") || repository.hasPrefix(".")
        return isPath || !repository.contains(":") ? Self.absolute(repository) : nil
    }

    /// What the environment file says; empty without one.
    /// - Throws: `.vaultEnvironmentUnusable`.
    public func environment() throws(Failure) -> [String: String] {
        guard let environmentFile else { return [:] }
        return try EnvironmentFile.read(environmentFile)
    }

    /// What the environment file says of the certificates for `https:`, under the names that newer versions of restic know
    /// or, of the authorities, every program in Go.
    public struct Certificates: Sendable, Equatable {
        /// PEM files of the authorities to trust, separated by commas; `nil` for the system's own.
        public let authorities: String?
        /// PEM file with this machine's own certificate and its key; `nil` without one.
        public let client: String?

        /// - Parameter environment: the vault's.
        public init(_ environment: [String: String]) {
            func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
            authorities = value("RESTIC_CACERT") ?? value("SSL_CERT_FILE")
            client = value("RESTIC_TLS_CLIENT_CERT")
        }
    }

    /// The repository as it may be shown: without a password in its address.
    public var displayName: String {
        guard let secret = embeddedSecret else { return repository }
        return repository.replacing(":\(secret)@", with: ":***@")
    }

    /// The password in an address such as `rest:https://user:password@host/`.
    var embeddedSecret: String? {
        guard let start = repository.firstRange(of: "://")?.upperBound else { return nil }
        let authority = repository[start...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
            return nil
        }
        let secret = authority[authority.index(after: colon)..<at]
        return secret.isEmpty ? nil : String(secret)
    }

    /// What restic is given: restic itself runs in another working directory.
    var resticRepository: String {
        guard let folder = localFolder else { return repository }
        return "local:" + folder
    }

    private static func absolute(_ path: String) -> String {
        var parts = path.split(separator: "/").filter { $0 != "." }.map(String.init)
        if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
            defer { free(current) }
            parts = String(cString: current).split(separator: "/").map(String.init) + parts
        }
        return "/" + parts.joined(separator: "/")
    }
}
