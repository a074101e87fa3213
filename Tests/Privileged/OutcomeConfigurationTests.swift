import Fixtures
import Testing

/// The table "Outcomes": what a wrong configuration of the scripts does to a run.
@Suite("Outcomes of the scripts' configuration", .serialized)
struct OutcomeConfigurationTests {
    @Test("Configuration missing: file-system-consistent, with the error")
    func missing() throws {
        try Machine.with(.ext4) { machine, volume in
            try Shell.run("rm", machine.framework.configPath)
            let call = try machine.backup([volume])
            try machine.expect(call, .degraded("filesystem"), errors: ["ScriptConfigFileMissing 316"], diary: [])
            #expect(call.messages.contains(machine.framework.configPath))
        }
    }

    @Test("Bad JSON: file-system-consistent, with the error", arguments: [true, false])
    func badJSON(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try Sandbox.write(machine.framework.configPath, "{\"continueBackupOnFailure\": \(continues),\n \"pre")
            let call = try machine.backup([volume])
            try machine.expect(call, .degraded("filesystem"), errors: ["IncorrectJSONConfigFile 305"], diary: [])
            #expect(call.messages.contains("2"), "the line is named")
        }
    }

    @Test("Wrong type: file-system-consistent, with the error", arguments: [true, false])
    func wrongType(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write([
                "continueBackupOnFailure": "\(continues)", "preScriptNoOfRetries": "\"three\"",
            ])
            let call = try machine.backup([volume])
            try machine.expect(call, .degraded("filesystem"), errors: ["IncorrectJSONConfigFile 305"], diary: [])
            #expect(call.messages.contains("preScriptNoOfRetries"))
        }
    }

    @Test("Configuration that others may read: file-system-consistent, with the error")
    func permission() throws {
        try Machine.with(.ext4) { machine, volume in
            try Shell.run("chmod", "644", machine.framework.configPath)
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["InsufficientPermissionforConfigFile 317"], diary: [])
            #expect(call.messages.contains("644"))
        }
    }

    @Test("No scripts: file-system-consistent is what was promised", arguments: Volume.Kind.allCases)
    func noScripts(kind: Volume.Kind) throws {
        try Machine.with(kind) { machine, volume in
            let call = try machine.backup([volume], usesScripts: false)
            try machine.expect(call, .succeeded("filesystem"), diary: [])
            #expect(call.report["scripts"]["pre"]["attempts"].array.isEmpty)
        }
    }

    // MARK: The required level

    @Test(
        "A level below the required one: no recovery point is kept",
        arguments: [
            "no scripts", "configuration missing", "bad JSON", "pre-script fails", "post-script fails",
            "script missing",
        ])
    func requireApplication(situation: String) throws {
        try Machine.with(.ext4) { machine, volume in
            var diary: [String] = []
            switch situation {
            case "configuration missing": try Shell.run("rm", machine.framework.configPath)
            case "bad JSON": try Sandbox.write(machine.framework.configPath, "[1]")
            case "script missing": try Shell.run("rm", machine.framework.prePath)
            case "pre-script fails":
                try machine.framework.write(pre: "exit 1")
                diary = ["pre", "post failed none"]
            case "post-script fails":
                try machine.framework.write(post: "exit 1")
                diary = ["pre", "post ok ok"]
            default: break
            }
            let usesScripts = situation != "no scripts"
            let call = try machine.backup([volume], ["--require", "application"], usesScripts: usesScripts)
            #expect(call.errors.contains("LevelNotReached 682"))
            #expect((call.phase("freeze") == "ok") == (situation == "post-script fails"), "nothing is frozen in vain")
            try machine.expect(call, .failed, errors: call.errors, diary: diary)
        }
    }

    @Test("The required level may stand in remanso.yaml; the command line has the last word")
    func requireInConfiguration() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "exit 1")
            try machine.configure("require: application\n")
            let strict = try machine.backup([volume])
            try machine.expect(
                strict, .failed, errors: ["Pre-ScriptExecutionFailed 300", "LevelNotReached 682"],
                diary: ["pre", "post failed none"])
            machine.framework.clearDiary()
            let lenient = try machine.backup([volume], ["--require", "crash"])
            try machine.expect(
                lenient, .degraded("filesystem"), errors: ["Pre-ScriptExecutionFailed 300"],
                diary: ["pre", "post failed ok"])
        }
    }

    // MARK: Several plugins

    /// A machine whose plugin host's file names the plain configuration and a second one.
    private func withTwoPlugins(
        first: String = "", second: String = "", _ settings: [String: String] = [:],
        _ body: (Machine, BackupCall) throws -> Void
    ) throws {
        try Machine.with(.ext4) { machine, volume in
            let framework = machine.framework
            let settings = ["timeoutInSeconds": "90"].merging(settings) { $1 }
            try framework.write(pre: first.replacing("FOLDER", with: framework.folder), settings)
            let script = second.replacing("FOLDER", with: framework.folder)
            let other = try framework.writePlugin("second", pre: script, settings)
            try framework.writeHost([framework.configPath, other])
            try body(machine, try machine.backup([volume]))
        }
    }

    @Test("Plugins run side by side, all before the freeze")
    func sideBySide() throws {
        // Each pre-script waits until the other one has started: one after the other they would never end.
        try withTwoPlugins(
            first: "touch FOLDER/a\nuntil [ -e FOLDER/b ]; do sleep 0.05; done",
            second: "touch FOLDER/b\nuntil [ -e FOLDER/a ]; do sleep 0.05; done"
        ) { machine, call in
            #expect(call.status == 0)
            #expect(call.report["consistency"].string == "application")
            let plugins = call.report["scripts"]["pre"]["attempts"].array.compactMap { $0["plugin"].string }
            #expect(plugins.sorted() == ["plugin0", "plugin1"])
            #expect(machine.framework.diary.sorted() == ["post ok ok", "pre", "second post ok ok", "second pre"])
        }
    }

    @Test("One plugin of two fails: both post-scripts run, and hear of it", arguments: [true, false])
    func oneOfTwoFails(continues: Bool) throws {
        try withTwoPlugins(second: "exit 1", ["continueBackupOnFailure": "\(continues)"]) { machine, call in
            #expect(call.status == (continues ? 3 : 1))
            #expect(call.report["consistency"].string == (continues ? "filesystem" : "none"))
            #expect(call.errors == ["Pre-ScriptExecutionFailed 300"])
            let result = "post failed \(continues ? "ok" : "none")"
            #expect(machine.framework.diary.sorted() == [result, "pre", "second \(result)", "second pre"])
        }
    }

    @Test("A plugin whose configuration is broken: the other one runs, and the level says so")
    func oneOfTwoIsBroken() throws {
        try withTwoPlugins(["preScriptParams": "\"a string\""]) { machine, call in
            #expect(call.status == 3)
            #expect(call.report["consistency"].string == "filesystem")
            #expect(call.errors == ["IncorrectJSONConfigFile 305", "IncorrectJSONConfigFile 305"])
            #expect(machine.framework.diary.isEmpty)
        }
    }

    @Test("numberOfPlugins: 0 runs no script and is not application-consistent")
    func noPlugins() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.writeHost([])
            let call = try machine.backup([volume])
            #expect(call.report["consistency"].string == "filesystem")
            #expect(call.warnings.contains("NoPlugins 603"))
            #expect(machine.framework.diary.isEmpty)
            let strict = try machine.backup([volume], ["--require", "application"])
            #expect(strict.status == 1)
        }
    }

    @Test(
        "A plugin host's file that cannot be used: file-system-consistent, with the error",
        arguments: [
            ("[pre_post\n", "IncorrectPluginhostFile 304", "600"),
            ("[pre_post]\n", "IncorrectPluginhostFile 304", "600"),
            ("[pre_post]\nnumberOfPlugins: 0\n", "IncorrectPluginhostFile 314", "622"),
        ])
    func brokenHost(text: String, code: String, mode: String) throws {
        try Machine.with(.ext4) { machine, volume in
            try Sandbox.write(machine.framework.hostPath, text)
            try Shell.run("chmod", mode, machine.framework.hostPath)
            let call = try machine.backup([volume])
            try machine.expect(call, .degraded("filesystem"), errors: [code], diary: [])
            #expect(call.messages.contains(machine.framework.hostPath))
        }
    }
}
