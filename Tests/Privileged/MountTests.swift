import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// `mount` and `unmount`, by the real program.
@Suite("Mounting recovery points", .serialized)
struct MountTests {
    /// A volume with files, and a recovery point with its image.
    private func withImage(
        _ kind: Volume.Kind = .ext4, _ body: (Machine, RemansoCommand, Volume, _ folder: String) throws -> Void
    ) throws {
        try Machine.with(kind) { machine, volume in
            try volume.write("folder/one", "one")
            _ = try ImagePoint(volume, in: machine.vault, machine.sandbox)
            let folder = machine.sandbox.path("shown")
            try Files.makeFolder(folder)
            defer {
                // Whatever a test that fails leaves.
                _ = try? machine.remanso()("unmount", folder)
                umount2(folder, Int32(MNT_DETACH))
            }
            try body(machine, try machine.remanso(), volume, folder)
        }
    }

    private func expectNothingLeft(
        _ leftovers: Leftovers, _ machine: Machine, _ place: SourceLocation = #_sourceLocation
    ) {
        let isClean = Wait.until {
            leftovers.found().isEmpty && machine.vault.lockCount == 0 && !Files.exists("/run/remanso/mounts")
        }
        let left = leftovers.found()
        #expect(
            isClean, "\(left) \(machine.vault.lockCount) \(Files.names(in: "/run/remanso/mounts"))",
            sourceLocation: place)
    }

    /// The process that stays.
    private func keeper(of folder: String) -> pid_t? {
        ProcessTable.all().first { process in
            let words = (Files.text("/proc/\(process.pid)/cmdline") ?? "").split(separator: "\0")
            return words.contains("--keep") && words.contains { $0 == folder } && !process.isZombie
        }?.pid
    }

    @Test("an image's files are shown read-only, and unmount ends everything", arguments: [Volume.Kind.ext4, .xfs])
    func image(_ kind: Volume.Kind) throws {
        try withImage(kind) { machine, remanso, volume, folder in
            let leftovers = Leftovers()
            let mounted = try remanso("mount", "latest", folder, "--json")
            #expect(mounted.status == 0, "\(mounted.errors)")
            let document = try mounted.json()
            #expect(document["recoveryPoint"].string == ImagePoint.id)
            #expect(document["volume"].string == volume.mountPoint)
            #expect(Files.text(folder + "/folder/one") == "one" && Files.text(folder + "/data") == "kept")
            let written = open(folder + "/new", O_WRONLY | O_CREAT, 0o600)
            #expect(written < 0 && errno == EROFS)
            // The volume that lives is not touched, nor is the password shown.
            #expect(volume.acceptsWrites(withinSeconds: 20))
            for process in ProcessTable.all() {
                let words = Files.text("/proc/\(process.pid)/cmdline") ?? ""
                let tellsPassword = words.contains("\0\(TestVault.password)\0")
                #expect(!tellsPassword, "process \(process.pid)")
            }
            let unmounted = try remanso("unmount", folder, "--json")
            #expect(unmounted.status == 0, "\(unmounted.errors)")
            #expect(try unmounted.json()["ok"].bool == true)
            #expect(Files.names(in: folder).isEmpty)
            expectNothingLeft(leftovers, machine)
        }
    }

    @Test("files of a recovery point are shown too, and one of several volumes must be named")
    func files() throws {
        try Machine.with(.btrfs) { machine, first in
            try Volume.with(.btrfs, in: machine.sandbox.path, name: "second") { second in
                try first.write("one", "1")
                try second.write("two", "2")
                let call = try machine.backup([first, second])
                let id = try #require(call.report["recoveryPoint"].string)
                let remanso = try machine.remanso(), leftovers = Leftovers()
                let folder = machine.sandbox.path("shown")
                try Files.makeFolder(folder)
                let unclear = try remanso("mount", id, folder, "--json")
                #expect(unclear.status == 64)
                #expect(try unclear.json()["errors"][0]["message"].string?.contains(second.mountPoint) == true)
                let unknown = try remanso("mount", id, folder, "--json", "--volume", "/nowhere")
                #expect(try unknown.json()["errors"][0]["code"].string == "VolumeNotInRecoveryPoint")
                let mounted = try remanso("mount", id, folder, "--volume", second.mountPoint)
                #expect(mounted.status == 0, "\(mounted.errors)")
                #expect(Files.text(folder + "/two") == "2" && Files.names(in: folder) == ["two"])
                let written = open(folder + "/new", O_WRONLY | O_CREAT, 0o600)
                #expect(written < 0)
                #expect(try remanso("unmount", folder).status == 0)
                expectNothingLeft(leftovers, machine)
            }
        }
    }

    @Test("what cannot be done is said, and nothing is touched")
    func refusals() throws {
        try withImage { machine, remanso, volume, folder in
            let leftovers = Leftovers()
            func code(_ words: String...) throws -> String? {
                let result = try remanso.run(words + ["--json"])
                #expect(result.status == 1)
                return try result.json()["errors"][0]["code"].string
            }
            #expect(try code("mount", "latest", folder + "/none") == "CannotMount")
            #expect(try code("mount", "latest", machine.configPath) == "CannotMount")
            // What is there must not be hidden: files, and a volume that programs use.
            try machine.sandbox.write("full/file", "x")
            #expect(try code("mount", "latest", machine.sandbox.path("full")) == "CannotMount")
            #expect(try code("mount", "latest", volume.mountPoint) == "CannotMount")
            #expect(try code("mount", "latest", "/") == "CannotMount")
            // Somebody else's mounts, and none at all.
            #expect(try code("unmount", volume.mountPoint) == "NotMounted")
            #expect(try code("unmount", folder) == "NotMounted")
            #expect(volume.acceptsWrites(withinSeconds: 20))
            expectNothingLeft(leftovers, machine)

            #expect(try remanso("mount", "latest", folder).status == 0)
            #expect(try code("mount", "latest", folder) == "CannotMount")
            let file = try Descriptor.open(folder + "/data", O_RDONLY)
            #expect(try code("unmount", folder) == "MountInUse")
            #expect(Files.text(folder + "/data") == "kept")
            withExtendedLifetime(file) {}
        }
    }

    @Test("what somebody has mounted over it stays")
    func covered() throws {
        try withImage { machine, remanso, _, folder in
            let leftovers = Leftovers()
            #expect(try remanso("mount", "latest", folder).status == 0)
            try Shell.run("mount", "-t", "tmpfs", "tmpfs", folder)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            try Sandbox.write(folder + "/foreign", "kept")
            // The keeper has seen the change by then.
            usleep(300_000)
            let refused = try remanso("unmount", folder, "--json")
            #expect(refused.status == 1)
            #expect(try refused.json()["errors"][0]["code"].string == "MountInUse")
            #expect(Files.text(folder + "/foreign") == "kept")
            try Shell.run("umount", folder)
            #expect(Files.text(folder + "/folder/one") == "one")
            #expect(try remanso("unmount", folder).status == 0)
            expectNothingLeft(leftovers, machine)
        }
    }

    @Test("a mount that is in use is unmounted once it is not, and by umount(8) as well")
    func otherWaysToTheEnd() throws {
        try withImage { machine, remanso, _, folder in
            let leftovers = Leftovers()
            #expect(try remanso("mount", "latest", folder).status == 0)
            try Shell.run("umount", folder)
            expectNothingLeft(leftovers, machine)

            // A vault that has gone keeps nobody from unmounting.
            #expect(try remanso("mount", "latest", folder).status == 0)
            rename(machine.vault.repository, machine.vault.repository + "-away")
            let gone = try remanso.run(["unmount", folder], seconds: 240)
            rename(machine.vault.repository + "-away", machine.vault.repository)
            #expect(gone.status == 0, "\(gone.errors)")
            for name in Files.names(in: machine.vault.repository + "/locks") {
                unlink("\(machine.vault.repository)/locks/\(name)")
            }
            expectNothingLeft(leftovers, machine)

            // Its keeper killed, and its restic.
            for victim in ["remanso", "restic"] {
                #expect(try remanso("mount", "latest", folder).status == 0)
                let found = self.keeper(of: folder)
                let keeper = try #require(found)
                let child = ProcessTable.all().first { $0.parent == keeper }
                let restic = try #require(child).pid
                kill(victim == "remanso" ? keeper : restic, SIGKILL)
                // Without either of them the keeper comes to an end.
                #expect(Wait.until { ProcessTable.entry(keeper)?.isZombie ?? true })
                let ended = try remanso.run(["unmount", folder, "--json"], seconds: 240)
                // Without restic the keeper ends by itself: then nothing of ours is there any more.
                let code = try ended.json()["errors"][0]["code"].string
                #expect(ended.status == 0 || code == "NotMounted", "\(ended.errors)")
                try Shell.run(
                    "restic", "--no-cache", "--repo", machine.vault.repository, "--password-file",
                    machine.vault.passwordFile, "unlock")
                expectNothingLeft(leftovers, machine)
            }
        }
    }

    @Test("a mount that is killed leaves nothing, whenever that is", arguments: [0.02, 0.1, 0.3, 0.6, 0.9, 1.2])
    func killed(_ seconds: Double) throws {
        try withImage { machine, _, _, folder in
            let leftovers = Leftovers()
            let running = try RunningRemanso(
                [
                    "mount", "latest", folder, "--config", machine.configPath, "--vault", machine.vault.repository,
                    "--vault-password-file", machine.vault.passwordFile,
                ], in: machine.sandbox)
            _ = running.hasEnded(withinSeconds: seconds)
            kill(running.pid, SIGKILL)
            _ = try running.end(withinSeconds: 60)
            // It has said so before it could be killed: then it is mounted, and that is right.
            if !running.output.isEmpty { #expect(try machine.remanso()("unmount", folder).status == 0) }
            expectNothingLeft(leftovers, machine)
        }
    }
}
