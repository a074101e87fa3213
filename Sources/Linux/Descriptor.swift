internal import CLinux
public import Glibc

/// An open file descriptor that closes when its last owner goes. Never inherited by a program that is started.
public final class Descriptor: Sendable {
    /// The number, valid as long as this object lives.
    public let number: Int32
    /// The path it was opened by, for messages.
    public let path: String

    /// Takes ownership of `number`.
    public init(owning number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    deinit { close(number) }

    /// Opens `path` with `O_CLOEXEC` added to `flags`.
    public static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError) -> Descriptor {
        let number = try check("open", path) { Glibc.open(path, flags | O_CLOEXEC, mode) }
        return Descriptor(owning: number, path: path)
    }

    /// Opens `name` relative to this directory, with `O_CLOEXEC` added to `flags`.
    public func open(_ name: String, _ flags: Int32, mode: mode_t = 0o600) throws(SystemError) -> Descriptor {
        let full = path.hasSuffix("/") ? path + name : path + "/" + name
        let opened = try check("open", full) { openat(number, name, flags | O_CLOEXEC, mode) }
        return Descriptor(owning: opened, path: full)
    }

    /// A file in memory that holds `bytes` and has no name: a secret that a program can read as `/proc/self/fd/N`
    /// without its lying in any file system.
    public static func inMemory(_ name: String, holding bytes: some Collection<UInt8>) throws(SystemError) -> Descriptor
    {
        let number = try check("memfd_create", name) { remanso_memfd(name) }
        let file = Descriptor(owning: number, path: name)
        try check("fcntl", name) { fcntl(number, F_SETFD, FD_CLOEXEC) }
        try file.writeAll(bytes)
        return file
    }

    /// The file's status as fstat(2) gives it.
    public func status() throws(SystemError) -> stat {
        var result = stat()
        try check("fstat", path) { fstat(number, &result) }
        return result
    }

    /// Reads from the current position to the end.
    /// - Parameter limit: bytes; a longer file throws `EFBIG`, so that a hostile file cannot exhaust memory.
    public func readAll(limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = try check("read", path) { Int32(truncatingIfNeeded: read(number, &buffer, buffer.count)) }
            if count == 0 { return bytes }
            if bytes.count + Int(count) > limit { throw SystemError("read", path, code: EFBIG) }
            bytes.append(contentsOf: buffer[0..<Int(count)])
        }
    }

    /// Writes all of `bytes` at the current position.
    public func writeAll(_ bytes: some Collection<UInt8>) throws(SystemError) {
        let contiguous = Array(bytes)
        var done = 0
        while done < contiguous.count {
            let count = contiguous.withUnsafeBytes { buffer in
                Glibc.write(number, buffer.baseAddress?.advanced(by: done), contiguous.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw SystemError("write", path) }
            done += count
        }
    }

    /// Where the descriptor stands in the mount tree; what a freeze has to prove before it acts.
    public func mountIdentity() throws(SystemError) -> MountIdentity {
        var raw = remanso_mount_identity()
        try check("statx", path) { remanso_mount_identity(number, &raw) }
        return MountIdentity(
            mountID: raw.mount_id, isMountRoot: raw.is_mount_root != 0,
            device: DeviceNumber(major: raw.major, minor: raw.minor), inode: raw.inode)
    }

    /// The UUID of the descriptor's file system in its usual form; `nil` when the kernel does not tell.
    public func fileSystemUUID() -> String? {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard remanso_filesystem_uuid(number, &bytes) == 0 else { return nil }
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
        return groups.joined(separator: "-")
    }

    /// Writes back what is dirty in the descriptor's file system (syncfs(2)).
    public func syncFileSystem() throws(SystemError) {
        try check("syncfs", path) { remanso_syncfs(number) }
    }
}

/// The mount that an open descriptor stands on.
public struct MountIdentity: Sendable, Equatable {
    /// The id of the mount, as in the first column of `/proc/self/mountinfo`.
    public let mountID: UInt64
    /// Whether the descriptor is the root of that mount.
    public let isMountRoot: Bool
    /// The device of the file system (anonymous on btrfs).
    public let device: DeviceNumber
    /// The inode number; a btrfs subvolume's root is always 256.
    public let inode: UInt64
}
