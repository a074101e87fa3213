/// A certificate for 127.0.0.1 that nobody else vouches for: of a server, of a client, and of an authority at once.
public struct OwnCertificate: Sendable {
    /// The certificate's PEM file.
    public let file: String
    /// Its private key's.
    public let key: String
    /// A file with both.
    public let both: String

    /// Makes one.
    public init(in sandbox: Sandbox) throws {
        (file, key, both) = (sandbox.path("own.crt"), sandbox.path("own.key"), sandbox.path("own.pem"))
        try Shell.run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-out", file, "-keyout", key)
        try Shell.run("sh", "-c", "umask 077; cat \"$0\" \"$1\" > \"$2\"", file, key, both)
    }

    /// What a vault's environment file says where a server has it and asks for it.
    public var environment: String { "RESTIC_CACERT=\(file)\nRESTIC_TLS_CLIENT_CERT=\(both)\n" }
}
