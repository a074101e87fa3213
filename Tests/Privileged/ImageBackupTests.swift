import Fixtures
import Glibc
import Linux
import Testing

/// Volumes without any snapshot facility: ext4 and xfs straight on a disk that cannot clone anything.
@Suite("Volumes stored as images", .serialized)
struct ImageBackupTests {
    /// Shows an image's files, read-only, while `body` runs.
    private func mounted<Value>(
        _ image: String, _ kind: Volume.Kind, in sandbox: Sandbox, _ body: (String) throws -> Value
    )
        throws -> Value
    {
        let folder = sandbox.path("shown")
        try Files.makeFolder(folder)
        let options = kind == .xfs ? "loop,ro,norecovery,nouuid" : "loop,ro,noload"
        try Shell.run("mount", "-t", kind.rawValue, "-o", options, image, folder)
        defer {
            umount2(folder, 0)
            rmdir(folder)
        }
        return try body(folder)
    }

    /// A frozen xfs keeps a record in its log, which a mount replays. xfs_repair wants a device.
    private func checkXFS(_ image: String, in sandbox: Sandbox) throws {
        let copy = sandbox.path("copy.img"), folder = sandbox.path("replayed")
        try Shell.run("cp", "--sparse=always", image, copy)
        let device = try Shell.run("losetup", "--find", "--show", copy).trimmed
        defer {
            _ = try? Shell.run("losetup", "-d", device)
            unlink(copy)
        }
        try Files.makeFolder(folder)
        try Shell.run("mount", "-t", "xfs", "-o", "nouuid", device, folder)
        try Shell.run("umount", folder)
        try Shell.run("xfs_repair", "-n", device)
    }

    @Test("a newcomer needs no configuration, and gets an image that is the volume", arguments: Layout.plain)
    func comesBack(_ layout: Layout) throws {
        try EndToEnd.with { call in
            try layout.with(in: call.sandbox.path) { volume in
                try Tree.makeSample(in: volume.path("sample"))
                let before = try Tree(of: volume.path("sample")), traces = try Traces(below: call.sandbox.path)
                let report = try call.backup([volume.mountPoint])
                let entry = report["volumes"][0]
                #expect(entry["provider"].string == "precopy")
                #expect(entry["consistency"].string == "filesystem")
                #expect(entry["image"]["readEverything"].bool == true)
                try call.expectNothingLeft(traces, [volume])

                let image = call.sandbox.path("restored.img")
                let restored = try call.remanso("restore", "latest", "--to-image", image, "--json")
                #expect(restored.status == 0, "\(restored.errors)")
                switch volume.kind {
                case .xfs: try checkXFS(image, in: call.sandbox)
                default: try Shell.run("e2fsck", "-f", "-n", image)
                }
                try mounted(image, volume.kind, in: call.sandbox) { folder in
                    let after = try Tree(of: folder + "/sample")
                    #expect(before.differences(in: after) == [])
                }
                let snapshot = try #require(report["vault"]["snapshot"].string), plain = call.sandbox.path("plain")
                _ = try call.restic("restore", snapshot, "--target", plain)
                try Shell.run("cmp", image, plain + volume.mountPoint + ".img")
                let files = try call.restore() + volume.path("sample")
                let tree = try Tree(of: files)
                #expect(before.differences(in: tree) == [])
                let verified = try call.remanso("verify", "latest")
                #expect(verified.status == 0, "\(verified.errors)")
                _ = try call.restic("check", "--read-data")
            }
        }
    }

