internal import CImageVault
internal import Glibc
internal import Linux
internal import Messages

/// A new file of a repository in a folder: written under a temporary name, made durable, renamed.
final class FolderUpload: BackendUpload {
    private let backend: FolderBackend
    private let file: Descriptor
    private var count: UInt64 = 0
    private var isOpen = true

    static func isTemporary(_ name: String) -> Bool { name.hasPrefix("remanso-") && name.hasSuffix(".tmp") }

    init(_ kind: FileKind, in backend: FolderBackend) throws(Failure) {
        self.backend = backend
        file = try onRepository(backend.displayName) { () throws(SystemError) in
            try Self.create(in: backend.uploadFolder(kind), backend)
        }
    }

    deinit { discard() }

    /// Makes a temporary file and locks it. Until it is locked, somebody who tidies up may take it for a remnant.
    private static func create(in folder: String, _ backend: FolderBackend) throws(SystemError) -> Descriptor {
        try backend.makeFolder(folder)
        while true {
            let path = "\(folder)/remanso-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            if flock(file.number, LOCK_EX | LOCK_NB) == 0, try file.status().st_nlink == 1 { return file }
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        try onRepository(backend.displayName) { () throws(SystemError) in
            let done = try appendDirectly(bytes)
            try file.write(UnsafeRawBufferPointer(rebasing: bytes[done...]), at: count + UInt64(done))
        }
        count += UInt64(bytes.count)
    }

    /// Writes what it can of a pack past the page cache, which would cost a copy and memory that applications use.
    /// - Returns: bytes written.
    private func appendDirectly(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
        let alignment = 4096, whole = bytes.count & ~(alignment - 1)
        guard whole >= Self.directMinimum, Int(count) % alignment == 0,
            Int(bitPattern: bytes.baseAddress) % alignment == 0,
            let direct = try? Descriptor.open("/proc/self/fd/\(file.number)", O_WRONLY | remanso_direct_flag())
        else { return 0 }
        do throws(SystemError) {
            try direct.write(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), at: count)
            return whole
        } catch {
            // Not every file system that lets a file be opened so writes to it so.
            if error.code == EINVAL { return 0 }
            throw error
        }
    }

    /// Bytes from which on writing directly pays.
    private static let directMinimum = 256 << 10

    func commit(as target: RepositoryFile) throws(Failure) {
        defer { discard() }
        try onRepository(backend.displayName) { () throws(SystemError) in
            let path = backend.path(of: target), folder = Files.parent(of: path)
            try backend.makeFolder(folder)
            try check("fsync", file.path) { fsync(file.number) }
            try check("fchmod", file.path) { fchmod(file.number, backend.newFileMode) }
            try check("rename", path) { rename(file.path, path) }
            isOpen = false
            let directory = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
            try check("fsync", folder) { fsync(directory.number) }
        }
    }

    func discard() {
        if isOpen { unlink(file.path) }
        isOpen = false
    }
}
