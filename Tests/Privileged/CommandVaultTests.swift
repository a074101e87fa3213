import Fixtures
import Glibc
import Linux
import Testing

/// list, show, restore, verify and prune, on recovery points made by the real program.
@Suite("Commands on recovery points", .serialized)
struct CommandVaultTests {
    /// Two volumes with a file each, backed up `times` times.
    private func withRecoveryPoints(
        _ times: Int, _ body: (Machine, RemansoCommand, _ ids: [String], _ volumes: [Volume]) throws -> Void
    ) throws {
        try Machine.with(.ext4) { machine, first in
            try Volume.with(.btrfs, in: machine.sandbox.path, name: "second") { second in
                try first.write("folder/one", "one")
                try second.write("two", "two")
                var ids: [String] = []
                for _ in 0..<times {
                    let call = try machine.backup([first, second])
                    ids.append(call.report["recoveryPoint"].string ?? "")
                }
                try body(machine, try machine.remanso(), ids, [first, second])
            }
        }
    }

    @Test("restore brings everything back below the folder, and never overwrites unless told to")
    func restore() throws {
        try withRecoveryPoints(1) { machine, remanso, ids, volumes in
            let target = machine.sandbox.path("out")
            let one = target + volumes[0].path("folder/one"), two = target + volumes[1].path("two")
            let result = try remanso("restore", "latest", "--to", target, "--json")
            #expect(result.status == 0, Comment(rawValue: result.errors))
            #expect(try result.json()["recoveryPoint"].string == ids[0])
            #expect(Files.text(one) == "one" && Files.text(two) == "two")
            try Sandbox.write(one, "changed")
            try Shell.run("rm", two)
            let refused = try remanso("restore", "latest", "--to", target, "--json")
            #expect(refused.status == 1)
            #expect(try refused.json()["errors"][0]["code"].string == "RestoreWouldOverwrite")
            #expect(Files.text(one) == "changed" && !Files.exists(two), "nothing at all was restored")
            #expect(try remanso("restore", "latest", "--to", target, "--overwrite").status == 0)
            #expect(Files.text(one) == "one" && Files.text(two) == "two")
        }
    }

    @Test("restore takes one volume or some paths, by latest, id or prefix")
    func restoreParts() throws {
        try withRecoveryPoints(1) { machine, remanso, ids, volumes in
            func target(_ name: String) -> String { machine.sandbox.path(name) }
            let prefix = String(ids[0].dropLast(2))
            let one = volumes[0].path("folder/one"), two = volumes[1].path("two")
            let volume = try remanso(
                "restore", prefix, "--to", target("volume"), "--volume", volumes[1].mountPoint)
            #expect(volume.status == 0, Comment(rawValue: volume.errors))
            #expect(Files.exists(target("volume") + two) && !Files.exists(target("volume") + one))
            let path = try remanso("restore", ids[0], "--to", target("path"), "--path", volumes[0].path("folder"))
            #expect(path.status == 0, Comment(rawValue: path.errors))
            #expect(Files.exists(target("path") + one) && !Files.exists(target("path") + volumes[0].path("data")))
            #expect(!Files.exists(target("path") + two))
        }
    }

    @Test("list is newest first, and what cannot be meant is said", arguments: ["show", "verify", "restore"])
    func choose(command: String) throws {
        try withRecoveryPoints(2) { machine, remanso, ids, volumes in
            let listed = try remanso("list", "--json").json()["recoveryPoints"].array
            #expect(listed.compactMap { $0["recoveryPoint"].string } == ids.reversed())
            #expect(listed[0]["volumes"].array.compactMap(\.string).sorted() == volumes.map(\.mountPoint).sorted())
            #expect(try remanso("list").output.contains(ids[1]))
            let more = command == "restore" ? ["--to", machine.sandbox.path("out")] : []
            let common = String(zip(ids[0], ids[1]).prefix { $0 == $1 }.map(\.0))
            let ambiguous = try remanso.run([command, common, "--json"] + more)
            #expect(ambiguous.status == 1)
            #expect(try ambiguous.json()["errors"][0]["code"].string == "RecoveryPointAmbiguous")
            let unknown = try remanso.run([command, "19700101", "--json", "--lang", "es"] + more)
            #expect(unknown.status == 1)
            #expect(try unknown.json()["errors"][0]["code"].string == "RecoveryPointNotFound")
            #expect(try unknown.json()["errors"][0]["message"].string?.contains("19700101") == true)
            #expect(try remanso.run([command, "latest", "--json"] + more).status == 0)
        }
    }

