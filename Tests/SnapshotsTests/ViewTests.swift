import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Snapshots

@Suite("What a program sees in place of the live files")
struct ViewTests {
    @Test("a live folder that was named by a link stays live")
    func liveFolderBehindALink() throws {
        try Ground.with("btrfs") { ground in
            let vault = ground.volume.path("vault")
            try ground.volume.write("vault/config", "at the time")
            let link = ground.sandbox.path("link to the vault")
            symlink(vault, link)
            let snapshot = try ground.provider.prepare(try ground.volume.source())
            try snapshot.take()
            defer { try? snapshot.release() }
            try ground.volume.write("vault/config", "live")
            let layer = try #require(try snapshot.open(wasFrozen: false))
            let view = MountView(layers: [layer], liveFolders: [link])
            #expect(try Threads.isolated(in: view) { Files.text(vault + "/config") } == "live")
        }
    }

    @Test("a view can be entered again, as when the vault was locked at the first try")
    func enteredAgain() throws {
        try Ground.with("btrfs") { ground in
            let path = try ground.volume.write("file", "at the time")
            let snapshot = try ground.provider.prepare(try ground.volume.source())
            try snapshot.take()
            defer { try? snapshot.release() }
            try ground.volume.write("file", "later")
            let view = MountView(layers: [try #require(try snapshot.open(wasFrozen: false))])
            for _ in 0..<3 { #expect(try Threads.isolated(in: view) { Files.text(path) } == "at the time") }
        }
    }

    @Test("a volume inside another one shows its own snapshot, in any order of the layers")
    func nestedVolumes() throws {
        let btrfs = try #require(SnapshotProviders.named("btrfs"))
        let reflink = try #require(SnapshotProviders.named("reflink"))
        try Sandbox.with { sandbox in
            try Volume.with(.btrfs, megabytes: 300, in: sandbox.path) { outer in
                try Volume.with(.ext4, in: outer.mountPoint, name: "an inner, one") { inner in
                    let paths = [try outer.write("file", "outer"), try inner.write("file", "inner")]
                    let outerSnapshot = try btrfs.prepare(try outer.source())
                    let innerSnapshot = try reflink.prepare(try inner.source())
                    defer {
                        try? outerSnapshot.release()
                        try? innerSnapshot.release()
                    }
                    try outerSnapshot.take()
                    try reflink.take(innerSnapshot, of: inner)
                    try paths.forEach { try Sandbox.write($0, "later") }
                    for isReversed in [false, true] {
                        let layers = [
                            try #require(try outerSnapshot.open(wasFrozen: false)),
                            try #require(try innerSnapshot.open(wasFrozen: true)),
                        ]
                        let view = MountView(layers: isReversed ? layers.reversed() : layers)
                        let seen = try Threads.isolated(in: view) { paths.map { Files.text($0) } }
                        #expect(seen == ["outer", "inner"])
                    }
                }
            }
        }
    }
}
