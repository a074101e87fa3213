internal import Glibc
internal import Linux
public import Messages

/// A repository in a folder, in restic's default layout.
public final class FolderBackend: RepositoryBackend {
    /// The folder.
    public let displayName: String
    private let folder: String
    /// For new files: as restic derives it, members of the group may read what they may read of `config`.
    private let fileMode: mode_t
    private let folderMode: mode_t

    /// A repository that exists.
    /// - Parameter folder: its absolute path.
    /// - Throws: `.vaultMissing` when there is no repository.
    public init(_ folder: String) throws(Failure) {
        self.folder = folder
        displayName = folder
        var status = stat()
        guard stat(folder + "/config", &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw Failure(.vaultMissing(repository: folder)) }
            throw Failure(SystemError("stat", folder + "/config"), repository: folder)
        }
        let isShared = status.st_mode & 0o040 != 0
        fileMode = isShared ? 0o440 : 0o400
        folderMode = isShared ? 0o770 : 0o700
        removeRemains()
    }

    /// Whether its file system is read-only.
    public var isReadOnly: Bool { Files.isOnReadOnlyFilesystem(folder) }

    /// The files of a kind, in the order of their folders.
    public func list(_ kind: FileKind) throws(Failure) -> [(id: StorageID, size: UInt64)] {
        let base = "\(folder)/\(kind.rawValue)"
        let folders = kind == .pack ? try names(in: base).map { "\(base)/\($0)" } : [base]
        var found: [(id: StorageID, size: UInt64)] = []
        for one in folders {
            for name in try names(in: one) {
                guard let id = StorageID(name) else { continue }
                var status = stat()
                // It may be gone since the folder was read.
                if stat("\(one)/\(name)", &status) == 0 { found.append((id, UInt64(max(0, status.st_size)))) }
            }
        }
        return found
    }

    private func names(in path: String) throws(Failure) -> [String] {
        if let directory = opendir(path) {
            closedir(directory)
            return Files.names(in: path)
        }
        if errno == ENOENT || errno == ENOTDIR { return [] }
        throw Failure(SystemError("opendir", path), repository: displayName)
    }

    /// The size of a file in bytes; `nil` when there is none.
    public func size(of file: RepositoryFile) throws(Failure) -> UInt64? {
        var status = stat()
        if stat(path(of: file), &status) == 0 { return UInt64(max(0, status.st_size)) }
        if errno == ENOENT { return nil }
        throw Failure(SystemError("stat", path(of: file)), repository: displayName)
    }

    /// Reads a part of a file.
    public func read(_ file: RepositoryFile, at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer)
        throws(Failure) -> Int?
    {
        do throws(SystemError) {
            let descriptor = try Descriptor.open(path(of: file), O_RDONLY | O_NOFOLLOW)
            return try descriptor.read(into: bytes, at: offset)
        } catch {
            if error.code == ENOENT { return nil }
            throw Failure(error, repository: displayName)
        }
    }

    /// Begins a file under a temporary name.
    public func upload(_ kind: FileKind) throws(Failure) -> any BackendUpload { try FolderUpload(kind, in: self) }

    /// Removes a file.
    public func remove(_ file: RepositoryFile) throws(Failure) {
        if unlink(path(of: file)) != 0 && errno != ENOENT {
            throw Failure(SystemError("unlink", path(of: file)), repository: displayName)
        }
    }

    func path(of file: RepositoryFile) -> String { "\(folder)/\(file)" }

    /// The folder in which an upload of this kind begins: one that restic looks into and passes over strange names in.
    func uploadFolder(_ kind: FileKind) -> String {
        kind == .pack ? "\(folder)/data/00" : "\(folder)/\(kind.rawValue)"
    }

    var newFileMode: mode_t { fileMode }

    /// Makes a folder of the repository that is missing. When the repository itself is gone, because its disk is, it must
    /// not come back as a few folders on another disk.
    func makeFolder(_ path: String) throws(SystemError) {
        if Files.isFolder(path) { return }
        _ = try Descriptor.open(folder + "/config", O_RDONLY)
        try Files.makeFolder(path, mode: folderMode)
    }

    /// Removes what killed runs left. A live upload holds its file's lock.
    private func removeRemains() {
        for kind in FileKind.allCases where kind != .config {
            let place = uploadFolder(kind)
            for name in Files.names(in: place) where FolderUpload.isTemporary(name) {
                guard let file = try? Descriptor.open("\(place)/\(name)", O_RDWR | O_NOFOLLOW) else { continue }
                if flock(file.number, LOCK_EX | LOCK_NB) == 0 { unlink(file.path) }
            }
        }
    }
}

extension Descriptor {
    /// Reads until `bytes` is full or the file ends.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemError) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        var done = 0
        while done < bytes.count {
            let count = pread(number, start + done, bytes.count - done, off_t(offset) + off_t(done))
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw SystemError("read", path) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemError) {
        guard let start = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = pwrite(number, start + done, bytes.count - done, off_t(offset) + off_t(done))
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { throw SystemError("write", path) }
            done += count
        }
    }
}