    @Test("with tracking the next run reads what changed and nothing else", arguments: Layout.plain)
    func tracked(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path("large"))", "bs=1M", "count=32", "conv=fsync")
                let enabled = try call.remanso("track", "enable", volume.mountPoint)
                #expect(enabled.status == 0, "\(enabled.errors)")
                defer { _ = try? call.remanso("track", "disable", volume.mountPoint) }
                let first = try call.backup([volume.mountPoint])
                #expect(first["volumes"][0]["image"]["readEverything"].bool == true)
                for number in 1...3 {
                    try volume.write("file \(number)", "content \(number)")
                    let before = try Tree(of: volume.mountPoint, leavingOut: ["lost+found"])
                    let report = try call.backup([volume.mountPoint])
                    let entry = report["volumes"][0]
                    #expect(entry["image"]["readEverything"].bool == false, "\(entry["image"]["reason"].string ?? "")")
                    #expect((entry["bytesRead"].number ?? 1e9) < 16e6)
                    let restored = try call.restore(name: "restored \(number)") + volume.mountPoint
                    let after = try Tree(of: restored, leavingOut: ["lost+found"])
                    #expect(before.differences(in: after) == [])
                }
                _ = try call.restic("check", "--read-data")
            }
        }
    }

    @Test("an image goes onto a device only when that is wanted, and never onto one that is mounted")
    func ontoDevice() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                try volume.write("file", "first")
                _ = try call.backup([volume.mountPoint])
                let target = call.sandbox.path("target.img")
                try Shell.run("truncate", "-s", "64M", target)
                let device = try Shell.run("losetup", "--find", "--show", target).trimmed
                defer { _ = try? Shell.run("losetup", "-d", device) }

                let refused = try call.remanso("restore", "latest", "--to-device", device)
                #expect(refused.status == 1 && refused.errors.contains("--overwrite"))
                let mounted = try call.remanso("restore", "latest", "--to-device", volume.device, "--overwrite")
                #expect(mounted.status == 1, "\(mounted.output)")
                #expect(Files.text(volume.path("file")) == "first")

                let done = try call.remanso("restore", "latest", "--to-device", device, "--overwrite", "--json")
                #expect(done.status == 0, "\(done.errors)")
                try self.mounted(device, .ext4, in: call.sandbox) { #expect(Files.text($0 + "/file") == "first") }

                // The device holds the earlier state: little has to be written to bring it to the later one.
                try volume.write("file", "second")
                _ = try call.backup([volume.mountPoint])
                let changed = try call.remanso(
                    "restore", "latest", "--to-device", device, "--overwrite", "--changed-only", "--json")
                #expect(changed.status == 0, "\(changed.errors)")
                #expect((try changed.json()["bytesWritten"].number ?? 1e9) < 8e6)
                try self.mounted(device, .ext4, in: call.sandbox) { #expect(Files.text($0 + "/file") == "second") }
            }
        }
    }

    @Test("an image never replaces a file unasked, and half an image is never left")
    func ontoFile() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path("large"))", "bs=1M", "count=32", "conv=fsync")
                _ = try call.backup([volume.mountPoint])
                let image = try call.sandbox.write("precious.img", "precious")
                let refused = try call.remanso("restore", "latest", "--to-image", image)
                #expect(refused.status == 1)
                #expect(Files.text(image) == "precious")
                try Volume.with(.ext4, megabytes: 16, in: call.sandbox.path, name: "small") { small in
                    let result = try call.remanso("restore", "latest", "--to-image", small.path("image"))
                    #expect(result.status == 1, "\(result.output)")
                    #expect(Files.names(in: small.mountPoint) == ["lost+found"])
                }
                let replaced = try call.remanso("restore", "latest", "--to-image", image, "--overwrite")
                #expect(replaced.status == 0, "\(replaced.errors)")
                try mounted(image, .ext4, in: call.sandbox) { #expect(Files.exists($0 + "/lost+found")) }
            }
        }
    }

    @Test("files and images of one run are one recovery point")
    func mixed() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { plain in
                try Volume.with(.btrfs, in: call.sandbox.path, name: "btrfs") { btrfs in
                    try plain.write("file", "on ext4")
                    try btrfs.write("file", "on btrfs")
                    let report = try call.backup([plain.mountPoint, btrfs.mountPoint])
                    #expect(report["volumes"].array.map { $0["provider"].string } == ["precopy", "btrfs"])
                    let restored = try call.restore()
                    #expect(Files.text(restored + plain.path("file")) == "on ext4")
                    #expect(Files.text(restored + btrfs.path("file")) == "on btrfs")
                    let one = try call.restore("latest", ["--path", plain.path("file")], name: "one")
                    #expect(Files.text(one + plain.path("file")) == "on ext4")
                    #expect(!Files.exists(one + btrfs.path("file")))
                    let wrong = try call.remanso(
                        "restore", "latest", "--volume", btrfs.mountPoint, "--to-image", call.sandbox.path("x.img"))
                    #expect(wrong.status == 1 && wrong.errors.contains("VolumeNotAnImage"))
                    let verified = try call.remanso("verify", "latest")
                    #expect(verified.status == 0, "\(verified.errors)")
                }
            }
        }
    }

    @Test("under a writer that never stops, every run catches one instant", arguments: Layout.plain)
    func underAWriter(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try LineWriter.with(volume.path("lines")) { writer in
                    for number in 1...2 {
                        let before = writer.lastLineOnDisk
                        _ = try call.backup([volume.mountPoint], try call.scripts())
                        let after = writer.lastLine
                        let restored = try call.restore(name: "restored \(number)")
                        let lines = LineWriter.lastLine(of: restored + writer.file)
                        #expect(lines >= before && lines <= after, "\(before) \(lines) \(after)")
                    }
                }
            }
        }
    }

    @Test("a vault behind a server takes images and files, and gives them back")
    func remoteVault() throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path)
            try RESTFixture.with(vault.repository, in: sandbox) { server in
                try expectStored(in: server, vault, sandbox)
            }
        }
    }

    @Test("the server may have a certificate of the user's own authority, and ask for one")
    func certifiedVault() throws {
        try Sandbox.with { sandbox in
            let vault = try TestVault(in: sandbox.path), own = try OwnCertificate(in: sandbox)
            let options = ["--cert", own.file, "--key", own.key, "--client-ca", own.file]
            try RESTFixture.with(vault.repository, in: sandbox, options: options) { server in
                try expectStored(in: server, vault, sandbox, environment: own.environment)
            }
        }
    }

    private func expectStored(
        in server: RESTFixture, _ vault: TestVault, _ sandbox: Sandbox, environment: String = ""
    ) throws {
        let file = try sandbox.write("environment", environment)
        let configuration = "freeze: {deadline: 20s}\nvault: {environmentFile: \(file)}\n"
        let remanso = try RemansoCommand(
            common: [
                "--vault", server.repository, "--vault-password-file", vault.passwordFile,
                "--config", try sandbox.write("remanso.yaml", configuration),
            ])
        try Volume.with(.ext4, in: sandbox.path) { volume in
            try volume.write("file", "content")
            let made = try remanso("backup", "--json", "--volume", volume.mountPoint)
            #expect(made.status == 0, "\(made.output) \(made.errors)")
            #expect(try made.json()["volumes"][0]["provider"].string == "precopy")
            #expect(!made.output.contains(RESTFixture.account.password))
            let image = sandbox.path("image")
            let restored = try remanso("restore", "latest", "--to-image", image)
            #expect(restored.status == 0, "\(restored.errors)")
            try mounted(image, .ext4, in: sandbox) { #expect(Files.text($0 + "/file") == "content") }
            let files = try remanso("restore", "latest", "--to", sandbox.path("out"))
            #expect(files.status == 0, "\(files.errors)")
            #expect(Files.text(sandbox.path("out") + volume.path("file")) == "content")
            let verified = try remanso("verify", "latest")
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(vault.lockCount == 0)
        }
    }

    @Test(
        "killed at any instant, it leaves nothing frozen, and the next run makes a whole increment",
        arguments: Layout.plain)
    func killed(_ layout: Layout) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path("large"))", "bs=1M", "count=24", "conv=fsync")
                #expect(try call.remanso("track", "enable", volume.mountPoint).status == 0)
                defer { _ = try? call.remanso("track", "disable", volume.mountPoint) }
                _ = try call.backup([volume.mountPoint])
                for number in 1...6 {
                    try Shell.run(
                        "dd", "if=/dev/urandom", "of=\(volume.path("file \(number)"))", "bs=64k", "count=30",
                        "conv=fsync")
                    let words = ["backup"] + call.remanso.common + ["--volume", volume.mountPoint]
                    let running = try RunningRemanso(words, in: call.sandbox)
                    usleep(UInt32(number) * 150_000)
                    kill(running.pid, SIGKILL)
                    _ = try running.end(withinSeconds: 60)
                    #expect(volume.acceptsWrites(withinSeconds: 15))
                    #expect(try call.remanso("thaw").status == 0)
                }
                let before = try Tree(of: volume.mountPoint, leavingOut: ["lost+found"])
                let report = try call.backup([volume.mountPoint])
                #expect(report["volumes"][0]["consistency"].string == "filesystem")
                let restored = try call.restore() + volume.mountPoint
                let after = try Tree(of: restored, leavingOut: ["lost+found"])
                #expect(before.differences(in: after) == [])
                _ = try call.restic("check", "--read-data")
            }
        }
    }
}
