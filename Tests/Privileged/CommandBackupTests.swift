import Fixtures
import Glibc
import Linux
import Testing

/// Commands about one backup, through the real program.
@Suite("Commands around a backup", .serialized)
struct CommandBackupTests {
    private enum Kind { case string, number, bool, array, object, stringOrNull, numberOrNull }

    private func check(_ object: JSONObject, _ fields: [String: Kind], _ place: String) {
        for (name, kind) in fields {
            let value = object[name]
            let fits =
                switch kind {
                case .string: value.string != nil
                case .number: value.number != nil
                case .bool: value.bool != nil
                case .array: value.isArray
                case .object: !value.keys.isEmpty
                case .stringOrNull: value.string != nil || value.isNull
                case .numberOrNull: value.number != nil || value.isNull
                }
            #expect(fits, "\(place).\(name)")
        }
    }

    private func checkReport(_ report: JSONObject) {
        check(
            report,
            [
                "schema": .number, "recoveryPoint": .stringOrNull, "host": .string, "machineId": .string,
                "version": .string, "startedAt": .string, "finishedAt": .string, "outcome": .string,
                "consistency": .string, "attempts": .number, "errors": .array, "timeline": .array,
                "pauseMs": .object, "scripts": .object, "volumes": .array, "vault": .object,
            ], "report")
        #expect(report["schema"].number == 1)
        for entry in report["errors"].array {
            check(
                entry,
                [
                    "code": .string, "number": .number, "phase": .string, "severity": .string, "message": .string,
                    "action": .string, "subject": .stringOrNull,
                ], "errors")
        }
        for entry in report["timeline"].array {
            check(
                entry, ["phase": .string, "startMs": .number, "durationMs": .number, "outcome": .string], "timeline")
            #expect(["ok", "failed", "skipped"].contains(entry["outcome"].string))
        }
        check(report["pauseMs"], ["application": .number, "freeze": .number], "pauseMs")
        for phase in ["pre", "post"] {
            #expect(report["scripts"][phase]["attempts"].isArray)
            for attempt in report["scripts"][phase]["attempts"].array {
                check(
                    attempt,
                    [
                        "exitCode": .numberOrNull, "signal": .numberOrNull, "timedOut": .bool, "durationMs": .number,
                        "stdout": .string, "stderr": .string, "truncated": .bool,
                    ], "attempts")
            }
        }
        for volume in report["volumes"].array {
            check(
                volume,
                [
                    "mountPoint": .string, "device": .string, "filesystem": .string, "uuid": .stringOrNull,
                    "provider": .string, "frozen": .bool, "freezeMs": .number, "consistency": .string,
                    "bytesRead": .number, "bytesStored": .number,
                ], "volumes")
        }
        check(report["vault"], ["repository": .string, "snapshot": .stringOrNull], "vault")
    }

    @Test(
        "The report has every field of the contract, with its type, whatever the outcome",
        arguments: [
            "", "exit 1", "sleep 60",
        ])
    func report(pre: String) throws {
        try Machine.with(.xfs) { machine, volume in
            try machine.framework.write(
                pre: pre, ["timeoutInSeconds": "4", "continueBackupOnFailure": pre == "exit 1" ? "false" : "true"])
            let call = try machine.backup([volume])
            checkReport(call.report)
            guard call.status != 1 else { return }
            let stored = try machine.remanso()("show", "latest", "--json").json()
            checkReport(stored)
            #expect(stored["recoveryPoint"].string == call.report["recoveryPoint"].string)
            #expect(stored["consistency"].string == call.report["consistency"].string)
            #expect(stored["outcome"].string == call.report["outcome"].string)
        }
    }

