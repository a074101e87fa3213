public import ImageVault
internal import Linux
public import Messages
public import Vault

/// The vault's repository, opened natively: for images.
public enum NativeRepository {
    /// Opens the repository of a vault.
    /// - Throws: what keeps it from being used.
    public static func open(_ location: VaultLocation) throws(Failure) -> Repository {
        let password = try PasswordFile.password(location.passwordFile)
        guard let folder = location.localFolder else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: "images: folder"))
        }
        return try Repository(try FolderBackend(folder), password: password, passwordFile: location.passwordFile)
    }
}
