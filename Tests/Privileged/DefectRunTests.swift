import Fixtures
import Glibc
import Linux
import Testing

/// Defects of the reference that users met, 10 to 12: slow networks, two runs at once, risky freezes.
@Suite("Defects of the reference: the run", .serialized)
struct DefectRunTests {
    @Test("Defect 10: a vault that does not answer keeps nothing frozen", arguments: [Volume.Kind.ext4, .btrfs])
    func slowVault(kind: Volume.Kind) throws {
        try Machine.with(kind) { machine, volume in
            try Volume.with(.ext4, in: machine.sandbox.path, name: "store") { store in
                let vault = try TestVault(in: store.mountPoint)
                // The vault's disk stops just before the freeze.
                try machine.framework.write(pre: "fsfreeze --freeze \(store.mountPoint)")
                defer { store.thaw() }
                let accepted = Shared(false)
                let watch = Thread {
                    defer { store.thaw() }
                    // The application has been let go, while the vault still hangs.
                    wait(seconds: 60) { machine.framework.diary.count == 2 }
                    let accepts = machine.framework.diary.count == 2 && volume.acceptsWrites(withinSeconds: 20)
                    accepted.withLock { $0 = accepts }
                }
                let arguments = ["--vault", vault.repository, "--vault-password-file", vault.passwordFile]
                let command = try RemansoCommand(
                    common: arguments + [
                        "--config", machine.configPath, "--script-config", machine.framework.configPath, "--volume",
                        volume.mountPoint,
                    ])
                let result = try command("backup", "--json")
                watch?.join()
                let report = try result.json()
                #expect(accepted.withLock { $0 }, "the volume must accept writes while the vault hangs")
                #expect((report["pauseMs"]["freeze"].number ?? 99_999) < 8_000)
                #expect(report["recoveryPoint"].string != nil, Comment(rawValue: result.errors))
            }
        }
    }

    @Test("Defect 10: a vault that never answers is found before anything is paused")
    func deadVault() throws {
        try Machine.with(.ext4) { machine, volume in
            let listener = try SilentServer()
            let address = "rest:http://127.0.0.1:\(listener.port)/"
            let isUnderWay = Shared(false)
            var command = try machine.remanso([volume])
            command.common = command.common.map { $0 == machine.vault.repository ? address : $0 }
            let started = Instant.now
            let result = try command.run(["backup", "--json"]) { pid in
                _ = Thread {
                    wait(seconds: 60) { listener.wasAsked }
                    let writes = volume.acceptsWrites(withinSeconds: 20)
                    isUnderWay.withLock { $0 = writes && listener.wasAsked }
                    kill(pid, SIGTERM)
                }
            }
            #expect(isUnderWay.withLock { $0 })
            #expect(Instant.now.milliseconds(since: started) < 120_000, "waiting for a vault can be ended")
            #expect(result.status == 1)
            #expect(try result.json()["pauseMs"]["freeze"].number == 0)
            #expect(machine.framework.diary.isEmpty)
        }
    }

    @Test("Defect 11: a second run does nothing, says who holds the lock, and leaves it alone")
    func secondRun() throws {
        try Machine.with(.ext4) { machine, volume in
            let go = machine.sandbox.path("go")
            try machine.framework.write(
                pre: "until [ -e \(go) ]; do sleep 0.05; done", ["timeoutInSeconds": "180"])
            let first = Shared<BackupCall?>(nil)
            let running = Thread {
                let call = try? machine.backup([volume])
                first.withLock { $0 = call }
            }
            wait(seconds: 60) { machine.framework.diary == ["pre"] }
            let lock = try Shell.run("stat", "-c", "%i %Y", "/run/remanso/lock")
            let holder = try #require(Files.line("/run/remanso/lock"))
            let second = try machine.remanso([volume])("backup", "--json")
            #expect(second.status == 75)
            #expect(try second.json()["errors"][0]["code"].string == "AlreadyRunning")
            #expect(try second.json()["errors"][0]["message"].string?.contains(holder) == true)
            #expect(try machine.remanso([volume])("backup", "--rehearse").status == 75)
            #expect(machine.framework.diary == ["pre"], "the second run ran no script")
            #expect(try Shell.run("stat", "-c", "%i %Y", "/run/remanso/lock") == lock)
            #expect(Files.line("/run/remanso/lock") == holder)
            try Sandbox.write(go, "")
            running?.join()
            let call = try #require(first.withLock { $0 })
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
        }
    }

