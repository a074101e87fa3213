import Fixtures
import Glibc
import Linux
import Testing

@Suite("From backup to restore", .serialized)
struct EndToEndTests {
    @Test("what comes back is what was there, by Remanso and by restic alone", arguments: Layout.filed)
    func comesBack(_ layout: Layout) throws {
        try EndToEnd.with { call in
            try layout.with(in: call.sandbox.path) { volume in
                try Tree.makeSample(in: volume.path("sample"))
                let before = try Tree(of: volume.path("sample")), traces = try Traces(below: call.sandbox.path)
                let report = try call.backup([volume.mountPoint])
                let entry = report["volumes"][0]
                #expect(entry["provider"].string == layout.provider)
                #expect(entry["consistency"].string == "filesystem")
                #expect(entry["frozen"].bool == (layout.provider != "btrfs"))
                try call.expectNothingLeft(traces, [volume])
                let restored = try call.restore()
                #expect(before.differences(in: try Tree(of: restored + volume.path("sample"))) == [])
                let snapshot = try #require(report["vault"]["snapshot"].string)
                let plain = call.sandbox.path("plain")
                _ = try call.restic("restore", snapshot, "--target", plain)
                #expect(before.differences(in: try Tree(of: plain + volume.path("sample"))) == [])
            }
        }
    }

