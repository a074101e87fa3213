internal import FoundationEssentials
internal import Glibc
internal import Linux

/// An empty restic repository with its password file, made by writing three files. Made by `restic init` it would take
/// seconds, and each later call most of a second, for the password's scrypt: this one was made by restic too, and then
/// its key was wrapped anew with the smallest scrypt parameters that restic accepts.
public struct TestVault: Sendable {
    /// The repository's folder.
    public let repository: String
    /// The file with its password.
    public let passwordFile: String
    /// The password itself, to look for it where it must not be: no other process has such an argument.
    public static let password = "nobody else uses this password"

    /// Makes the vault below `folder`.
    public init(in folder: String, name: String = "vault") throws {
        repository = "\(folder)/\(name)"
        passwordFile = "\(folder)/\(name).key"
        try Files.makeFolder(repository)
        for part in ["data", "index", "keys", "locks", "snapshots"] { try Files.makeFolder("\(repository)/\(part)") }
        try Self.write(Self.key, "\(repository)/keys/\(Self.keyName)")
        try Self.write(Self.configuration, "\(repository)/config")
        try Sandbox.write(passwordFile, Self.password + "\n")
    }

    /// How many snapshots of restic it holds; a recovery point is two or more.
    public var snapshotCount: Int { Files.names(in: "\(repository)/snapshots").count }
    /// How many locks of restic lie in it.
    public var lockCount: Int { Files.names(in: "\(repository)/locks").count }

    private static func write(_ base64: String, _ path: String) throws {
        guard let bytes = Data(base64Encoded: base64) else { throw FixtureError("broken fixture") }
        try Files.replace(path, with: [UInt8](bytes), isDurable: false)
    }

    private static let keyName = "24c33a494988c146a45a5e83d97147962a7d1dc6aa2378e1149538be4bbf68e6"

    private static let key = """
        eyJjcmVhdGVkIjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJ1c2VybmFtZSI6InRlc3QiLCJob3N0bmFtZSI6InRlc3QiLCJrZGYiOiJz\
        Y3J5cHQiLCJOIjoyLCJyIjoxLCJwIjoxLCJzYWx0IjoicXY0ZUVmcFJqNkFtZkc3VTNsM2gyamx5SFZZS0pERFpCdXgxRWFXL0xaZGFT\
        TTdSc05KZmZqK0tUUFhHeXJ4S1RWS2dEcU5MOXFRSEI4YW1KN05JMWc9PSIsImRhdGEiOiIzenV6djg2WXV2TWpUdFdQemlFaTdvQmRD\
        MlB2TC8yTHVuTXEraXRSdFZ6VGZXcGUrY0dxKzhvUGpCS0tidzVNOUZPZFNYdjVsVnVRYzFGRDlRbGo0dmlBWXVLQ3NRbkFHeXQ4NHlU\
        SXQ5WlNuWStkc01qYUpMRU5vUmRxU1YzUjF1V0hYK0krRkhPTlNGQ1NHV0ZldmttSXRjNWh0Q3FsdXVaSDNFYWZxckNEOHVreFF3dG1L\
        YVR5UlZQOXFORU1ONUxkZzg2RWd0elBHL01DMnJtWXB3PT0ifQ==
        """

    private static let configuration = """
        oApdIV7psvfLnkVVTiwwzDOS7s7mFDdatyOB3IkkBBcQNlAXney+5wTD4SF7j9cg5rsieYAfJ4mDz4uKfil+nb0fd2HyTHXDKKWY\
        EGHUCLYSbTNDCU9EXTTNB54kzTlotqrSpVgDma1BckD770JOqa01csEaa0MvDic+rolimwfZ5f81/fJVXAWML92HzzTV11boX+DH\
        2p87La0=
        """
}
