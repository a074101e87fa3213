internal import Glibc
internal import Linux
public import Messages
public import Vault

extension Vault {
    /// Opens the vault, or makes it where the options say that a missing one is made.
    /// - Parameter isReadNext: as for `open`.
    /// - Returns: warnings, such as where the new key lies.
    /// - Throws: what keeps the vault from being used.
    public func openOrCreate(makesVault: Bool, makesKey: Bool, isReadNext: Bool = false) throws(Failure)
        -> [Problem]
    {
        var notices: [Problem] = []
        if makesKey, !Files.exists(location.passwordFile) {
            try PasswordFile.make(location.passwordFile)
            notices.append(.vaultKeyMade(path: location.passwordFile))
        }
        if makesVault, let folder = location.localFolder, Files.names(in: folder).isEmpty {
            try create()
        } else {
            try open(isReadNext: isReadNext)
        }
        return notices
    }
}
