internal import Glibc
internal import Linux

/// All that a backup has to bring back of the files below a folder, in a form that two folders can be compared in.
public struct Tree: Sendable, Equatable {
    /// What is known of each name, in words; names as they are, relative, with bytes that are not UTF-8 as `\xNN`.
    public let entries: [String: String]

    /// Reads a folder of one file system; other file systems mounted in it are left out, mount points included.
    /// - Parameter leavingOut: names relative to the folder, with all below them.
    public init(of folder: String, leavingOut: Set<String> = []) throws {
        var reader = TreeReader(leavingOut: leavingOut)
        try reader.read(folder)
        entries = reader.entries
    }

    /// What is different in `other`, one line a name; empty when nothing is.
    public func differences(in other: Tree) -> [String] {
        Set(entries.keys).union(other.entries.keys).sorted().compactMap { name in
            let left = entries[name] ?? "missing", right = other.entries[name] ?? "missing"
            return left == right ? nil : "\(name): \(left) | \(right)"
        }
    }
}

private struct TreeReader {
    let leavingOut: Set<String>
    var entries: [String: String] = [:]
    /// The first name of each file that has several.
    private var firstNames: [ino_t: String] = [:]
    private var device: dev_t = 0

    init(leavingOut: Set<String>) { self.leavingOut = leavingOut }

    mutating func read(_ folder: String) throws {
        var status = stat()
        try check("lstat", folder) { lstat(folder, &status) }
        device = status.st_dev
        try add(Array(folder.utf8), name: ".", status)
    }

    private mutating func add(_ path: [UInt8], name: String, _ status: stat) throws {
        let bytes = path.map { CChar(bitPattern: $0) } + [0]
        let mode = status.st_mode
        var words = ["mode \(String(mode, radix: 8))", "owner \(status.st_uid):\(status.st_gid)"]
        words.append("changed \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)")
        words += Attributes.all(of: bytes)
        switch mode & S_IFMT {
        case S_IFREG:
            words.append("size \(status.st_size)")
            words.append("content \(try contentHash(bytes))")
            if status.st_nlink > 1 {
                let first = firstNames[status.st_ino] ?? name
                firstNames[status.st_ino] = first
                words.append("linked to \(first)")
            }
        case S_IFLNK: words.append("to \(target(bytes))")
        case S_IFBLK, S_IFCHR: words.append("device \(status.st_rdev)")
        default: break
        }
        entries[name] = words.joined(separator: ", ")
        if mode & S_IFMT == S_IFDIR { try addChildren(path, name: name) }
    }

    private mutating func addChildren(_ path: [UInt8], name: String) throws {
        for child in try Names.all(in: path) {
            let full = path + [UInt8(ascii: "/")] + child
            let childName = name == "." ? Names.text(child) : name + "/" + Names.text(child)
            if leavingOut.contains(childName) { continue }
            var status = stat()
            let bytes = full.map { CChar(bitPattern: $0) } + [0]
            try check("lstat", childName) { lstat(bytes, &status) }
            if status.st_dev == device { try add(full, name: childName, status) }
        }
    }

    private func contentHash(_ path: [CChar]) throws -> Int {
        let number = try check("open", "file") { open(path, O_RDONLY | O_CLOEXEC) }
        let file = Descriptor(owning: number, path: "file")
        var hasher = Hasher()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        // Chunks of one size, so that the hash depends on the content alone.
        while true {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            if count < 0 { throw SystemError("read", "file") }
            if count == 0 { return hasher.finalize() }
            buffer.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
        }
    }

    private func target(_ path: [CChar]) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &buffer, buffer.count)
        return Names.text(buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) })
    }
}

/// Names as bytes: Linux knows no encoding.
enum Names {
    static func all(in folder: [UInt8]) throws -> [[UInt8]] {
        let path = folder.map { CChar(bitPattern: $0) } + [0]
        guard let directory = opendir(path) else { throw SystemError("opendir", text(folder)) }
        defer { closedir(directory) }
        var names: [[UInt8]] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != [46] && name != [46, 46] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { $0 < 128 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }.joined()
    }
}

/// Extended attributes, ACLs among them. Swift's Glibc module lacks their calls.
public enum Attributes {
    private typealias List = @convention(c) (UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int) -> Int
    private typealias Get =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int
        ) -> Int
    private typealias Set =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer, Int, Int32
        ) -> Int32

    private static func symbol<Function>(_ name: String, _ type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    /// Sets one attribute; links are not followed.
    public static func set(_ path: String, _ name: String, _ value: [UInt8]) throws {
        guard let call = symbol("lsetxattr", Set.self), call(path, name, value, value.count, 0) == 0 else {
            throw SystemError("lsetxattr", "\(path) \(name)")
        }
    }

    static func all(of path: [CChar]) -> [String] {
        guard let list = symbol("llistxattr", List.self), let get = symbol("lgetxattr", Get.self) else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let length = list(path, &buffer, buffer.count)
        let names = buffer.prefix(max(0, length)).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        // xfs shows an ACL twice, once in its own form, which other file systems cannot hold.
        return names.filter { !$0.hasPrefix("trusted.SGI_ACL_") }.sorted().map { name in
            let count = get(path, name, &buffer, buffer.count)
            return "\(name)=\(buffer.prefix(max(0, count)).map { String($0, radix: 16) }.joined(separator: " "))"
        }
    }
}
