internal import Glibc
internal import Linux

extension Tree {
    /// Fills a folder with all that is hard about a tree: names, modes, owners, attributes, links, holes, pipes, and
    /// files with nothing in them.
    public static func makeSample(in folder: String) throws {
        try Files.makeFolder(folder)
        try makeNames(in: folder + "/names")
        try makeKinds(in: folder + "/kinds")
        try makeRights(in: folder + "/rights")
        // Set last, because each new name changes its folder's time.
        try setTime(folder + "/kinds/old", seconds: 86_400, nanoseconds: 123_456_789)
        try setTime(folder + "/kinds/empty folder", seconds: 1_000_000_000, nanoseconds: 1)
    }

    private static func makeNames(in folder: String) throws {
        let long = String(repeating: "n", count: 255)
        let names = [
            "-rf", "--help", "a line\nend", "blank at the end ", "\"quoted\" 'twice'", "*?[a-z]\\", "ñandú €", "日本語",
            "e\u{301}", "\u{e9}", "comma,equal=colon:", "$HOME `id`", "\ttab", "\u{1}control", "#hash%41", long,
        ]
        for name in names { try Sandbox.write("\(folder)/\(name)", name) }
        // Latin-1, as old disks have it: no UTF-8.
        let path = Array("\(folder)/caf".utf8) + [0xe9]
        let number = try check("open", "caf\\xe9") {
            open(path.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        }
        try Descriptor(owning: number, path: "caf\\xe9").writeAll("Latin-1".utf8)
        let deep = (1...40).map { "level \($0)" }.joined(separator: "/")
        try Sandbox.write("\(folder)/\(deep)/file", "deep")
    }

    private static func makeKinds(in folder: String) throws {
        try Files.makeFolder(folder + "/empty folder")
        try Sandbox.write(folder + "/empty file", "")
        try Sandbox.write(folder + "/old", "old")
        try Sandbox.write(folder + "/first name", "one file, three names")
        for name in ["second name", "empty folder/../third name"] {
            try check("link", name) { link(folder + "/first name", "\(folder)/\(name)") }
        }
        for (name, target) in [("dangling", "/nowhere/at all"), ("up", "../names/-rf"), ("loop", "loop")] {
            try check("symlink", name) { symlink(target, "\(folder)/\(name)") }
        }
        try check("mkfifo", folder) { mkfifo(folder + "/pipe", 0o640) }
        try check("mknod", folder) { mknod(folder + "/null", S_IFCHR | 0o666, dev_t(1 << 8 | 3)) }
        let sparse = try Descriptor.open(folder + "/sparse", O_RDWR | O_CREAT)
        try check("pwrite", "sparse") { Int32(pwrite(sparse.number, "island", 6, 3 << 20)) }
        try check("ftruncate", "sparse") { ftruncate(sparse.number, 8 << 20) }
        let large = try Descriptor.open(folder + "/large", O_WRONLY | O_CREAT)
        try large.writeAll((0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
    }

    private static func makeRights(in folder: String) throws {
        for mode: mode_t in [0, 0o400, 0o644, 0o755, 0o1777, 0o2755, 0o4711, 0o7777] {
            let path = try Sandbox.write("\(folder)/mode \(String(mode, radix: 8))", "x")
            try check("chown", path) { chown(path, 65_534, 1234) }
            try check("chmod", path) { chmod(path, mode) }
        }
        let path = try Sandbox.write(folder + "/attributes", "x")
        try Attributes.set(path, "user.plain", Array("value".utf8))
        try Attributes.set(path, "user.binary", [0, 255, 10, 0])
        try Attributes.set(path, "trusted.remanso", Array("root only".utf8))
        // An ACL: owner, user 65534, group, mask, others (acl(5), version 2, little endian).
        let entries: [[UInt8]] = [
            [1, 0, 6, 0, 255, 255, 255, 255], [2, 0, 4, 0, 254, 255, 0, 0], [4, 0, 4, 0, 255, 255, 255, 255],
            [16, 0, 4, 0, 255, 255, 255, 255], [32, 0, 0, 0, 255, 255, 255, 255],
        ]
        try Attributes.set(path, "system.posix_acl_access", [2, 0, 0, 0] + entries.flatMap { $0 })
    }

    private static func setTime(_ path: String, seconds: Int, nanoseconds: Int) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        try check("utimensat", path) { utimensat(AT_FDCWD, path, [time, time], 0) }
    }
}
