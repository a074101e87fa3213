import Fixtures
import Glibc
import Linux
import Testing

/// What cron, a supervisor or a shell hands down must not change what a run does.
@Suite("Whoever starts a run", .serialized)
struct InheritanceTests {
    /// A run with scripts that is started by `starter`.
    private func backup(
        _ starter: [String], pre: String, _ body: (Machine, RemansoCommand.Result) throws -> Void
    ) throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "folder=\(machine.framework.folder)\n\(pre)")
            var remanso = try machine.remanso([volume])
            remanso.starter = starter
            try body(machine, try remanso("backup", "--json", "--provider", "copy"))
        }
    }

    @Test("may ignore the end of its children: a pre-script that fails has failed")
    func ignoredChildren() throws {
        try backup(["/usr/bin/env", "--ignore-signal=CHLD"], pre: "exit 7") { machine, result in
            let call = BackupCall(status: result.status, report: try result.json())
            try machine.expect(
                call, .degraded("filesystem"), errors: ["Pre-ScriptExecutionFailed 300"],
                diary: ["pre", "post failed ok"])
        }
    }

    @Test("may have closed the standard streams: no file of the run takes their place")
    func closedStreams() throws {
        let starter = ["/bin/sh", "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-"]
        let look = "for n in 0 1 2; do readlink /proc/$PPID/fd/$n; done > $folder/streams"
        try backup(starter, pre: look) { machine, result in
            #expect(result.status == 0 && result.output.isEmpty)
            let streams = Files.text("\(machine.framework.folder)/streams")
            #expect(streams == "/dev/null\n/dev/null\n/dev/null\n")
        }
    }

    @Test("may never read what the run says of its progress: nobody waits for that, least of all the application")
    func fullPipe() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("pipe")
            mkfifo(path, 0o600)
            // Whoever holds it open for both never reads.
            let pipe = try Descriptor.open(path, O_RDWR | O_NONBLOCK)
            while write(pipe.number, [UInt8](repeating: 0, count: 4096), 4096) > 0 {}
            let starter = ["/bin/sh", "-c", "exec \"$0\" \"$@\" 2> \(path)"]
            try backup(starter, pre: "") { machine, result in
                let call = BackupCall(status: result.status, report: try result.json())
                try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
            }
        }
    }

    @Test("may be nohup: the run survives that the terminal hangs up")
    func hangUp() throws {
        try backup(["/usr/bin/env", "--ignore-signal=HUP"], pre: "kill -HUP $PPID; sleep 0.5") { machine, result in
            let call = BackupCall(status: result.status, report: try result.json())
            try machine.expect(call, .succeeded("application"), diary: ["pre", "post ok ok"])
        }
    }
}
