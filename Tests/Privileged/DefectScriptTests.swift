import Fixtures
import Testing

/// Defects of the reference that users met, 1 to 5: scripts.
@Suite("Defects of the reference: scripts", .serialized)
struct DefectScriptTests {
    @Test("Defect 1: a retry runs the script again")
    func retries() throws {
        try Machine.with(.ext4) { machine, volume in
            let count = "$(wc -l < \(machine.framework.diaryPath))"
            try machine.framework.write(pre: "[ \(count) -ge 3 ]", ["preScriptNoOfRetries": "2"])
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "pre", "pre", "post ok ok"])
            let codes = call.report["scripts"]["pre"]["attempts"].array.map { $0["exitCode"].number }
            #expect(codes == [1, 1, 0])
        }
    }

    @Test("Defect 1: retries of the post-script run it again, and no more often than said")
    func postRetries() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(post: "exit 1", ["postScriptNoOfRetries": "2"])
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["Post-ScriptExecutionFailed 301"],
                diary: ["pre", "post ok ok", "post ok ok", "post ok ok"])
        }
    }

    @Test("Defect 2: nothing of a script that timed out lives on, whatever it does to survive")
    func timedOutIsGone() throws {
        try Machine.with(.ext4) { machine, volume in
            let pids = machine.sandbox.path("pids")
            let pre = """
                sleep 600 & echo $! >> \(pids)
                setsid sh -c 'trap "" TERM; echo $$ >> \(pids); sleep 600' &
                trap "" TERM HUP INT
                echo $$ >> \(pids)
                while :; do sleep 1; done
                """
            let post = "for pid in $(cat \(pids)); do kill -0 $pid && echo $pid >> \(machine.framework.diaryPath); done"
            try machine.framework.write(pre: pre, post: post + "\nexit 0", ["timeoutInSeconds": "5"])
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["Pre-ScriptTimeout 308"], diary: ["pre", "post timeout ok"])
            #expect(try Shell.run("wc", "-l", pids).hasPrefix("3 "), "all three were started")
        }
    }

    @Test("Defect 2: a background process is gone before the freeze, and the report says so")
    func leftProcess() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "setsid sleep 600 > /dev/null 2>&1 &\nsleep 600 &")
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
            #expect(call.warnings.contains("ScriptLeftProcesses 606"))
        }
    }

    @Test("Defect 3: any amount of output passes, and its end is in the report")
    func output() throws {
        try Machine.with(.ext4) { machine, volume in
            let noise = "head -c 5000000 /dev/zero | tr '\\0' x"
            try machine.framework.write(
                pre: "\(noise)\n\(noise) >&2\necho the last line\necho the last error >&2", ["timeoutInSeconds": "90"])
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
            let attempt = call.report["scripts"]["pre"]["attempts"][0]
            #expect(attempt["truncated"].bool == true)
            #expect(attempt["stdout"].string?.hasSuffix("the last line\n") == true)
            #expect(attempt["stderr"].string?.hasSuffix("the last error\n") == true)
            #expect(attempt["stdout"].string?.utf8.count == 64 << 10)
        }
    }

    @Test("Defect 4: the shebang is honoured", arguments: ["bash", "python3"])
    func shebang(interpreter: String) throws {
        try Machine.with(.ext4) { machine, volume in
            let diary = machine.framework.diaryPath
            let body =
                interpreter == "bash"
                ? "words=(pre); [[ ${words[0]} == p* ]] && echo ${words[0]} >> \(diary)"
                : "import sys\nopen('\(diary)', 'a').write(f'pre {sys.argv[1:]}\\n')"
            try Sandbox.write(
                machine.framework.prePath, "#!/usr/bin/env \(interpreter)\n\(body)\n", mode: 0o700)
            try machine.framework.writeConfiguration(["preScriptParams": "[\"a b\", \"*\", \"$HOME\"]"])
            let call = try machine.backup([volume])
            let note = interpreter == "bash" ? "pre" : "pre ['a b', '*', '$HOME']"
            try machine.expect(call, .succeeded("application"), diary: [note, "post ok ok"])
        }
    }

    @Test("Defect 4: a script without a shebang is run by sh")
    func noShebang() throws {
        try Machine.with(.ext4) { machine, volume in
            try Sandbox.write(
                machine.framework.prePath, "echo pre >> \(machine.framework.diaryPath)\n", mode: 0o700)
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
        }
    }

    @Test("Defect 5: what was checked is what runs, though another file takes its name meanwhile")
    func swapped() throws {
        try Machine.with(.ext4) { machine, volume in
            let framework = machine.framework
            let other = try machine.sandbox.write(
                "other.sh", "#!/bin/sh\necho swapped >> \(framework.diaryPath)\n", mode: 0o700)
            try framework.write(pre: "mv \(other) \(framework.postPath)")
            let call = try machine.backup([volume])
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
        }
    }

    @Test("Defect 5: a script is not run through a link that others may change", arguments: ["file", "folder"])
    func link(kind: String) throws {
        try Machine.with(.ext4) { machine, volume in
            let open = machine.sandbox.path("open")
            try Shell.run("mkdir", "-m", "1777", open)
            if kind == "folder" {
                try Shell.run("ln", "-s", machine.framework.folder, "\(open)/link")
                try machine.framework.write(["preScriptLocation": "\"\(open)/link/pre.sh\""])
            } else {
                try Shell.run("ln", "-s", machine.framework.prePath, "\(open)/pre.sh")
                try machine.framework.write(["preScriptLocation": "\"\(open)/pre.sh\""])
            }
            let call = try machine.backup([volume])
            try machine.expect(
                call, .degraded("filesystem"), errors: ["InsufficientPermissionforPre-Script 306"], diary: [])
            #expect(call.messages.contains(open))
        }
    }
}
