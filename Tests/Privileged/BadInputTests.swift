import Fixtures
import Glibc
import Linux
import Testing

/// A wrong file, path, password or device: one clear message that names it, in both languages, the right exit status,
/// and nothing left behind. `Machine` itself looks for mounts, loop devices, processes, locks and frozen volumes.
@Suite("Bad input", .serialized)
struct BadInputTests {
    /// One wrong thing. `FOLDER` stands for the sandbox, `VOLUME` for the volume's mount point.
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        let command: [String]
        let status: Int32
        let code: String
        /// What the message must name.
        let named: String
        /// Shell commands that make it wrong, run in the sandbox.
        var makes = ":"

        var testDescription: String { what }
    }

    static let cases = [
        Case(
            what: "volume that does not exist", command: ["backup", "--volume", "FOLDER/none"], status: 1,
            code: "VolumeNotFound", named: "FOLDER/none"),
        Case(
            what: "folder that is no mount point", command: ["backup", "--volume", "FOLDER/framework"], status: 1,
            code: "VolumeNotFound", named: "FOLDER/framework"),
        Case(
            what: "block device for a volume", command: ["backup", "--volume", "/dev/null"], status: 1,
            code: "VolumeNotFound", named: "/dev/null"),
        Case(
            what: "pseudo file system", command: ["backup", "--volume", "/proc"], status: 1,
            code: "VolumeUnsupported", named: "/proc"),
        Case(
            what: "provider that does not suit", command: ["backup", "--volume", "VOLUME", "--provider", "btrfs"],
            status: 1, code: "ProviderUnsuitable", named: "VOLUME"),
        Case(
            what: "configuration file missing",
            command: ["backup", "--volume", "VOLUME", "--config", "FOLDER/no.yaml"],
            status: 78, code: "ConfigurationUnreadable", named: "FOLDER/no.yaml"),
        Case(
            what: "folder for the configuration file",
            command: ["backup", "--volume", "VOLUME", "--config", "FOLDER/framework"], status: 78,
            code: "ConfigurationUnreadable", named: "FOLDER/framework"),
        Case(
            what: "configuration that others may write", command: ["backup", "--volume", "VOLUME"], status: 78,
            code: "ConfigurationUnreadable", named: "FOLDER/remanso.yaml", makes: "chmod 666 remanso.yaml"),
        Case(
            what: "configuration that is binary", command: ["backup", "--volume", "VOLUME"], status: 78,
            code: "ConfigurationUnusable", named: "FOLDER/remanso.yaml",
            makes: "head -c 512 /dev/urandom > remanso.yaml"),
        Case(
            what: "password file missing",
            command: ["backup", "--volume", "VOLUME", "--vault-password-file", "FOLDER/no.key"], status: 78,
            code: "VaultPasswordUnusable", named: "FOLDER/no.key"),
        Case(
            what: "password file that others may read", command: ["backup", "--volume", "VOLUME"], status: 78,
            code: "VaultPasswordUnusable", named: "FOLDER/vault.key", makes: "chmod 644 vault.key"),
        Case(
            what: "empty password file", command: ["list"], status: 78, code: "VaultPasswordUnusable",
            named: "FOLDER/vault.key", makes: ": > vault.key"),
        Case(
            what: "wrong password", command: ["backup", "--volume", "VOLUME"], status: 1, code: "VaultWrongPassword",
            named: "FOLDER/vault", makes: "echo wrong > vault.key"),
        Case(
            what: "wrong password to list", command: ["list"], status: 1, code: "VaultWrongPassword",
            named: "FOLDER/vault.key", makes: "echo wrong > vault.key"),
        Case(
            what: "file for a vault", command: ["backup", "--volume", "VOLUME", "--vault", "FOLDER/vault.key"],
            status: 1, code: "VaultFailed", named: "FOLDER/vault.key"),
        Case(
            what: "folder of something else for a vault",
            command: ["backup", "--volume", "VOLUME", "--vault", "FOLDER/framework"], status: 1, code: "VaultMissing",
            named: "FOLDER/framework"),
        Case(
            what: "vault that is not there to list", command: ["list", "--vault", "FOLDER/none"], status: 1,
            code: "VaultMissing", named: "FOLDER/none"),
        Case(
            what: "backend that does not exist", command: ["list", "--vault", "ftp:server/vault"], status: 1,
            code: "VaultFailed", named: "ftp:server/vault"),
        Case(
            what: "environment file missing", command: ["list"], status: 78, code: "VaultEnvironmentUnusable",
            named: "FOLDER/no.env", makes: "echo 'vault: {environmentFile: '$PWD'/no.env}' > remanso.yaml"),
        Case(
            what: "page in a folder that is not there",
            command: ["backup", "--volume", "VOLUME", "--html", "FOLDER/none/report.html"], status: 1,
            code: "CannotWrite", named: "FOLDER/none/report.html"),
        Case(
            what: "file for a folder to restore to", command: ["restore", "latest", "--to", "FOLDER/vault.key"],
            status: 1, code: "NoRecoveryPoints", named: "FOLDER/vault"),
    ]

    @Test("Wrong input is named and changes nothing", arguments: cases)
    func wrongInput(wrong: Case) throws {
        try Machine.with(.ext4) { machine, volume in
            func filled(_ text: String) -> String {
                text.replacing("FOLDER", with: machine.sandbox.path).replacing("VOLUME", with: volume.mountPoint)
            }
            try Shell.run("sh", "-c", "cd \(machine.sandbox.path) && { \(wrong.makes); }")
            let before = try files(machine)
            var remanso = try machine.remanso()
            remanso.common.removeFirst(wrong.command.contains("--config") ? 2 : 0)
            if let given = wrong.command.first(where: { ["--vault", "--vault-password-file"].contains($0) }),
                let place = remanso.common.firstIndex(of: given)
            {
                remanso.common.removeSubrange(place...(place + 1))
            }
            let command = wrong.command.map(filled)
            let result = try remanso.run(command + ["--json"])
            #expect(result.status == wrong.status, Comment(rawValue: result.output))
            let entries = try result.json()["errors"].array.filter { $0["severity"].string == "error" }
            let entry = try #require(entries.first)
            #expect(entries.count == 1, Comment(rawValue: result.output))
            #expect(entry["code"].string == wrong.code, Comment(rawValue: result.output))
            let english = entry["message"].string ?? ""
            #expect(english.contains(filled(wrong.named)), Comment(rawValue: english))
            #expect(entry["action"].string?.isEmpty == false)
            let spanish = try remanso.run(command + ["--lang", "es"])
            #expect(spanish.status == wrong.status)
            let words = (spanish.output + spanish.errors).replacing("\n", with: " ")
            #expect(words.contains(filled(wrong.named)) && words.contains("Qué hacer"), Comment(rawValue: words))
            #expect(!words.contains(english))
            #expect(machine.framework.diary.isEmpty, "no script may run")
            #expect(try files(machine) == before)
            #expect(machine.vault.snapshotCount == 0 && machine.vault.lockCount == 0)
        }
    }

    /// Every file and folder of the sandbox with its size.
    private func files(_ machine: Machine) throws -> [String] {
        let list = try Shell.run("find", machine.sandbox.path, "-xdev", "-printf", "%p %y %m %s\\n")
        return list.split(separator: "\n").map(String.init).filter { !$0.contains("/vault ") }.sorted()
    }

    static let hostileConfigurations: [(name: String, text: String)] = [
        ("empty file", ""),
        ("not an object", "[]"),
        ("NUL in a path", "{\"preScriptLocation\": \"/a\\u0000b\", \"postScriptLocation\": \"/b\"}"),
        (
            "null for a list",
            "{\"preScriptParams\": null, \"preScriptLocation\": \"/a\", \"postScriptLocation\": \"/b\"}"
        ),
        (
            "a string for a list",
            "{\"preScriptParams\": \"-x\", \"preScriptLocation\": \"/a\", \"postScriptLocation\": \"/b\"}"
        ),
        (
            "a string for a number",
            "{\"timeoutInSeconds\": \"30\", \"preScriptLocation\": \"/a\", \"postScriptLocation\": \"/b\"}"
        ),
        ("no time at all", "{\"timeoutInSeconds\": 0, \"preScriptLocation\": \"/a\", \"postScriptLocation\": \"/b\"}"),
        ("a million brackets", String(repeating: "[", count: 1_000_000)),
        (
            "a key twice",
            "{\"preScriptLocation\": \"/a\", \"preScriptLocation\": \"/c\", \"postScriptLocation\": \"/b\"}"
        ),
        ("a relative path", "{\"preScriptLocation\": \"a.sh\", \"postScriptLocation\": \"/b\"}"),
    ]

    @Test(
        "A hostile configuration of the scripts is one error, and the backup is made", arguments: hostileConfigurations)
    func hostile(name: String, text: String) throws {
        try Machine.with(.ext4) { machine, volume in
            try Sandbox.write(machine.framework.configPath, text)
            let started = Instant.now
            let call = try machine.backup([volume])
            try machine.expect(call, .degraded("filesystem"), errors: ["IncorrectJSONConfigFile 305"], diary: [])
            #expect(call.messages.contains(machine.framework.configPath))
            #expect(Instant.now.milliseconds(since: started) < 90_000)
        }
    }

    @Test(
        "A fifo, a folder or a device in a file's place does not hang the run",
        arguments: [
            "mkfifo", "mkdir", "mknod",
        ])
    func oddFiles(kind: String) throws {
        try Machine.with(.ext4) { machine, volume in
            for path in [
                machine.framework.configPath, machine.framework.hostPath, machine.framework.freezeSettingsPath,
            ] {
                try Shell.run("rm", "-f", path)
                try Shell.run(kind, [path] + (kind == "mknod" ? ["c", "1", "5"] : []))
            }
            let call = try machine.backup([volume])
            #expect(call.status == 3, Comment(rawValue: call.messages))
            #expect(call.report["consistency"].string == "filesystem")
        }
    }
}
