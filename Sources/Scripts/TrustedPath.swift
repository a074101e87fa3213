internal import Glibc
internal import Linux
internal import Messages

/// Why a path that must be root's alone was not opened.
enum PathFault: Error, Equatable {
    /// Nothing stands there.
    case missing
    /// The owner, the mode or the kind of the file or of a folder on the way is wrong.
    case permission(PermissionFault)
    /// The kernel refused.
    case system(SystemError)
}

/// What a file must be before Remanso, as root, believes or executes it.
struct FileRule {
    /// Permission bits that must not be set.
    let forbidden: mode_t
    /// The owner must have the right to execute.
    var needsExecute = false
    /// The owner, the mode and the folders on the way are checked; otherwise only that it is a regular file.
    var checksRights = true

    /// A script: mode 700 or 500.
    static let script = FileRule(forbidden: 0o077, needsExecute: true)
    /// A plugin's configuration: mode 600 or 400. The owner's right to execute harms nobody.
    static let configuration = FileRule(forbidden: 0o077)
    /// The plugin host's file: group and others at most read.
    static let pluginHost = FileRule(forbidden: 0o033)
    /// Settings that no rule of the documents protects.
    static let settings = FileRule(forbidden: 0, checksRights: false)
}

/// Opens files so that nobody but root can have swapped what was checked.
///
/// The path is walked from `/` one component at a time, each opened relative to the folder checked before it. A symbolic
/// link to a folder is read from the folder that holds it, which is root's alone by then, and its target walked in the
/// same way.
enum TrustedPath {
    /// `O_PATH`, the same on every architecture that Swift runs on; Swift's Glibc module lacks it.
    private static let pathOnly: Int32 = 0o10000000
    /// As many links as the kernel follows (path_resolution(7)).
    private static let maximalLinks = 40

    /// Opens a regular file for reading. Never waits, whatever stands at the path.
    /// - Parameter path: absolute.
    static func open(_ path: String, _ rule: FileRule) throws(PathFault) -> Descriptor {
        let names = path.split(separator: "/")
        guard let name = names.last, !path.hasSuffix("/") else { throw .permission(.notRegular(path: path)) }
        // That a file is missing says more than what is wrong with the folder that it is missing in.
        guard Files.exists(path) else { throw .missing }
        let folder = try openFolder(names.dropLast(), checksRights: rule.checksRights)
        // First without touching it: opening a fifo or a device for reading could block or act.
        let found = try step(from: folder, to: String(name))
        try check(found, status(of: found), path, rule)
        return try reopen(found, as: path)
    }

    private static func openFolder(_ names: ArraySlice<Substring>, checksRights: Bool) throws(PathFault) -> Descriptor {
        let root = try call { () throws(SystemError) in try Descriptor.open("/", pathOnly | O_DIRECTORY) }
        var folder = root
        var pending = Array(names.reversed())
        var links = 0
        if checksRights { try checkFolder(root, status(of: root)) }
        while let name = pending.popLast() {
            if name == "." { continue }
            let next = try step(from: folder, to: String(name))
            let status = try status(of: next)
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                if checksRights { try checkFolder(next, status) }
                folder = next
            case S_IFLNK:
                links += 1
                if links > maximalLinks { throw .system(SystemError("open", next.path, code: ELOOP)) }
                let target = try target(of: next)
                if target.hasPrefix("/") { folder = root }
                pending.append(contentsOf: target.split(separator: "/").reversed())
            default:
                throw .missing
            }
        }
        return folder
    }

    private static func step(from folder: Descriptor, to name: String) throws(PathFault) -> Descriptor {
        do {
            return try folder.open(name, pathOnly | O_NOFOLLOW)
        } catch {
            throw error.code == ENOENT || error.code == ENOTDIR ? .missing : .system(error)
        }
    }

    private static func target(of link: Descriptor) throws(PathFault) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(link.number, "", &buffer, buffer.count)
        if count < 0 { throw .system(SystemError("readlink", link.path)) }
        let bytes = buffer[..<count].map { UInt8(bitPattern: $0) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .system(SystemError("readlink", link.path, code: EILSEQ))
        }
        return text
    }

    /// The very file that was checked, through its descriptor and not through its name.
    private static func reopen(_ found: Descriptor, as path: String) throws(PathFault) -> Descriptor {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let number = try call { () throws(SystemError) in
            try Linux.check("open", path) { Glibc.open("/proc/self/fd/\(found.number)", flags) }
        }
        return Descriptor(owning: number, path: path)
    }

    private static func status(of file: Descriptor) throws(PathFault) -> stat {
        try call { () throws(SystemError) in try file.status() }
    }

    private static func call<Value>(_ body: () throws(SystemError) -> Value) throws(PathFault) -> Value {
        do { return try body() } catch { throw .system(error) }
    }

    private static func checkFolder(_ folder: Descriptor, _ status: stat) throws(PathFault) {
        if status.st_uid != 0 {
            throw .permission(.notOwnedByRoot(path: folder.path, owner: status.st_uid))
        }
        // The sticky bit does not help: in such a folder anybody may still make the name first.
        if status.st_mode & 0o022 != 0 {
            throw .permission(.folderWritable(path: folder.path, mode: octal(status.st_mode)))
        }
    }

    private static func check(_ file: Descriptor, _ status: stat, _ path: String, _ rule: FileRule) throws(PathFault) {
        if status.st_mode & S_IFMT != S_IFREG { throw .permission(.notRegular(path: path)) }
        guard rule.checksRights else { return }
        if status.st_uid != 0 { throw .permission(.notOwnedByRoot(path: path, owner: status.st_uid)) }
        if status.st_mode & rule.forbidden != 0 {
            throw .permission(.tooOpen(path: path, mode: octal(status.st_mode)))
        }
        if rule.needsExecute && status.st_mode & S_IXUSR == 0 {
            throw .permission(.notExecutable(path: path, mode: octal(status.st_mode)))
        }
    }

    private static func octal(_ mode: mode_t) -> String { String(mode & 0o7777, radix: 8) }
}
