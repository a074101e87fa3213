internal import Glibc
internal import Linux
public import Messages

/// What stands at the target where files shall come.
public struct Obstacles: Sendable {
    /// Files that would be overwritten.
    public private(set) var count = 0
    /// The first of them.
    private(set) var first: String?
    /// What has to go before restic writes: restic writes through symbolic links and into files with other names.
    private(set) var removable: [String] = []
    /// A folder where a file shall come; nothing replaces that.
    private(set) var blocking: String?

    private let target: String

    /// - Parameter target: the resolved folder that original paths are put below.
    public init(target: String) { self.target = target == "/" ? "" : target }

    /// Looks at the place of one entry.
    public mutating func look(at entry: StoredEntry) {
        if entry.path.unicodeScalars.contains("\u{FFFD}") { return lookLoosely(at: entry) }
        let place = target + entry.path
        var status = stat()
        guard lstat(place, &status) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        if entry.type == "dir" {
            if kind != S_IFDIR { add(place, isRemovable: true) }
        } else if kind == S_IFDIR {
            blocking = blocking ?? place
            add(place, isRemovable: false)
        } else {
            let isPlain = kind == S_IFREG && entry.type == "file" && status.st_nlink == 1
            add(place, isRemovable: !isPlain)
        }
    }

    private mutating func add(_ place: String, isRemovable: Bool) {
        count += 1
        first = first ?? place
        if isRemovable { removable.append(place) }
    }

    /// restic does not tell which bytes a name has that is not UTF-8: a name that may be the same counts as the same.
    private mutating func lookLoosely(at entry: StoredEntry) {
        if entry.type == "dir" { return }
        var folder = target.isEmpty ? "/" : target
        for part in entry.path.split(separator: "/") {
            let pattern = Self.loose(String(part))
            guard let name = Files.names(in: folder).first(where: { Self.loose($0) == pattern }) else { return }
            // Below such a folder nothing can be looked at: it counts as in the way.
            if name.unicodeScalars.contains("\u{FFFD}") { break }
            folder += "/" + name
        }
        add(target + entry.path, isRemovable: false)
    }

    private static func loose(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.filter { $0 != "\u{FFFD}" }))
    }

    /// Makes room.
    /// - Parameter overwrite: whether files that stand there are replaced; else nothing is touched.
    /// - Throws: `.restoreWouldOverwrite`, `.restoreTargetUnusable`.
    public func clear(overwrite: Bool) throws(Failure) {
        guard let first else { return }
        guard overwrite else { throw Failure(.restoreWouldOverwrite(path: first, count: count)) }
        if let folder = blocking {
            throw Failure(.restoreTargetUnusable(path: folder, reason: String(cString: strerror(EISDIR))))
        }
        for path in removable where unlink(path) != 0 && errno != ENOENT {
            throw Failure(.restoreTargetUnusable(path: path, reason: SystemError("unlink", path).reason))
        }
    }

    /// Makes the target if it is missing.
    /// - Parameter paths: the original paths that shall come there.
    /// - Returns: its resolved path.
    /// - Throws: `.restoreTargetUnusable`, also when a symbolic link would lead out of it.
    public static func usableTarget(_ path: String, for paths: [String]) throws(Failure) -> String {
        do throws(SystemError) {
            if Files.exists(path), !Files.isFolder(path) { throw SystemError("mkdir", path, code: ENOTDIR) }
            try Files.makeFolder(path)
        } catch {
            throw Failure(.restoreTargetUnusable(path: path, reason: error.reason))
        }
        let target = Files.resolved(path) ?? path
        if let link = link(below: target, to: paths) {
            throw Failure(.restoreTargetUnusable(path: link, reason: String(cString: strerror(ELOOP))))
        }
        return target
    }

    /// The first symbolic link on the way from the target to one of these original paths: what is restored would
    /// leave the target through it.
    static func link(below target: String, to paths: [String]) -> String? {
        if target == "/" { return nil }
        for path in paths {
            var place = target
            for part in path.split(separator: "/").dropLast() {
                place += "/" + part
                if Files.linkTarget(place) != nil { return place }
            }
        }
        return nil
    }
}
