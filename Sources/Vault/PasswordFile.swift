internal import Glibc
internal import Linux
public import Messages

/// The file that holds the vault's password.
public enum PasswordFile {
    /// Proves that the file can be used: regular, owned by root, no rights for group and others, not empty.
    /// - Throws: `.vaultPasswordUnusable` with what is wrong.
    public static func check(_ path: String) throws(Failure) { _ = try read(path) }

    /// Makes a new password of 256 random bits, and the folders above it that are missing (mode 700).
    /// - Throws: `.fileExists` rather than replacing one: without its password a vault is lost; `.cannotWrite`.
    public static func make(_ path: String) throws(Failure) {
        do throws(SystemError) {
            try Files.makeFolder(Files.parent(of: path))
            let random = try Descriptor.open("/dev/urandom", O_RDONLY)
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = Glibc.read(random.number, &bytes, bytes.count)
            guard count == bytes.count else { throw SystemError("read", "/dev/urandom", code: EIO) }
            let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try file.writeAll(Array((hexadecimal(bytes) + "\n").utf8))
            try Linux.check("fsync", path) { fsync(file.number) }
        } catch {
            throw Failure(
                error.code == EEXIST ? .fileExists(path: path) : .cannotWrite(path: path, reason: error.reason))
        }
    }

    /// The password as restic understands the file: without blanks and line ends around it.
    /// - Throws: as `check`.
    public static func password(_ path: String) throws(Failure) -> [UInt8] {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]
        var bytes = try read(path)[...]
        while let last = bytes.last, blanks.contains(last) { bytes.removeLast() }
        return Array(bytes.drop { blanks.contains($0) })
    }

    /// The file's bytes, once it has been checked.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let outcome = PrivateFile.read(path)
        switch outcome {
        case .success(let bytes):
            let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
            if bytes.allSatisfy(blanks.contains) {
                throw Failure(.vaultPasswordUnusable(path: path, reason: "0 bytes"))
            }
            return bytes
        case .failure(let fault): throw Failure(.vaultPasswordUnusable(path: path, reason: fault.reason))
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
