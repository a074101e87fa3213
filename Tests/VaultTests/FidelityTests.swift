import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// What a file is besides its bytes must come back, and nothing may go where it was not sent.
@Suite(.serialized)
struct FidelityTests {
    @Test
    func `links, modes, owners, times, sparse files and attributes survive`() throws {
        try Sandbox.with { box in
            try box.write("db/plain", "text", mode: 0o4751)
            #expect(link(box.path("db/plain"), box.path("db/second")) == 0)
            #expect(symlink("../nowhere at all", box.path("db/link")) == 0)
            #expect(mkfifo(box.path("db/fifo"), 0o600) == 0)
            #expect(chown(box.path("db/plain"), 1234, 5678) == 0)
            #expect(chmod(box.path("db/plain"), 0o4751) == 0)
            #expect(try Attribute.set("user.remanso", "value", on: box.path("db/plain")))
            let sparse = try Descriptor.open(box.path("db/sparse"), O_RDWR | O_CREAT)
            #expect(ftruncate(sparse.number, 64 << 20) == 0)
            #expect(pwrite(sparse.number, "end", 3, 40 << 20) == 3)
            var times = [
                timespec(tv_sec: 1_000_000_000, tv_nsec: 5), timespec(tv_sec: 1_000_000_000, tv_nsec: 123_456_789),
            ]
            #expect(utimensat(AT_FDCWD, box.path("db/plain"), &times, 0) == 0)

            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            _ = try box.vault.restore(RestoreRequest(point: point, target: box.path("out")))
            let out = box.path("out") + box.path("db")
            let plain = try status(out + "/plain")
            #expect(plain.st_mode & 0o7777 == 0o4751 && plain.st_uid == 1234 && plain.st_gid == 5678)
            #expect(plain.st_mtim.tv_sec == 1_000_000_000 && plain.st_mtim.tv_nsec == 123_456_789)
            #expect(try plain.st_nlink == 2 && plain.st_ino == status(out + "/second").st_ino)
            #expect(Files.linkTarget(out + "/link") == "../nowhere at all")
            #expect(try status(out + "/fifo").st_mode & S_IFMT == S_IFIFO)
            #expect(try Attribute.get("user.remanso", of: out + "/plain") == "value")
            let hole = try status(out + "/sparse")
            #expect(hole.st_size == 64 << 20)
            try Sandbox.run("/usr/bin/cmp", out + "/sparse", box.path("db/sparse"))
            if try box.vault.restic.version().restoresSparsely { #expect(hole.st_blocks * 512 < 16 << 20) }
        }
    }

    @Test
    func `names that are not UTF-8 come back and are not overwritten`() throws {
        try Sandbox.with { box in
            try Files.makeFolder(box.path("db"))
            let folder = try Descriptor.open(box.path("db"), O_RDONLY | O_DIRECTORY)
            let name: [CChar] = [0x62, -1, -2, 0x63, 0]
            let number = openat(folder.number, name, O_WRONLY | O_CREAT, 0o600)
            try Descriptor(owning: number, path: "raw").writeAll(Array("raw".utf8))
            try box.storePoint("one", [box.path("db")])
            let request = RestoreRequest(point: try box.vault.recoveryPoint("one"), target: box.path("out"))
            _ = try box.vault.restore(request)
            let out = try Descriptor.open(box.path("out") + box.path("db"), O_RDONLY | O_DIRECTORY)
            #expect(faccessat(out.number, name, F_OK, 0) == 0)
            expect(code: "RestoreWouldOverwrite") { _ = try box.vault.restore(request) }
        }
    }

    @Test
    func `overwriting does not write through links`() throws {
        try Sandbox.with { box in
            try box.write("db/a", "stored")
            try box.write("db/b", "stored")
            #expect(symlink("a", box.path("db/l")) == 0)
            try box.storePoint("one", [box.path("db")])
            let out = "out" + box.path("db")
            try box.write("victim1", "precious")
            try box.write("victim2", "precious")
            try box.write(out + "/l", "in the way")
            #expect(symlink(box.path("victim1"), box.path(out + "/a")) == 0)
            #expect(link(box.path("victim2"), box.path(out + "/b")) == 0)
            let point = try box.vault.recoveryPoint("one")
            var request = RestoreRequest(point: point, target: box.path("out"), overwrite: true)
            _ = try box.vault.restore(request)
            #expect(box.read(box.path("victim1")) == "precious" && box.read(box.path("victim2")) == "precious")
            #expect(box.read(box.path(out + "/b")) == "stored" && Files.linkTarget(box.path(out + "/l")) == "a")

            // A link on the way would lead out of the target.
            try Files.makeFolder(box.path("elsewhere"))
            let way = "out2/" + (box.root.split(separator: "/").first ?? "")
            try Files.makeFolder(box.path("out2"))
            #expect(symlink(box.path("elsewhere"), box.path(way)) == 0)
            request.target = box.path("out2")
            expect(code: "RestoreTargetUnusable") { _ = try box.vault.restore(request) }
            #expect(Files.names(in: box.path("elsewhere")).isEmpty)
        }
    }

    @Test
    func `folders above what is restored keep their owner, mode and time`() throws {
        try Sandbox.with { box in
            try box.write("srv/db/a", "stored")
            try box.storePoint("one", [box.path("srv/db")])
            try Sandbox.run("/bin/rm", "-r", box.path("srv/db"))
            #expect(chown(box.path("srv"), 65534, 65534) == 0 && chmod(box.path("srv"), 0o711) == 0)
            try Sandbox.run("/bin/touch", "-d", "2001-01-01", box.path("srv"))
            let before = try status(box.path("srv"))
            _ = try box.vault.restore(RestoreRequest(point: try box.vault.recoveryPoint("one"), target: "/"))
            let after = try status(box.path("srv"))
            #expect(box.read(box.path("srv/db/a")) == "stored")
            #expect(after.st_uid == before.st_uid && after.st_mode == before.st_mode)
            #expect(after.st_mtim.tv_sec == before.st_mtim.tv_sec)
        }
    }

    @Test
    func `the vault never stores itself, other mounts, or what is excluded`() throws {
        try Sandbox.with { box in
            try box.write("db/a", "a")
            try box.write("skip[1]/x", "no")
            try box.write("skip1/x", "yes")
            try box.write("report.json", "{}")
            var request = box.request(.data, "one", [box.root])
            request.paths = [box.root]
            request.excludes = [box.path("skip[1]")]
            let stored = try box.vault.store(request)
            let list = Shared<Set<String>>([])
            let snapshot = RecoveryPoint.DataSnapshot(id: stored.id, volumes: [], reportPath: nil)
            try box.vault.files(in: snapshot) { entry in _ = list.withLock { $0.insert(entry.path) } }
            let paths = list.withLock { $0 }
            #expect(paths.contains(box.path("db/a")) && paths.contains(box.path("skip1/x")))
            for name in ["vault", "work", "skip[1]"] { #expect(!paths.contains(box.path(name))) }
        }
    }

    private func status(_ path: String) throws -> stat {
        var result = stat()
        try check("lstat", path) { lstat(path, &result) }
        return result
    }
}

/// Extended attributes; Swift's Glibc module lacks the calls.
private enum Attribute {
    private typealias Set =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeRawPointer?, Int, Int32
        ) -> Int32
    private typealias Get =
        @convention(c) (
            UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafeMutableRawPointer?, Int
        ) -> Int

    static func set(_ name: String, _ value: String, on path: String) throws -> Bool {
        let call = unsafeBitCast(try #require(dlsym(nil, "setxattr")), to: Set.self)
        return call(path, name, value, value.utf8.count, 0) == 0
    }

    static func get(_ name: String, of path: String) throws -> String {
        let call = unsafeBitCast(try #require(dlsym(nil, "getxattr")), to: Get.self)
        var value = [UInt8](repeating: 0, count: 64)
        let count = call(path, name, &value, value.count)
        return String(decoding: value.prefix(max(0, count)), as: UTF8.self)
    }
}
