import Fixtures
import Glibc
import Linux
import Testing

@Suite("A program that Remanso runs", .serialized)
struct ChildProcessTests {
    private func shell(_ text: String, seconds: Double? = nil) throws -> ProcessResult {
        var limits = ChildProcess.Limits()
        limits.deadline = seconds.map { Instant.now.advanced(bySeconds: $0) }
        let path = try #require(Program.find("sh"))
        return try ChildProcess.run(Program(.path(path), ["-c", text]), limits)
    }

    @Test("is told apart by its exit status and by the signal that ended it")
    func endings() throws {
        #expect(try shell("exit 7").ending == .exited(7))
        #expect(try shell("kill -9 $$").ending == .killed(SIGKILL))
    }

    @Test("may write a hundred megabytes to both streams, and the last of it is kept")
    func output() throws {
        let text = "head -c 50000000 /dev/zero; echo end; (head -c 50000000 /dev/zero; echo stop) >&2"
        let result = try shell(text, seconds: 60)
        #expect(result.ending == .exited(0))
        #expect(result.output.isTruncated && result.errors.isTruncated)
        #expect(result.output.text.hasSuffix("end\n") && result.errors.text.hasSuffix("stop\n"))
        #expect(result.output.text.utf8.count == 64 << 10)
    }

    @Test("meets its deadline although it never stops writing")
    func endlessOutput() throws {
        let result = try shell("exec cat /dev/zero", seconds: 0.3)
        #expect(result.timedOut && result.ending == .killed(SIGTERM))
        #expect(result.milliseconds < 20_000)
    }

    @Test("is killed when it ignores the request to end, with all that it started")
    func stubborn() throws {
        let time = Self.uniqueTime(0)
        // Long enough for the shell to come to its trap.
        let result = try shell(
            "trap '' TERM; (trap '' TERM; exec sleep \(time)) & while :; do sleep 0.1; done", seconds: 2)
        #expect(result.timedOut && result.ending == .killed(SIGKILL))
        #expect(result.milliseconds < 25_000)
        #expect(!Self.isAlive(time))
    }

    /// Else it sees them end, and ends before it knows why: what it has a trap for is not done.
    @Test("is asked to end before its children are")
    func parentFirst() throws {
        let bash = try #require(Program.find("bash"))
        let script = """
            trap 'echo resumed; exit 0' TERM
            for i in {1..20}; do sleep 600 & done
            echo ready
            wait -n
            exit 1
            """
        try Sandbox.with { sandbox in
            let path = sandbox.path("output")
            for _ in 0..<30 {
                let output = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC)
                let (pid, _) = try ChildProcess.spawn(
                    Program(.path(bash), ["-c", script]), output: output, errors: output)
                #expect(Wait.until { Files.text(path) == "ready\n" })
                ProcessTable.endSession(pid)
                #expect(ChildProcess.wait(for: pid) == .exited(0))
                #expect(Files.text(path) == "ready\nresumed\n")
            }
        }
    }

    @Test("that leaves processes in its session behind has them ended and counted")
    func leftovers() throws {
        let time = Self.uniqueTime(1)
        let result = try shell("sleep \(time) & exit 0", seconds: 60)
        #expect(result.ending == .exited(0) && !result.timedOut)
        #expect(result.leftProcesses == 1)
        #expect(!Self.isAlive(time))
    }

    @Test("does not hang its caller by a daemon that keeps its output open")
    func daemon() throws {
        try Sandbox.with { sandbox in
            // The shell ends when the daemon has left its session.
            let sign = sandbox.path("sign")
            let daemon = "setsid sh -c 'echo $$; : > \(sign); exec sleep 600'"
            let result = try shell("\(daemon) & until [ -e \(sign) ]; do sleep 0.02; done; exit 3", seconds: 120)
            #expect(result.ending == .exited(3) && !result.timedOut)
            #expect(result.milliseconds < 60_000)
            let pid = try #require(pid_t(result.output.text.trimmed))
            kill(pid, SIGKILL)
        }
    }

    @Test("that cannot be started says why")
    func failures() throws {
        try Sandbox.with { sandbox in
            let missing = sandbox.path("missing")
            #expect(throws: SystemError("exec", missing, code: ENOENT)) {
                try ChildProcess.run(Program(.path(missing), []))
            }
            let plain = try sandbox.write("plain", "x", mode: 0o600)
            #expect(throws: SystemError("exec", plain, code: EACCES)) {
                try ChildProcess.run(Program(.path(plain), []))
            }
            var nowhere = Program(.path("/bin/sh"), ["-c", "true"])
            nowhere.directory = sandbox.path("nowhere")
            #expect(throws: SystemError("exec", "/bin/sh", code: ENOENT)) { try ChildProcess.run(nowhere) }
        }
    }

    @Test("inherits nothing: no descriptor, no variable, no mask, no blocked or ignored signal")
    func inheritance() throws {
        let open = try Descriptor.open("/etc/passwd", O_RDONLY)
        let result = try shell("ls -l /proc/self/fd; env; umask; grep -E 'Sig(Blk|Ign)' /proc/self/status; pwd")
        withExtendedLifetime(open) {}
        let text = result.output.text
        #expect(!text.contains("passwd"))
        #expect(text.contains("SigBlk:\t0000000000000000"))
        let ignored = text.split(separator: "\n").first { $0.hasPrefix("SigIgn:") }?.split(separator: "\t").last ?? ""
        // The C library keeps signals 32 and 33 to itself.
        #expect(UInt64(ignored, radix: 16).map { $0 & ~0x1_8000_0000 } == 0, "\(ignored)")
        #expect(text.contains("0077\n") && text.hasSuffix("\n/\n"))
        #expect(!text.contains("HOME="))
    }

    @Test("runs from the descriptor that was checked, with its shebang or with the shell")
    func fromDescriptor() throws {
        try Sandbox.with { sandbox in
            for text in ["#!/bin/sh\necho $1 $0", "echo $1 $0"] {
                let path = try sandbox.write("script", text, mode: 0o700)
                let file = try Descriptor.open(path, O_RDONLY)
                // Whoever swaps it now swaps nothing.
                try sandbox.write("other", "#!/bin/sh\necho swapped", mode: 0o700)
                rename(sandbox.path("other"), path)
                let result = try ChildProcess.run(Program(.file(file), ["word"]))
                #expect(result.output.text.hasPrefix("word /dev/fd/"))
            }
        }
    }

    /// What a `sleep` of this process alone sleeps: tests of other processes may run beside it.
    private static func uniqueTime(_ digit: Int) -> String { "98\(getpid())\(digit)" }

    private static func isAlive(_ word: String) -> Bool {
        ProcessTable.all().contains {
            !$0.isZombie && (Files.text("/proc/\($0.pid)/cmdline") ?? "").contains("sleep\0\(word)")
        }
    }
}