    @Test("Times of the report fit together")
    func times() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "sleep 0.2")
            let report = try machine.backup([volume]).report
            let application = report["pauseMs"]["application"].number ?? 0
            let freeze = report["pauseMs"]["freeze"].number ?? 0
            #expect(application > 200 && freeze > 0 && freeze < application)
            let starts = report["timeline"].array.compactMap { $0["startMs"].number }
            #expect(starts == starts.sorted())
            #expect((report["startedAt"].string ?? "") < (report["finishedAt"].string ?? ""))
        }
    }

    @Test("A rehearsal pauses and freezes, stores nothing and needs no vault")
    func rehearse() throws {
        try Machine.with(.ext4) { machine, volume in
            let call = try machine.backup([volume], ["--rehearse"])
            #expect(call.status == 0, Comment(rawValue: call.messages))
            #expect(machine.framework.diary == ["pre", "post ok none"])
            #expect(call.volume(volume)["frozen"].bool == true)
            #expect((call.report["pauseMs"]["freeze"].number ?? 0) > 0)
            #expect(call.report["recoveryPoint"].isNull && call.report["vault"].isNull)
            #expect(machine.vault.snapshotCount == 0)
            try Shell.run("rm", "-r", machine.vault.repository)
            #expect(try machine.backup([volume], ["--rehearse"]).status == 0)
            #expect(!Files.exists(machine.vault.repository))
        }
    }

    @Test("A dry run prints the plan and does nothing")
    func dryRun() throws {
        try Machine.with(.btrfs) { machine, first in
            try Volume.with(.ext4, in: machine.sandbox.path, name: "second") { second in
                try Shell.run("rm", "-r", machine.vault.repository)
                let result = try machine.remanso([first, second])("backup", "--dry-run", "--json")
                #expect(result.status == 0)
                let plan = try result.json()
                #expect(plan["volumes"].array.map { $0["provider"].string } == ["btrfs", "precopy"])
                #expect(plan["freezeOrder"].array.map { $0[0].string } == [second.mountPoint])
                #expect(plan["scripts"].array.map { $0["path"].string }.contains(machine.framework.prePath))
                #expect(machine.framework.diary.isEmpty)
                #expect(!Files.exists(machine.vault.repository))
                let text = try machine.remanso([first, second])("backup", "--dry-run", "--lang", "es").output
                #expect(text.contains(first.mountPoint) && text.contains(machine.framework.postPath))
            }
        }
    }

    @Test("check finds what is wrong, each with code, message and action, and runs nothing")
    func check() throws {
        try Machine.with(.ext4) { machine, volume in
            let good = try machine.remanso([volume])("check", "--json")
            #expect(good.status == 0)
            #expect(try good.json()["ok"].bool == true)
            try Shell.run("rm", machine.framework.prePath)
            try Shell.run("chmod", "755", machine.framework.postPath)
            try Sandbox.write(machine.vault.passwordFile, "wrong\n")
            let bad = try machine.remanso([volume])("check", "--json")
            #expect(bad.status == 1)
            #expect(try bad.json()["ok"].bool == false)
            let findings = try bad.json()["findings"].array
            let codes = findings.map { $0["code"].string ?? "" }
            for code in ["Pre-ScriptNotFound", "InsufficientPermissionforPost-Script", "VaultWrongPassword"] {
                #expect(codes.contains(code))
            }
            #expect(findings.allSatisfy { $0["action"].string?.isEmpty == false && $0["subject"].exists })
            #expect(machine.framework.diary.isEmpty)
        }
    }

    @Test("Without a configuration file volume and vault are enough, and a missing vault is made")
    func bare() throws {
        try Machine.with(.ext4) { machine, volume in
            let vault = machine.sandbox.path("new/vault")
            let remanso = try RemansoCommand(common: [
                "--config", machine.configPath, "--vault", vault, "--vault-password-file", machine.vault.passwordFile,
            ])
            let result = try remanso("backup", "--volume", volume.mountPoint)
            #expect(result.status == 0, Comment(rawValue: result.errors))
            #expect(try Shell.run("stat", "-c", "%a", vault) == "700\n")
            #expect(try remanso("list").output.contains(volume.mountPoint))
        }
    }

    @Test("init writes what is missing, with the right mode, and touches nothing that is there")
    func initialize() throws {
        try Machine.with { machine in
            let folder = machine.sandbox.path("fresh")
            let remanso = try RemansoCommand(common: [
                "--config", "\(folder)/remanso.yaml", "--script-config", "\(folder)/azure/config.json",
                "--vault", "\(folder)/vault", "--vault-password-file", "\(folder)/vault.key",
            ])
            let first = try remanso("init", "--json")
            #expect(first.status == 0, Comment(rawValue: first.errors))
            #expect(try first.json()["written"].array.count == 5)
            let modes = try Shell.run(
                "sh", "-c", "cd \(folder) && stat -c '%n %a' remanso.yaml vault.key azure/* | sort")
            #expect(
                modes == """
                    azure/config.json 600
                    azure/remanso-post.sh 700
                    azure/remanso-pre.sh 700
                    remanso.yaml 600
                    vault.key 600

                    """)
            try Sandbox.write("\(folder)/remanso.yaml", "# mine\n")
            let key = Files.text("\(folder)/vault.key")
            let second = try remanso("init", "--json", "--lang", "es")
            #expect(second.status == 0)
            #expect(try second.json()["written"].array.isEmpty)
            #expect(Files.text("\(folder)/remanso.yaml") == "# mine\n")
            #expect(Files.text("\(folder)/vault.key") == key)
        }
    }

    @Test("Secrets are neither in the report nor on a command line")
    func secrets() throws {
        try Machine.with(.ext4) { machine, volume in
            let server = try SilentServer()
            let secret = "tell-nobody-4711"
            let environment = try machine.sandbox.write("vault.env", "AWS_SECRET_ACCESS_KEY=\(secret)\n")
            try machine.configure("vault: {environmentFile: \(environment)}\n")
            var remanso = try machine.remanso([volume])
            let address = "rest:http://user:\(secret)@127.0.0.1:\(server.port)/"
            remanso.common = remanso.common.map { $0 == machine.vault.repository ? address : $0 }
            let lines = Shared<[String]>([])
            let result = try remanso.run(["backup", "--json"]) { pid in
                _ = Thread {
                    wait(seconds: 60) { server.wasAsked }
                    let children = ProcessTable.all().filter { $0.parent == pid }
                    lines.withLock { $0 = children.compactMap { Files.text("/proc/\($0.pid)/cmdline") } }
                    kill(pid, SIGTERM)
                }
            }
            #expect(lines.withLock { $0.contains { $0.contains("restic") } })
            #expect(!lines.withLock { $0.contains { $0.contains(secret) } })
            #expect(!result.output.contains(secret) && !result.errors.contains(secret))
            #expect(try result.json()["vault"]["repository"].string?.contains("user:***@") == true)
        }
    }
}
