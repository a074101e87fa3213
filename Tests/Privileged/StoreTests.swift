import Fixtures
import Glibc
import Linux
import Testing

@Suite("When storing fails", .serialized)
struct StoreTests {
    /// A volume with more random data than restic stores in an instant.
    private func withVolume(_ body: (EndToEnd, Volume) throws -> Void) throws {
        try EndToEnd.with { call in
            try Volume.with(.btrfs, megabytes: 400, in: call.sandbox.path, name: "volume") { volume in
                try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path("data"))", "bs=1M", "count=120", "status=none")
                try body(call, volume)
            }
        }
    }

    /// Does something to restic as soon as it stores for the remanso with this pid.
    private static func onRestic(of remanso: pid_t, _ action: @escaping @Sendable (pid_t) -> Void) {
        _ = Thread {
            _ = Wait.until(seconds: 120) {
                for process in ProcessTable.all() where process.parent == remanso && !process.isZombie {
                    let words = (Files.text("/proc/\(process.pid)/cmdline") ?? "").split(separator: "\0")
                    guard words.contains("backup"), words.first?.hasSuffix("restic") ?? false else { continue }
                    action(process.pid)
                    return true
                }
                return false
            }
        }
    }

    private func backup(_ call: EndToEnd, _ volume: Volume, _ onRestic: @escaping @Sendable (pid_t, pid_t) -> Void)
        throws -> (status: Int32, report: JSONObject)
    {
        let arguments = ["backup", "--json", "--volume", volume.mountPoint] + (try call.scripts())
        let result = try call.remanso.run(arguments) { remanso in
            Self.onRestic(of: remanso) { onRestic(remanso, $0) }
        }
        return (result.status, try result.json())
    }

    private func expectCleanNextRun(_ call: EndToEnd, _ volume: Volume, _ traces: Traces) throws {
        #expect(call.calls == ["pre", "post"], "the application was let go")
        try call.expectNothingLeft(traces, [volume])
        let none = try call.remanso("list", "--json").json()
        #expect(none["recoveryPoints"].array.isEmpty)
        let report = try call.backup([volume.mountPoint])
        #expect(report["errors"].array.isEmpty, "\(report["errors"].array.compactMap { $0["message"].string })")
        let verified = try call.remanso("verify")
        #expect(verified.status == 0, "\(verified.errors)")
        try call.expectNothingLeft(traces, [volume])
    }

    @Test("restic killed half-way leaves no recovery point, and the next run is clean")
    func resticKilled() throws {
        try withVolume { call, volume in
            let traces = try Traces(below: call.sandbox.path)
            let (status, report) = try backup(call, volume) { kill($1, SIGKILL) }
            #expect(status == 1)
            #expect(report["outcome"].string == "failed" && report["recoveryPoint"].isNull)
            try expectCleanNextRun(call, volume, traces)
        }
    }

    @Test("a request to stop ends the run in good order: nothing of restic is left", arguments: [SIGTERM, SIGINT])
    func stopped(_ signal: Int32) throws {
        try withVolume { call, volume in
            let traces = try Traces(below: call.sandbox.path), restic = Shared<pid_t>(0)
            let (status, report) = try backup(call, volume) { remanso, pid in
                restic.withLock { $0 = pid }
                kill(remanso, signal)
            }
            #expect(status == 1)
            #expect(report["errors"][0]["code"].string == "Interrupted", "\(report["errors"].array)")
            #expect(!(ProcessTable.entry(restic.withLock { $0 }).map { !$0.isZombie } ?? false))
            try expectCleanNextRun(call, volume, traces)
        }
    }

    @Test("a full vault is told as such, and the next run after making room is clean")
    func vaultFull() throws {
        try EndToEnd.with { call in
            try Volume.with(.btrfs, megabytes: 300, in: call.sandbox.path, name: "volume") { volume in
                try Volume.with(.ext4, megabytes: 64, in: call.sandbox.path, name: "small") { small in
                    let call = try call.with(repository: small.path("vault"))
                    try volume.write("file", "small")
                    _ = try call.backup([volume.mountPoint])
                    try Shell.run(
                        "dd", "if=/dev/urandom", "of=\(volume.path("data"))", "bs=1M", "count=90", "status=none")
                    let failed = try call.backup([volume.mountPoint], call.scripts(), status: 1)
                    #expect(failed["errors"].array.contains { $0["code"].string == "VaultFull" })
                    #expect(call.calls == ["pre", "post"])
                    let list = try call.remanso("list", "--json").json()
                    #expect(list["recoveryPoints"].array.count == 1)
                    unlink(volume.path("data"))
                    _ = try call.backup([volume.mountPoint])
                    let verified = try call.remanso("verify")
                    #expect(verified.status == 0, "\(verified.errors)")
                }
            }
        }
    }

    @Test("a vault that cannot be opened is found before anything is paused")
    func vaultUnusable() throws {
        try EndToEnd.with { call in
            try Volume.with(.btrfs, in: call.sandbox.path, name: "volume") { volume in
                _ = try call.backup([volume.mountPoint])
                let scripts = try call.scripts()
                let other = try call.sandbox.write("other.key", "not the password\n")
                func codes(_ call: EndToEnd) throws -> [String] {
                    let report = try call.backup([volume.mountPoint], scripts, status: 1)
                    return report["errors"].array.compactMap { $0["code"].string }
                }
                #expect(try codes(call.with(key: other)) == ["VaultWrongPassword"])
                rename(call.repository, call.repository + ".away")
                try Sandbox.write(call.repository + "/something else", "x")
                #expect(try codes(call) == ["VaultMissing"])
                #expect(call.calls.isEmpty, "no script ran")
            }
        }
    }

    @Test("verify finds one flipped bit and says which recovery point and file it hurts")
    func flippedBit() throws {
        try withVolume { call, volume in
            let report = try call.backup([volume.mountPoint])
            let id = try #require(report["recoveryPoint"].string)
            let packs = try Shell.run("find", call.repository + "/data", "-type", "f", "-size", "+1M")
            let pack = try #require(packs.split(separator: "\n").first.map(String.init))
            chmod(pack, 0o600)
            let file = try Descriptor.open(pack, O_RDWR)
            var byte: UInt8 = 0
            pread(file.number, &byte, 1, 500_000)
            byte ^= 1
            pwrite(file.number, &byte, 1, 500_000)
            let verified = try call.remanso("verify", id)
            #expect(verified.status == 1)
            #expect(verified.errors.contains(id) && verified.errors.contains(volume.path("data")), "\(verified.errors)")
            #expect(try call.remanso("verify").status == 1)
        }
    }

    @Test("prune keeps what the retention says, and what it keeps is whole")
    func prune() throws {
        try EndToEnd.with { call in
            try Volume.with(.btrfs, in: call.sandbox.path, name: "volume") { volume in
                let ids = try (0..<3).map { round in
                    try volume.write("file", "\(round)")
                    return try #require(try call.backup([volume.mountPoint])["recoveryPoint"].string)
                }
                let config = "retention: {last: 1, daily: 0, weekly: 0, monthly: 0, yearly: 0}\n"
                try Sandbox.write(call.sandbox.path("remanso.yaml"), config)
                let document = try call.remanso("prune", "--json").json()
                #expect(document["kept"].array.map(\.string) == [ids[2]], "\(document.keys)")
                #expect(Set(document["removed"].array.compactMap(\.string)) == Set(ids[0..<2]))
                #expect(try call.remanso("verify").status == 0)
                #expect(Files.text(try call.restore() + volume.path("file")) == "2")
            }
        }
    }
}