    // MARK: Defect 12

    private func findings(_ machine: Machine, _ volumes: [Volume]) throws -> (status: Int32, codes: [String]) {
        let result = try machine.remanso(volumes)("check", "--json")
        let codes = try result.json()["findings"].array.map {
            "\($0["severity"].string ?? "") \($0["code"].string ?? "")"
        }
        return (result.status, codes)
    }

    @Test("Defect 12: a swap file on the volume: check refuses, backup does not freeze")
    func swapFile() throws {
        try Machine.with(.ext4) { machine, volume in
            let file = volume.path("swap")
            try Shell.run("dd", "if=/dev/zero", "of=\(file)", "bs=1M", "count=4", "status=none")
            try Shell.run("chmod", "600", file)
            try Shell.run("mkswap", file)
            try Shell.run("swapon", file)
            defer { _ = try? Shell.run("swapoff", file) }
            let (status, codes) = try findings(machine, [volume])
            #expect(status == 1)
            #expect(codes.contains("error SwapFileOnVolume"))
            let call = try machine.backup([volume])
            try machine.expect(call, .failed, errors: ["SwapFileOnVolume 621"], diary: [])
            #expect(call.messages.contains(file))
        }
    }

    @Test("Defect 12: an image on the volume that is mounted elsewhere: check warns")
    func nestedImage() throws {
        try Machine.with(.ext4) { machine, outer in
            try Volume.with(.ext4, megabytes: 16, in: outer.mountPoint, name: "inner") { inner in
                let (status, codes) = try findings(machine, [outer])
                #expect(status == 0)
                #expect(codes.contains("warning LoopImageOnVolume"))
                #expect(!(try findings(machine, [outer, inner]).codes.contains("warning LoopImageOnVolume")))
            }
        }
    }

    @Test("Defect 12: a program that must allow every access to the volume: check warns, and backup lives")
    func permissionListener() throws {
        try Machine.with(.ext4) { machine, volume in
            let listener = try PermissionListener(for: volume, in: machine.sandbox)
            defer { listener.end() }
            let (status, codes) = try findings(machine, [volume])
            #expect(status == 0)
            #expect(codes.contains("warning PermissionListener"))
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
        }
    }

    @Test("Defect 12: Remanso's own files on the volume: check refuses, backup does not freeze")
    func stateOnVolume() throws {
        try Machine.with(.ext4) { machine, volume in
            try Shell.run("mkdir", "-m", "700", volume.path("state"))
            try Shell.run("mount", "--bind", volume.path("state"), "/run/remanso")
            defer { _ = try? Shell.run("umount", "/run/remanso") }
            let (status, codes) = try findings(machine, [volume])
            #expect(status == 1)
            #expect(codes.contains("error StateOnVolume"))
            let call = try machine.backup([volume])
            try machine.expect(call, .failed, errors: ["StateOnVolume 625"], diary: [])
        }
    }

    @Test("Defect 12: the vault on the volume: check warns, and the backup does not hold itself")
    func vaultOnVolume() throws {
        try Machine.with(.ext4) { machine, volume in
            let vault = try TestVault(in: volume.mountPoint)
            let command = try RemansoCommand(common: [
                "--config", machine.configPath, "--vault", vault.repository, "--vault-password-file",
                vault.passwordFile, "--volume", volume.mountPoint,
            ])
            let codes = try command("check", "--json").json()["findings"].array.map { $0["code"].string }
            #expect(codes.contains("VaultOnVolume"))
            #expect(try command("backup", "--json").json()["recoveryPoint"].string != nil)
            let target = machine.sandbox.path("out")
            #expect(try command("restore", "latest", "--to", target).status == 0)
            #expect(Files.exists("\(target)\(volume.path("data"))"))
            #expect(!Files.exists("\(target)\(vault.repository)/config"))
        }
    }
}
