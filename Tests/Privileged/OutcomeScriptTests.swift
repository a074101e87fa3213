import Fixtures
import Testing

/// The table "Outcomes": what the scripts do to a run. `continues` is `continueBackupOnFailure`.
@Suite("Outcomes of the scripts", .serialized)
struct OutcomeScriptTests {
    /// `continueBackupOnFailure` and other keys of the configuration.
    private func keys(_ continues: Bool, _ more: [String: String] = [:]) -> [String: String] {
        ["continueBackupOnFailure": "\(continues)"].merging(more) { $1 }
    }

    @Test("All well is application-consistent", arguments: [true, false], Volume.Kind.allCases)
    func allWell(continues: Bool, kind: Volume.Kind) throws {
        try Machine.with(kind) { machine, volume in
            try machine.framework.write(keys(continues))
            let call = try machine.backup([volume], ["--require", "application"])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
            #expect(call.volume(volume)["frozen"].bool == (kind != .btrfs))
        }
    }

    @Test("A pre-script that fails", arguments: [true, false])
    func preFails(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "exit 7", keys(continues))
            let call = try machine.backup([volume])
            let ending: Ending = continues ? .degraded("filesystem") : .failed
            let diary = ["pre", "post failed \(continues ? "ok" : "none")"]
            try machine.expect(call, ending, errors: ["Pre-ScriptExecutionFailed 300"], diary: diary)
            #expect(call.report["scripts"]["pre"]["attempts"][0]["exitCode"].number == 7)
        }
    }

    @Test("A pre-script that a signal ends counts as failed")
    func preIsKilled() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "kill -SEGV $$")
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["Pre-ScriptExecutionFailed 300"],
                diary: ["pre", "post failed ok"])
            #expect(call.report["scripts"]["pre"]["attempts"][0]["signal"].number == 11)
        }
    }

    @Test("A pre-script that takes too long", arguments: [true, false])
    func preTimesOut(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "sleep 600", keys(continues, ["timeoutInSeconds": "4"]))
            let call = try machine.backup([volume])
            let ending: Ending = continues ? .degraded("filesystem") : .failed
            let diary = ["pre", "post timeout \(continues ? "ok" : "none")"]
            try machine.expect(call, ending, errors: ["Pre-ScriptTimeout 308"], diary: diary)
            #expect(call.report["scripts"]["pre"]["attempts"][0]["timedOut"].bool == true)
        }
    }

    @Test("A post-script that fails", arguments: [true, false])
    func postFails(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(post: "exit 9", keys(continues))
            let call = try machine.backup([volume])
            let ending: Ending = continues ? .degraded("filesystem") : .failed
            try machine.expect(
                call, ending, errors: ["Post-ScriptExecutionFailed 301"], diary: ["pre", "post ok ok"])
        }
    }

    @Test("A post-script that takes too long", arguments: [true, false])
    func postTimesOut(continues: Bool) throws {
        try Machine.with(.btrfs) { machine, volume in
            try machine.framework.write(post: "sleep 600", keys(continues, ["timeoutInSeconds": "4"]))
            let call = try machine.backup([volume])
            let ending: Ending = continues ? .degraded("filesystem") : .failed
            try machine.expect(call, ending, errors: ["Post-ScriptTimeout 309"], diary: ["pre", "post ok ok"])
        }
    }

    @Test("Both scripts fail: both are told", arguments: [true, false])
    func bothFail(continues: Bool) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "exit 1", post: "exit 2", keys(continues))
            let call = try machine.backup([volume])
            let ending: Ending = continues ? .degraded("filesystem") : .failed
            try machine.expect(
                call, ending, errors: ["Pre-ScriptExecutionFailed 300", "Post-ScriptExecutionFailed 301"],
                diary: ["pre", "post failed \(continues ? "ok" : "none")"])
        }
    }

    @Test("A script that is missing: neither runs", arguments: [true, false], ["pre", "post"])
    func missing(continues: Bool, script: String) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(
                keys(continues, ["\(script)ScriptLocation": "\"\(machine.sandbox.path)/none.sh\""]))
            let call = try machine.backup([volume])
            let code = script == "pre" ? "Pre-ScriptNotFound 302" : "Post-ScriptNotFound 303"
            try machine.expect(call, continues ? .degraded("filesystem") : .failed, errors: [code], diary: [])
            #expect(call.messages.contains("\(machine.sandbox.path)/none.sh"))
        }
    }

    @Test("A script that others may read: neither runs", arguments: [true, false], ["pre", "post"])
    func permission(continues: Bool, script: String) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(keys(continues))
            let path = "\(machine.framework.folder)/\(script).sh"
            try Shell.run("chmod", "755", path)
            let call = try machine.backup([volume])
            let code =
                script == "pre"
                ? "InsufficientPermissionforPre-Script 306" : "InsufficientPermissionforPost-Script 307"
            try machine.expect(call, continues ? .degraded("filesystem") : .failed, errors: [code], diary: [])
            #expect(call.messages.contains(path) && call.messages.contains("755"))
        }
    }

    @Test("A folder that others may write: its scripts are not run")
    func folderPermission() throws {
        try Machine.with(.ext4) { machine, volume in
            let folder = machine.sandbox.path("open")
            try Sandbox.write(
                "\(folder)/pre.sh", "#!/bin/sh\necho pre >> \(machine.framework.diaryPath)\n", mode: 0o700)
            try Shell.run("chmod", "777", folder)
            try machine.framework.write(["preScriptLocation": "\"\(folder)/pre.sh\""])
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["InsufficientPermissionforPre-Script 306"], diary: [])
            #expect(call.messages.contains(folder))
        }
    }

    @Test("A script of another owner: its scripts are not run")
    func owner() throws {
        try Machine.with(.ext4) { machine, volume in
            try Shell.run("chown", "65534", machine.framework.postPath)
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["InsufficientPermissionforPost-Script 307"], diary: [])
            #expect(call.messages.contains("65534"))
        }
    }
}
