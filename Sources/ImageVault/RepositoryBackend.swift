public import Messages

/// The kinds of file in a repository (design document, "Repository Layout").
public enum FileKind: String, Sendable, CaseIterable {
    /// The one that describes the repository.
    case config
    /// A master key, sealed with a password.
    case key = "keys"
    /// Who works on the repository now.
    case lock = "locks"
    /// A snapshot.
    case snapshot = "snapshots"
    /// Which blobs are where.
    case index
    /// Blobs.
    case pack = "data"
}

/// A file of a repository.
public struct RepositoryFile: Hashable, Sendable, CustomStringConvertible {
    /// Its kind.
    public let kind: FileKind
    /// The hash of its content; `nil` for the one `config`.
    public let id: StorageID?

    /// A file that is named by the hash of its content.
    public init(_ kind: FileKind, _ id: StorageID) {
        self.kind = kind
        self.id = id
    }

    private init(config: Void) {
        kind = .config
        id = nil
    }

    /// The file that describes the repository.
    public static let config = RepositoryFile(config: ())

    /// The path inside the repository, such as `data/21/2159dd…`.
    public var description: String {
        guard let name = id?.description else { return kind.rawValue }
        return kind == .pack ? "data/\(name.prefix(2))/\(name)" : "\(kind.rawValue)/\(name)"
    }
}

/// Where a repository's files are kept. Files are written whole, once, and never changed; several threads and several
/// machines use a backend side by side.
///
/// The protocol asks for nothing that restic's REST protocol does not offer: lists with sizes, reading a range, writing
/// a whole file under its final name, removing.
public protocol RepositoryBackend: Sendable {
    /// The repository's name as a user knows it, without any secret.
    var displayName: String { get }

    /// Whether it lies on a read-only file system: nobody can change it, nor lock it.
    var isReadOnly: Bool { get }

    /// The files of a kind with their sizes in bytes, in no order; names that no file of a repository has are left out.
    func list(_ kind: FileKind) throws(Failure) -> [(id: StorageID, size: UInt64)]

    /// The size of a file in bytes; `nil` when there is none.
    func size(of file: RepositoryFile) throws(Failure) -> UInt64?

    /// Reads a part of a file.
    /// - Returns: the bytes read, fewer than asked for only at the file's end; `nil` when there is no such file.
    func read(_ file: RepositoryFile, at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure)
        -> Int?

    /// Begins a file whose name is not known before all of it is.
    func upload(_ kind: FileKind) throws(Failure) -> any BackendUpload

    /// Removes a file; it is no error when there is none.
    func remove(_ file: RepositoryFile) throws(Failure)
}

extension RepositoryBackend {
    /// Where nothing is known of that, it can be written to.
    public var isReadOnly: Bool { false }
}

/// A file on its way into a repository. Until it is committed nobody sees it; what is neither committed nor discarded,
/// because the process was killed, is removed by a later run. One thread at a time.
public protocol BackendUpload: AnyObject {
    /// Adds bytes at the end.
    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure)

    /// Makes the file exist under its name. When this returns, it survives a power cut.
    func commit(as file: RepositoryFile) throws(Failure)

    /// Forgets the file.
    func discard()
}