    @Test("verify reads every byte back, and finds a damaged one")
    func verify() throws {
        try withRecoveryPoints(1) { machine, remanso, ids, _ in
            let good = try remanso("verify", ids[0], "--json")
            #expect(good.status == 0, Comment(rawValue: good.errors))
            #expect(try good.json()["ok"].bool == true)
            let packs = try Shell.run("find", "\(machine.vault.repository)/data", "-type", "f").split(separator: "\n")
            for pack in packs {
                try Shell.run("chmod", "600", String(pack))
                try Shell.run(
                    "dd", "if=/dev/zero", "of=\(pack)", "bs=1", "seek=40", "count=8", "conv=notrunc", "status=none")
            }
            let bad = try remanso("verify", ids[0], "--json")
            #expect(bad.status == 1)
            #expect(try bad.json()["errors"][0]["code"].string?.hasSuffix("Damaged") == true)
        }
    }

    @Test("prune keeps what the retention says; a dry run removes nothing")
    func prune() throws {
        try withRecoveryPoints(3) { machine, remanso, ids, _ in
            try machine.configure("retention: {last: 1}\n")
            let plan = try remanso("prune", "--dry-run", "--json").json()
            #expect(plan["removed"].array.compactMap(\.string).sorted() == ids.dropLast().sorted())
            #expect(try remanso("list", "--json").json()["recoveryPoints"].array.count == 3)
            let result = try remanso("prune", "--json")
            #expect(result.status == 0, Comment(rawValue: result.errors))
            #expect(try result.json()["kept"].array.compactMap(\.string) == [ids[2]])
            #expect(try remanso("list", "--json").json()["recoveryPoints"].array.count == 1)
            #expect(try remanso("verify", "latest").status == 0)
            #expect(machine.vault.lockCount == 0)
        }
    }

    @Test("show tells what the scripts printed, and writes a page", arguments: ["en", "es"])
    func show(language: String) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "echo 'resting <now> & here'")
            let page = machine.sandbox.path("report.html")
            let made = try machine.remanso([volume])("backup", "--html", page, "--lang", language)
            #expect(made.status == 0, Comment(rawValue: made.errors))
            let text = try machine.remanso()("show", "latest", "--lang", language)
            #expect(text.output.contains("resting <now> & here"))
            let html = try #require(Files.text(page))
            #expect(html.contains("<html lang=\"\(language)\""))
            #expect(html.contains("resting &lt;now&gt; &amp; here") || !html.contains("resting <now>"))
            let again = machine.sandbox.path("again.html")
            #expect(try machine.remanso()("show", "latest", "--html", again, "--lang", language).status == 0)
            #expect(Files.text(again)?.contains(volume.mountPoint) == true)
        }
    }

    @Test(
        "An empty vault has nothing to list, show, restore or verify",
        arguments: [
            ["list"], ["show", "latest"], ["restore", "latest", "--to", "/nowhere"], ["verify", "latest"],
        ])
    func empty(arguments: [String]) throws {
        try Machine.with { machine in
            let result = try machine.remanso().run(arguments)
            #expect(result.status == 1)
            #expect(result.errors.contains("NoRecoveryPoints") && result.errors.contains(machine.vault.repository))
            #expect(!Files.exists("/nowhere"))
        }
    }
}
