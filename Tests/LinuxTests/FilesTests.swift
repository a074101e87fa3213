import Fixtures
import Glibc
@testable import Linux
import Testing

@Suite("Files")
struct FilesTests {
    @Test("that are replaced are seen old or new, never half, and no temporary one stays")
    func replaceIsAtomic() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("state")
            let texts = ["a", "b"].map { String(repeating: $0, count: 300_000) }
            try Files.replace(path, with: texts[0].utf8)
            let isDone = Shared(false)
            let writer = Linux.Thread {
                for round in 0..<200 { try? Files.replace(path, with: texts[round % 2].utf8, isDurable: false) }
                isDone.withLock { $0 = true }
            }
            while !isDone.withLock({ $0 }) {
                let text = try #require(Files.text(path))
                try #require(text == texts[0] || text == texts[1])
            }
            writer?.join()
            #expect(Files.names(in: sandbox.path) == ["state"])
        }
    }

    @Test("keep their old content when the new one cannot be written")
    func replaceFails() throws {
        try Volume.inSandbox(.ext4, megabytes: 8) { volume in
            let path = try volume.write("state", "old")
            let large = [UInt8](repeating: 1, count: 32 << 20)
            #expect(throws: SystemError.self) { try Files.replace(path, with: large) }
            #expect(Files.text(path) == "old")
            #expect(Files.names(in: volume.mountPoint) == ["lost+found", "state"])
        }
    }

    @Test("that are too long to be honest are refused")
    func limits() throws {
        try Sandbox.with { sandbox in
            let path = try sandbox.write("long", String(repeating: "x", count: 1000))
            let file = try Descriptor.open(path, O_RDONLY)
            #expect(throws: SystemError("read", path, code: EFBIG)) { try file.readAll(limit: 999) }
            #expect(Files.text("/dev/zero", limit: 1 << 20) == nil)
        }
    }
}

@Suite("Images and views", .serialized)
struct ViewTests {
    @Test("a loop device knows its image, and a partition of it where it begins")
    func loopImages() throws {
        try Volume.inSandbox(.ext4) { volume in
            let device = try #require(BlockDevices.number(ofNode: volume.device))
            #expect(LoopImage.under(device) == LoopImage(path: volume.image, node: volume.device, offset: 0, length: 0))
            #expect(BlockDevices.node(of: device) == volume.device)
            #expect(BlockDevices.number(ofNode: "/dev/null") == nil)
            let part = try Shell.run(
                "losetup", "--find", "--show", "--offset", "1048576", "--sizelimit", "2097152", volume.image
            ).trimmed
            defer { _ = try? Shell.run("losetup", "-d", part) }
            let number = try #require(BlockDevices.number(ofNode: part))
            #expect(
                LoopImage.under(number) == LoopImage(path: volume.image, node: part, offset: 1 << 20, length: 2 << 20))
        }
    }

    @Test("a snapshot hides the live volume from one program only, and live folders stay visible in it")
    func view() throws {
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, in: sandbox.path, name: "live") { live in
                try live.write("file", "live")
                try live.write("vault/key", "vault")
                try Volume.with(.ext4, in: sandbox.path, name: "shot") { shot in
                    try shot.write("file", "shot")
                    try Files.makeFolder(shot.path("vault"))
                    let mount = try DetachedMount("ext4", source: shot.device, options: [], isShared: true)
                    let view = MountView(
                        layers: [.init(mount: mount, root: "/", mountPoint: live.mountPoint)],
                        liveFolders: [live.path("vault")])
                    let file = live.path("file"), key = live.path("vault/key")
                    let seen = try Threads.isolated(in: view) {
                        [Files.text(file), Files.text(key), try Shell.run("cat", file)]
                    }
                    #expect(seen == ["shot", "vault", "shot"])
                    #expect(Files.text(file) == "live", "nobody else sees it")
                }
            }
        }
    }
}

extension Volume {
    fileprivate static func inSandbox(_ kind: Kind, megabytes: Int = 0, _ body: (Volume) throws -> Void) throws {
        try Sandbox.with { try Volume.with(kind, megabytes: megabytes, in: $0.path, body) }
    }
}
