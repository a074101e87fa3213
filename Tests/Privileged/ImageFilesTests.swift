import Fixtures
import Glibc
import Linux
import Messages
import Mounting
import Testing
import Vault

/// Files out of images.
@Suite("Restoring files from images", .serialized)
struct ImageFilesTests {
    private func withRequest(
        _ kind: Volume.Kind, fill: (Volume) throws -> Void = { _ in },
        _ body: (Machine, Volume, ImageFilesRequest) throws -> Void
    ) throws {
        try Machine.with(kind) { machine, volume in
            try volume.write("folder/one", "one")
            try volume.write("folder/two", "two")
            try fill(volume)
            let point = try ImagePoint(volume, in: machine.vault, machine.sandbox)
            var options = VaultOptions()
            options.workFolder = machine.sandbox.path("work")
            let location = VaultLocation(
                repository: machine.vault.repository, passwordFile: machine.vault.passwordFile)
            let vault = Vault(location, options: options)
            let request = ImageFilesRequest(
                vault: vault, snapshot: point.snapshot, volume: volume.mountPoint, target: machine.sandbox.path("out"),
                stateFolder: "/run/remanso")
            try body(machine, volume, request)
        }
    }

    private func problem(_ request: ImageFilesRequest) -> Problem? {
        do throws(Failure) {
            _ = try ImageFiles.copy(request)
            return nil
        } catch {
            return error.problem
        }
    }

    @Test("everything of a file comes back", arguments: [Volume.Kind.ext4, .xfs])
    func fidelity(_ kind: Volume.Kind) throws {
        let fill: (Volume) throws -> Void = { volume in
            let script = """
                cd "$0"
                ln folder/one folder/linked; ln -s ../folder folder/soft; mkfifo fifo
                truncate -s 20M sparse; printf end >> sparse
                setfattr -n user.note -v value folder/one; setfacl -m u:1234:r folder/two
                chown 1234:4321 folder/two; chmod 4711 folder/one; touch -d '2001-02-03 04:05:06' folder/two
                touch 'a b' ./-dash "$(printf 'line\\nbreak')"
                """
            try Shell.run("sh", "-ec", script, volume.mountPoint)
        }
        try withRequest(kind, fill: fill) { machine, volume, request in
            let leftovers = Leftovers()
            let summary = try ImageFiles.copy(request)
            let out = request.target + volume.mountPoint
            #expect(summary.files >= 8 && summary.bytes > 20 << 20)
            let list = """
                cd "$0"
                find . -path ./lost+found -prune -o ! -type d -printf '%p %y %m %U:%G %s %n %l %T@\\n' | sort
                find . -path ./lost+found -prune -o -type d -printf '%p %m %U:%G %T@\\n' | grep -v '^\\. ' | sort
                for file in folder folder/one folder/two; do
                    getfattr -d -m user "$file"; getfacl -n -p "$file"
                done
                """
            // The probe file of the fixture may have been written since.
            try Shell.run("rm", "-f", volume.path(".probe"), out + "/.probe")
            let theirs = try Shell.run("sh", "-c", list, volume.mountPoint)
            let ours = try Shell.run("sh", "-c", list, out)
            #expect(ours == theirs)
            let hasHoles = try Shell.run("stat", "-c", "%b", out + "/sparse").trimmed
            #expect(Int(hasHoles) ?? .max < 2000)
            let linked = try Shell.run("stat", "-c", "%i", out + "/folder/one", out + "/folder/linked")
            #expect(Set(linked.split(separator: "\n")).count == 1)
            #expect(leftovers.found().isEmpty && machine.vault.lockCount == 0)
            #expect(!Files.exists("/run/remanso/mounts"))
        }
    }

    @Test("nothing is overwritten unless told to, and paths are taken alone")
    func overwriting() throws {
        try withRequest(.ext4) { machine, volume, request in
            let leftovers = Leftovers()
            var request = request
            let out = request.target + volume.mountPoint
            request.paths = [volume.path("folder/one")]
            let summary = try ImageFiles.copy(request)
            #expect(summary.files == 1 && summary.bytes == 3)
            #expect(Files.text(out + "/folder/one") == "one" && !Files.exists(out + "/folder/two"))

            try Sandbox.write(out + "/folder/one", "changed")
            request.paths = []
            let refused = problem(request)
            #expect(refused == .restoreWouldOverwrite(path: out + "/folder/one", count: 1))
            #expect(Files.text(out + "/folder/one") == "changed" && !Files.exists(out + "/data"))
            // Not even through a link that stands in a file's place.
            let elsewhere = try machine.sandbox.write("elsewhere", "not this")
            try Shell.run("ln", "-sf", elsewhere, out + "/folder/two")
            request.overwrite = true
            _ = try ImageFiles.copy(request)
            #expect(Files.text(out + "/folder/one") == "one" && Files.text(out + "/folder/two") == "two")
            #expect(Files.text(out + "/data") == "kept" && Files.text(elsewhere) == "not this")

            request.paths = [volume.path("none")]
            #expect(problem(request) == .pathNotInRecoveryPoint(path: volume.path("none"), id: request.snapshot))
            request.paths = ["/etc/passwd"]
            #expect(problem(request) == .pathNotInRecoveryPoint(path: "/etc/passwd", id: request.snapshot))
            request.paths = []
            request.volume = "/nowhere"
            #expect(problem(request) == .pathNotInRecoveryPoint(path: "/nowhere", id: request.snapshot))
            #expect(leftovers.found().isEmpty && machine.vault.lockCount == 0)
        }
    }

    @Test("a full target and a wrong password are named")
    func trouble() throws {
        try withRequest(.ext4, fill: { try Shell.run("sh", "-c", "head -c 9M /dev/urandom > \"$0\"", $0.path("big")) })
        {
            machine, volume, request in
            var request = request
            let small = machine.sandbox.path("small")
            try Files.makeFolder(small)
            try Shell.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small)
            defer { umount2(small, Int32(MNT_DETACH)) }
            request.target = small
            let full = problem(request)
            #expect(full?.code.name == "RestoreTargetUnusable")
            #expect(full?.message(in: .en).contains("No space left") == true)
            let key = try machine.sandbox.write("wrong", "not the password\n")
            let location = VaultLocation(repository: machine.vault.repository, passwordFile: key)
            request.vault = Vault(location)
            let wrong = problem(request)
            #expect(wrong == .vaultWrongPassword(repository: machine.vault.repository, passwordFile: key))
            #expect(!Files.exists("/run/remanso/mounts"))
            _ = volume
        }
    }
}