    @Test(
        "a writer that never stops is caught at one instant, and the next run stores only what is new",
        arguments: [Layout.btrfs, .ext4OnXFS, .xfsOnXFS])
    func underAWriter(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try Tree.makeSample(in: volume.path("sample"))
                try LineWriter.with(volume.path("lines")) { writer in
                    let before = writer.lastLineOnDisk
                    let first = try call.backup([volume.mountPoint])
                    let after = writer.lastLine
                    let lines = LineWriter.lastLine(of: try call.restore() + writer.file)
                    #expect(lines >= before && lines <= after, "\(before) \(lines) \(after)")
                    let second = try call.backup([volume.mountPoint])
                    let stored = [first, second].map { $0["volumes"][0]["bytesStored"].number ?? -1 }
                    #expect(stored[0] > Double(1 << 20))
                    #expect(stored[1] >= 0 && stored[1] < stored[0] / 10, "\(stored)")
                    let ids = try [first, second].map { try #require($0["vault"]["snapshot"].string) }
                    let parent = try JSONObject(try call.restic("cat", "snapshot", ids[1]))["parent"].string
                    #expect(parent?.hasPrefix(ids[0]) ?? false, "files that did not change are not read again")
                }
            }
        }
    }

    @Test("everything is in the vault: a fresh machine lists, shows and restores from it alone")
    func onlyTheVault() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.btrfs.with(in: call.sandbox.path) { volume in
                try volume.write("file", "content")
                let report = try call.backup([volume.mountPoint])
                let id = try #require(report["recoveryPoint"].string)
                let shown = try call.remanso("show", id, "--json").json()
                #expect(shown["recoveryPoint"].string == id)
                #expect(shown["volumes"][0]["mountPoint"].string == volume.mountPoint)
                #expect(shown["outcome"].string == report["outcome"].string)
                #expect(shown["vault"]["snapshot"].string == report["vault"]["snapshot"].string)
                let list = try call.remanso("list", "--json")
                #expect(list.status == 0 && list.output.contains(id))
                let snapshot = try #require(report["vault"]["snapshot"].string)
                let inside = try call.restic("ls", snapshot)
                #expect(inside.contains("/report.json"))
                let verified = try call.remanso("verify", id)
                #expect(verified.status == 0, "\(verified.errors)")
            }
        }
    }

    @Test("volumes inside each other come back whole, each from its own snapshot")
    func nestedVolumes() throws {
        try EndToEnd.withReadyVault { call in
            try Volume.with(.btrfs, megabytes: 400, in: call.sandbox.path, name: "outer, with a blank") { outer in
                try Volume.with(.ext4, in: outer.mountPoint, name: "ñ inner") { inner in
                    try Tree.makeSample(in: outer.path("sample"))
                    try Tree.makeSample(in: inner.path("sample"))
                    let trees = try [outer, inner].map { try Tree(of: $0.path("sample")) }
                    let report = try call.backup([outer.mountPoint, inner.mountPoint])
                    #expect(report["volumes"].array.map { $0["provider"].string } == ["btrfs", "reflink"])
                    let restored = try call.restore()
                    for (volume, tree) in zip([outer, inner], trees) {
                        #expect(tree.differences(in: try Tree(of: restored + volume.path("sample"))) == [])
                    }
                    let onlyInner = try call.restore("latest", ["--volume", inner.mountPoint], name: "inner only")
                    #expect(!Files.exists(onlyInner + outer.path("sample")))
                    #expect(trees[1].differences(in: try Tree(of: onlyInner + inner.path("sample"))) == [])
                }
            }
        }
    }

    @Test("two mounts of one file system, a bind mount of a folder, and a read-only volume are volumes like others")
    func unusualMounts() throws {
        try EndToEnd.withReadyVault { call in
            try Volume.with(.ext4, in: call.sandbox.path, name: "disk") { disk in
                try disk.write("a folder/file", "content")
                let bound = call.sandbox.path("bound"), again = call.sandbox.path("again")
                for folder in [bound, again] { try Files.makeFolder(folder) }
                try Shell.run("mount", "--bind", disk.path("a folder"), bound)
                defer { umount2(bound, Int32(MNT_DETACH)) }
                try Shell.run("mount", "--bind", disk.mountPoint, again)
                defer { umount2(again, Int32(MNT_DETACH)) }
                try Shell.run("mount", "-o", "remount,bind,ro", again)
                let report = try call.backup([disk.mountPoint, bound, again])
                #expect(report["volumes"].array.allSatisfy { $0["consistency"].string == "filesystem" })
                let restored = try call.restore()
                for path in [disk.path("a folder/file"), bound + "/file", again + "/a folder/file"] {
                    #expect(Files.text(restored + path) == "content", "\(path)")
                }
            }
        }
    }

    @Test(
        "a database in WAL mode under a writer opens whole, with all that was committed before the freeze",
        arguments: [Layout.btrfs, .ext4OnXFS])
    func database(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                let database = volume.path("data base.db"), log = call.sandbox.path("acknowledged")
                try Shell.run("sqlite3", database, "PRAGMA journal_mode=WAL; CREATE TABLE t(n INTEGER PRIMARY KEY);")
                let script =
                    "i=0; while :; do i=$((i+1)); sqlite3 -cmd 'PRAGMA synchronous=FULL;' \"$0\" "
                    + "\"INSERT INTO t VALUES($i);\" >/dev/null && echo $i >> \"$1\"; done"
                try Background.with("sh", ["-c", script, database, log]) {
                    try #require(Wait.until { (Files.text(log) ?? "").contains("5\n") })
                    let before = LineWriter.lastLine(of: log)
                    _ = try call.backup([volume.mountPoint])
                    let copy = try call.restore() + database
                    #expect(try Shell.run("sqlite3", copy, "PRAGMA integrity_check;").trimmed == "ok")
                    let count = Int(try Shell.run("sqlite3", copy, "SELECT max(n) FROM t;").trimmed) ?? 0
                    #expect(count >= before, "\(count) of \(before)")
                }
            }
        }
    }

    @Test("a quiet volume that is copied keeps the level of its application")
    func quietCopy() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                let report = try call.backup(
                    [volume.mountPoint],
                    try call.scripts(pre: "echo x > '\(volume.path("written by the script"))'") + [
                        "--provider", "copy",
                    ])
                #expect(report["consistency"].string == "application")
                #expect(call.calls == ["pre", "post"])
            }
        }
    }

    @Test("a file that was written while it was copied lowers the level, and the report names it")
    func changedDuringCopy() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                try LineWriter.with(volume.path("lines")) { writer in
                    let report = try call.backup(
                        [volume.mountPoint], try call.scripts() + ["--provider", "copy"], status: 3)
                    let error = report["errors"].array.first { $0["code"].string == "ChangedDuringCopy" }
                    #expect(error?["message"].string?.contains(writer.file) ?? false)
                    #expect(report["consistency"].string != "application")
                    #expect(report["outcome"].string == "degraded")
                    #expect(call.calls == ["pre", "post"])
                }
            }
        }
    }

    @Test(
        "a vault on the volume that it keeps is not part of it, and does not lower the level",
        arguments: [Layout.btrfs, .plainExt4])
    func vaultOnItsOwnVolume(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try volume.write("file", "content")
                let call = try call.with(repository: volume.path("backups/vault"))
                for _ in 0..<2 {
                    let report = try call.backup([volume.mountPoint])
                    #expect(report["consistency"].string == "filesystem")
                }
                let restored = try call.restore()
                #expect(Files.text(restored + volume.path("file")) == "content")
                #expect(!Files.exists(restored + volume.path("backups/vault/config")))
            }
        }
    }
}
