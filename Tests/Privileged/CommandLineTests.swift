import Fixtures
import Glibc
import Linux
import Testing

/// The command line as the contract has it: help, languages, usage, one JSON document.
@Suite("Command line", .serialized)
struct CommandLineTests {
    private static let commands = [
        "backup", "check", "list", "show", "restore", "verify", "drill", "prune", "thaw", "track", "explain", "init",
    ]

    @Test("Every help shows an example, in both languages", arguments: commands)
    func help(command: String) throws {
        let remanso = try RemansoCommand()
        let english = try remanso(command, "--help"), spanish = try remanso(command, "--help", "--lang", "es")
        #expect(english.status == 0 && spanish.status == 0)
        #expect(english.output.contains("EXAMPLE:\n  remanso \(command)"))
        #expect(spanish.output.contains("EJEMPLO:\n  remanso \(command)"))
        #expect(english.output.contains("EXIT STATUS"))
        #expect(!spanish.output.contains("USAGE"))
        #expect(try remanso("help", command).output == english.output)
        #expect(english.output.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }

    @Test("The language comes from LC_ALL, LC_MESSAGES and LANG, and --lang has the last word")
    func language() throws {
        var remanso = try RemansoCommand()
        remanso.environment["LC_ALL"] = nil
        remanso.environment["LANG"] = "es_ES.UTF-8"
        let spanish = try remanso("explain", "308").output
        #expect(spanish.contains("Qué hacer"))
        #expect(try remanso("explain", "308", "--lang", "en").output.contains("What to do"))
        remanso.environment["LC_MESSAGES"] = "en_GB.UTF-8"
        #expect(try remanso("explain", "308").output.contains("What to do"))
        remanso.environment["LC_ALL"] = "es"
        #expect(try remanso("explain", "308").output == spanish)
    }

    @Test(
        "Wrong usage: status 64, one message that names it, in both languages",
        arguments: [
            (["backup", "--frobnicate"], "--frobnicate"), (["frobnicate"], "frobnicate"),
            (["backup", "--require", "perfect"], "perfect"), (["backup", "--require", "none"], "none"),
            (["backup", "--lang", "xx"], "xx"), (["backup", "--volume", "--json"], "--volume"),
            (["backup", "--provider", "magic"], "magic"),
            (["backup", "--volume"], "--volume"), (["backup", "--volume="], "--volume"),
            (["backup", "extra"], "extra"),
            (["backup", "--rehearse", "--dry-run"], "--dry-run"), (["backup", "--json=yes"], "yes"),
            (["show"], "ID"), (["restore", "latest"], "--to"), (["restore", "--to", "/nowhere"], "ID"),
            (["explain", "4711"], "4711"), (["list", "--overwrite"], "--overwrite"), (["-x"], "-x"),
        ])
    func wrongUsage(arguments: [String], named: String) throws {
        try Machine.with { machine in
            var remanso = try machine.remanso()
            if arguments.first?.hasPrefix("-") == true || arguments == ["frobnicate"] { remanso.common = [] }
            for language in ["en", "es"] where !arguments.contains("--lang") && !arguments.contains("--json") {
                let result = try remanso.run(arguments + ["--lang=\(language)"])
                #expect(result.status == 64, Comment(rawValue: result.errors))
                #expect(result.errors.contains(named), Comment(rawValue: result.errors))
                #expect(result.errors.contains("WrongUsage") || result.errors.contains("UnknownProvider"))
                #expect(result.output.isEmpty)
            }
            let result = try remanso.run(arguments + ["--json"])
            #expect(result.status == 64)
            if !arguments.contains("--json=yes") {
                #expect(try result.json()["errors"][0]["message"].string?.contains(named) == true)
            }
        }
    }

    @Test("Without a command the help is shown, with status 64; --help and --version are no errors")
    func noCommand() throws {
        let remanso = try RemansoCommand()
        let bare = try remanso()
        #expect(bare.status == 64 && bare.output.contains("SUBCOMMANDS"))
        #expect(try remanso("--help").status == 0)
        #expect(try remanso("--version").output.hasPrefix("remanso "))
    }

    @Test(
        "A configuration that cannot be used: status 78, with file, line, key and what was expected",
        arguments: [
            ("volumes: [/srv]\nfreeze:\n  deadline: 10\n", 3, "freeze.deadline", "10"),
            ("exclude: []\nfrobnicate: 1\n", 2, "frobnicate", "retention"),
            ("retry:\n  attempts: many\n", 2, "retry.attempts", "many"),
            ("require: perfect\n", 1, "require", "application"),
            ("volumes: [srv]\n", 1, "volumes", "srv"),
            ("vault:\n  repository: [1\n", 3, "", ""),
        ])
    func badConfiguration(yaml: String, line: Int, key: String, word: String) throws {
        try Machine.with { machine in
            try machine.configure(yaml)
            for command in [["backup"], ["check"], ["list"], ["backup", "--dry-run"]] {
                let result = try machine.remanso().run(command + ["--json"])
                #expect(result.status == 78)
                let entry = try result.json()["errors"][0]
                let message = entry["message"].string ?? ""
                #expect(entry["code"].string == "ConfigurationUnusable")
                #expect(message.contains(machine.configPath) && message.contains("line \(line)"))
                #expect(message.contains(key), Comment(rawValue: message))
            }
            let spanish = try machine.remanso()("backup", "--lang", "es")
            #expect(spanish.status == 78)
            #expect(spanish.errors.contains("línea \(line)"), Comment(rawValue: spanish.errors))
        }
    }

    @Test("explain knows every code by name and by number, and says what to do")
    func explain() throws {
        let remanso = try RemansoCommand()
        let all = try remanso("explain", "--json").json()["codes"].array
        #expect(all.count > 60)
        for entry in all {
            #expect(entry["action"].string?.isEmpty == false && entry["meaning"].string?.isEmpty == false)
        }
        #expect(try remanso("explain", "308", "--json").json()["codes"][0]["code"].string == "Pre-ScriptTimeout")
        #expect(try remanso("explain", "pre-scripttimeout").output == remanso("explain", "308").output)
        #expect(try remanso("explain", "505").status == 0)
    }

    @Test("thaw with nothing to undo says so and succeeds")
    func thaw() throws {
        let remanso = try RemansoCommand()
        #expect(try remanso("thaw").output.isEmpty == false)
        let result = try remanso("thaw", "--json")
        #expect(result.status == 0)
        #expect(try result.json()["ok"].bool == true)
        #expect(try result.json()["thawed"].array.isEmpty)
    }

    @Test("Only root may back up and thaw: said in one message", arguments: ["backup", "thaw", "init"])
    func notRoot(command: String) throws {
        try Machine.with(.ext4) { machine, volume in
            let program = try RemansoCommand.path(of: "remanso")
            // A copy that anybody may run: the folder of the build may be closed to others.
            let copy = machine.sandbox.path("remanso")
            try Shell.run("cp", program, copy)
            try Shell.run("chmod", "755", copy, machine.sandbox.path)
            let words = ["--reuid", "65534", "--regid", "65534", "--clear-groups", copy, command, "--json"]
            let line = (words + ["--volume", volume.mountPoint]).map { "'\($0)'" }.joined(separator: " ")
            let output = try Shell.run("sh", "-c", "setpriv \(line) 2>/dev/null; echo status $?")
            #expect(output.contains("NotRoot"), Comment(rawValue: output))
            #expect(output.hasSuffix("status 1\n"))
        }
    }
}
