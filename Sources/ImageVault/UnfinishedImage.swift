internal import Glibc
internal import Linux
public import Messages

/// An image that is restored to a file: under a name of its own until it is whole, because half an image must not be taken
/// for one.
public final class UnfinishedImage {
    /// What is written to.
    public let target: FileImageTarget
    private let path: String
    private let file: Descriptor
    private var isOpen = true

    private static let suffix = ".remanso-unfinished"

    /// Begins anew, also where a restore was killed.
    /// - Parameter path: the image's name when it is whole.
    /// - Throws: `.restoreTargetUnusable`, also while another restore to that name is under way.
    public init(_ path: String, size: UInt64) throws(Failure) {
        self.path = path
        file = try FileImageTarget.naming(path) { () throws(SystemError) in
            let file = try Self.locked(path + Self.suffix)
            try FileImageTarget.resize(file, to: 0)
            return file
        }
        target = FileImageTarget(file, isBlank: true)
        // From here on `deinit` removes it.
        try FileImageTarget.naming(path) { () throws(SystemError) in try FileImageTarget.resize(file, to: size) }
    }

    deinit { if isOpen { unlink(file.path) } }

    private static func locked(_ path: String) throws(SystemError) -> Descriptor {
        while true {
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
            try check("flock", path) { flock(file.number, LOCK_EX | LOCK_NB) }
            // Whoever held it may have finished it in between.
            var status = stat()
            if lstat(path, &status) == 0, status.st_ino == (try file.status()).st_ino { return file }
        }
    }

    /// Gives the image its name.
    /// - Parameter overwrite: whether a file that stands there is replaced.
    /// - Throws: `.restoreTargetUnusable`, `.restoreWouldOverwrite`.
    public func finish(overwrite: Bool) throws(Failure) {
        // A file may have come there meanwhile: a link, unlike a rename, never replaces one.
        if !overwrite, link(file.path, path) == 0 { return }
        if !overwrite, errno == EEXIST { throw Failure(.restoreWouldOverwrite(path: path, count: 1)) }
        try FileImageTarget.naming(path) { () throws(SystemError) in
            _ = try check("rename", path) { rename(file.path, path) }
        }
        isOpen = false
    }
}
