public import Messages

extension Repository {
    /// Opens a repository in a folder.
    /// - Parameters:
    ///   - folder: its absolute path.
    ///   - password: the bytes of the password file; white space around it is no part of the password, as for restic.
    ///   - passwordFile: where they came from, for messages.
    /// - Throws: `.vaultMissing`, `.vaultWrongPassword`, `.vaultDamaged`, or what keeps from reading.
    public static func open(folder: String, passwordFile bytes: [UInt8], at passwordFile: String) throws(Failure)
        -> Repository
    {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let password = bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return try Repository(try FolderBackend(folder), password: Array(password), passwordFile: passwordFile)
    }
}
