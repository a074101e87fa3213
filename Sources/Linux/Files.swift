internal import Glibc

/// Small files read and written whole, and the paths around them.
public enum Files {
    /// Reads a text file of the kernel or of Remanso itself; `nil` when it cannot be read or is not UTF-8.
    public static func text(_ path: String, limit: Int = 16 << 20) -> String? {
        guard let file = try? Descriptor.open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK),
            let bytes = try? file.readAll(limit: limit)
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The first line of a text file without its line end; `nil` when it cannot be read.
    public static func line(_ path: String) -> String? {
        text(path)?.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
    }

    /// Replaces `path` in one step: a reader sees the old content or the new, and never half of one.
    /// - Parameter isDurable: whether the content must survive a power cut; a file in `/run` need not.
    public static func replace(
        _ path: String, with bytes: some Collection<UInt8>, mode: UInt32 = 0o600, isDurable: Bool = true
    )
        throws(SystemError)
    {
        let temporary = "\(path).new-\(getpid())"
        do {
            let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: mode)
            try file.writeAll(bytes)
            if isDurable { try check("fsync", temporary) { fsync(file.number) } }
            try check("rename", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Makes a folder and those above it that are missing.
    public static func makeFolder(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
        if isFolder(path) { return }
        let parent = Self.parent(of: path)
        if parent != path { try makeFolder(parent, mode: mode) }
        if mkdir(path, mode) != 0 && errno != EEXIST { throw SystemError("mkdir", path) }
    }

    /// Whether the path leads to a folder, links followed.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether anything stands at the path, a dangling link included.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether the path lies on a file system that is read-only, so that nobody can write there.
    public static func isOnReadOnlyFilesystem(_ path: String) -> Bool { access(path, W_OK) != 0 && errno == EROFS }

    /// Removes a folder with all below it, as far as that can be removed. Follows no links.
    public static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT != S_IFDIR {
            unlink(path)
            return
        }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        rmdir(path)
    }

    /// The names in a folder, sorted; empty when it cannot be read.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path with links, `.` and `..` resolved; `nil` when it does not exist.
    public static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// The folder that a path lies in.
    public static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Where the symbolic link leads, unresolved; `nil` when it is none.
    public static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
        }
        return count < 0 ? nil : String(validating: buffer[0..<count], as: UTF8.self)
    }

    /// Whether `path` is `folder` or lies below it; both absolute.
    public static func path(_ path: String, isWithin folder: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }
}
