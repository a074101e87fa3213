import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

/// Every test that starts processes, one after another: who is an orphan is a question to the whole test process.
@Suite("Running scripts", .serialized)
struct RunningScripts {}

extension RunningScripts {
    @Suite("How a script is started", .serialized)
    struct Starting {
        @Test("Defect 4: bash and Python scripts run by their own interpreter")
        func shebang() throws {
            try Sandbox.with { box in
                let bash = try ScriptBench(box).run("#!/bin/bash\na=(x y z); echo \"${a[2]} ${BASH_VERSION:+bash}\"\n")
                #expect(bash.attempts.first?.stdout == "z bash\n")
                let python = try ScriptBench(box).run("#!/usr/bin/env python3\nprint([n * n for n in range(4)])\n")
                #expect(python.attempts.first?.stdout == "[0, 1, 4, 9]\n")
                #expect(python.problem == nil && python.warnings == [])
            }
        }

        @Test("A script without a shebang runs by /bin/sh")
        func noShebang() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.parameters = ["one", "two words"]
                let outcome = try bench.run("readlink /proc/$$/exe; echo \"$#:$2\"\n")
                let lines = outcome.attempts.first?.stdout.split(separator: "\n").map(String.init)
                #expect(lines == [Files.resolved("/bin/sh") ?? "?", "2:two words"])
            }
        }

        @Test("A compiled program runs as well")
        func binary() throws {
            try Sandbox.with { box in
                let program = try Descriptor.open("/bin/echo", O_RDONLY).readAll(limit: 1 << 20)
                let path = try box.file("program", bytes: program, mode: 0o700)
                var bench = ScriptBench(box)
                bench.parameters = ["hello"]
                let plugin = bench.plugin(path)
                #expect(bench.run(try plugin.open(.pre), plugin).attempts.first?.stdout == "hello\n")
            }
        }

        @Test("Parameters are passed as they stand: empty ones, blanks, quotes, wildcards, line feeds")
        func parameters() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.parameters = ["", "a  b", "$HOME `id` *", "\"'\\", "x\ny", "ñ😀", "--", ""]
                let outcome = try bench.run("#!/usr/bin/env python3\nimport sys\nprint(ascii(sys.argv[1:]))\n")
                let expected = #"['', 'a  b', '$HOME `id` *', '"\'\\', 'x\ny', '\xf1\U0001f600', '--', '']"#
                #expect(outcome.attempts.first?.stdout == expected + "\n")
            }
        }

        @Test("The environment is exactly the one of the contract")
        func environment() throws {
            try Sandbox.with { box in
                setenv("REMANSO_TEST_LEAK", "1", 1)
                defer { unsetenv("REMANSO_TEST_LEAK") }
                var bench = ScriptBench(box)
                bench.environment = ["REMANSO_PHASE": "pre", "REMANSO_VOLUMES": "/a:/b c"]
                let outcome = try bench.run("#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/environ | sort\n")
                #expect(
                    outcome.attempts.first?.stdout == """
                        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                        REMANSO_ATTEMPT=1
                        REMANSO_PHASE=pre
                        REMANSO_VOLUMES=/a:/b c

                        """)
            }
        }

        @Test("umask 077, working directory /, standard input /dev/null, a session of its own, no signal ignored")
        func surroundings() throws {
            try Sandbox.with { box in
                let outcome = try ScriptBench(box).run(
                    """
                    #!/bin/sh
                    umask
                    readlink /proc/$$/cwd /proc/$$/fd/0
                    test "$(cut -d' ' -f6 /proc/$$/stat)" = $$ && echo own session
                    exec grep -E 'SigBlk|SigIgn' /proc/self/status
                    """)
                let none = "0000000000000000"
                #expect(
                    outcome.attempts.first?.stdout
                        == "0077\n/\n/dev/null\nown session\nSigBlk:\t\(none)\nSigIgn:\t\(none)\n")
            }
        }

        @Test("No descriptor is inherited but the script's own")
        func descriptors() throws {
            try Sandbox.with { box in
                let strays = (0..<20).map { _ in Glibc.open("/etc/passwd", O_RDONLY) }
                defer { strays.forEach { close($0) } }
                let outcome = try ScriptBench(box).run(
                    """
                    #!/usr/bin/env python3
                    import os
                    for n in sorted(os.listdir('/proc/self/fd'), key=int):
                        try: print(n, os.readlink('/proc/self/fd/' + n).split(':')[0])
                        except FileNotFoundError: pass
                    """)
                let lines = outcome.attempts.first?.stdout.split(separator: "\n").map(String.init)
                #expect(lines == ["0 /dev/null", "1 pipe", "2 pipe", "3 " + box.path("script")])
            }
        }

        @Test("What cannot be started is a failed script with the kernel's reason")
        func notStartable() throws {
            try Sandbox.with { box in
                let outcome = try ScriptBench(box).run("#!/no/such/interpreter\n")
                let missing = ScriptEnding.notStarted(reason: "No such file or directory")
                #expect(
                    outcome.problem == .scriptExecutionFailed(.pre, path: box.path("script"), ending: missing))
                #expect(outcome.attempts == [ScriptAttempt(plugin: "ScriptRunner")])
                #expect(outcome.problem?.code.number == 300)
            }
        }

        @Test("A script on a noexec mount cannot be started")
        func noexec() throws {
            try Sandbox.with { box in
                let folder = try box.folder("mount")
                let flags = UInt(MS_NOEXEC | MS_NOSUID)
                try #require(mount("tmpfs", folder, "tmpfs", flags, "mode=700") == 0, "needs the right to mount")
                defer { umount2(folder, Int32(MNT_DETACH)) }
                let path = try box.file("mount/script", "#!/bin/sh\n", mode: 0o700)
                let bench = ScriptBench(box)
                let plugin = bench.plugin(path)
                let outcome = bench.run(try plugin.open(.post), plugin)
                let denied = ScriptEnding.notStarted(reason: "Permission denied")
                #expect(outcome.problem == .scriptExecutionFailed(.post, path: path, ending: denied))
                #expect(outcome.problem?.code.number == 301)
            }
        }

        @Test("Defect 5: a script swapped or removed after the check has no effect; the checked one runs")
        func swapped() throws {
            try Sandbox.with { box in
                let path = try box.file("script", "#!/bin/sh\necho checked\n", mode: 0o700)
                let bench = ScriptBench(box)
                let plugin = bench.plugin(path)
                let script = try plugin.open(.pre)
                let other = try box.file("other", "#!/bin/sh\necho swapped\n", mode: 0o700)
                try #require(rename(other, path) == 0)
                #expect(bench.run(script, plugin).attempts.first?.stdout == "checked\n")
                try #require(unlink(path) == 0)
                #expect(bench.run(script, plugin).attempts.first?.stdout == "checked\n")
            }
        }
    }

    @Suite("How a script ends", .serialized)
    struct Ending {
        @Test("Defect 1: a retry really runs the script again")
        func retries() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.retries = 2
                let outcome = try bench.run("#!/bin/sh\necho $REMANSO_ATTEMPT >> \(box.path("runs"))\nexit 7\n")
                #expect(box.lines("runs") == ["1", "2", "3"])
                #expect(outcome.attempts.map(\.exitCode) == [7, 7, 7])
                let failed = Problem.scriptExecutionFailed(.pre, path: box.path("script"), ending: .exited(7))
                #expect(outcome.problem == failed)
            }
        }

        @Test("Without retries there is one attempt, and a success is not repeated")
        func oneAttempt() throws {
            try Sandbox.with { box in
                #expect(try ScriptBench(box).run("#!/bin/sh\nexit 1\n").attempts.count == 1)
                var bench = ScriptBench(box)
                bench.retries = 5
                let outcome = try bench.run("#!/bin/sh\necho fine; echo odd >&2\n")
                #expect(outcome.attempts.count == 1)
                let attempt = try #require(outcome.attempts.first)
                #expect(attempt.exitCode == 0 && attempt.signal == nil && !attempt.timedOut && !attempt.truncated)
                #expect(attempt.stdout == "fine\n" && attempt.stderr == "odd\n" && attempt.plugin == "ScriptRunner")
                #expect(attempt.durationMs > 0)
                #expect(outcome.problem == nil && outcome.warnings == [] && !outcome.wasInterrupted)
            }
        }

        @Test("Success on the third attempt is success")
        func thirdAttempt() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.retries = 5
                let outcome = try bench.run("#!/bin/sh\nexit $((3 - REMANSO_ATTEMPT))\n")
                #expect(outcome.attempts.map(\.exitCode) == [2, 1, 0])
                #expect(outcome.problem == nil)
            }
        }

        @Test("Retries without number neither overflow nor fill the memory, and end with the time")
        func manyRetries() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.retries = .max
                bench.timeout = 2
                let outcome = try bench.run("#!/bin/sh\necho $REMANSO_ATTEMPT\nexit 1\n")
                #expect(outcome.problem?.code.name == "Pre-ScriptTimeout")
                #expect(outcome.attempts.count <= ScriptRun.keptAttempts)
                bench.retries = 119
                bench.timeout = 300
                let limited = try bench.run("#!/bin/sh\necho $REMANSO_ATTEMPT\nexit 1\n")
                let kept = (Array(1...10) + Array(31...120)).map { "\($0)\n" }
                #expect(limited.attempts.map(\.stdout) == kept)
            }
        }

        @Test("Death by a signal is told as such, and tried again")
        func signal() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.retries = 1
                bench.phase = .post
                let outcome = try bench.run("#!/bin/sh\nkill -SEGV $$\n")
                #expect(outcome.attempts.map(\.signal) == [SIGSEGV, SIGSEGV])
                #expect(outcome.attempts.map(\.exitCode) == [nil, nil])
                let failed = Problem.scriptExecutionFailed(.post, path: box.path("script"), ending: .killed(SIGSEGV))
                #expect(outcome.problem == failed)
            }
        }

        @Test("Defect 3: 10 MiB on each stream neither block nor fill the memory; the last 64 KiB are kept")
        func muchOutput() throws {
            try Sandbox.with { box in
                let outcome = try ScriptBench(box).run(
                    """
                    #!/bin/sh
                    head -c 10485760 /dev/zero | tr '\\0' e >&2 &
                    head -c 10485760 /dev/zero | tr '\\0' o
                    wait
                    echo end
                    echo last >&2
                    """)
                #expect(outcome.problem == nil)
                let attempt = try #require(outcome.attempts.first)
                #expect(attempt.truncated)
                #expect(attempt.stdout == String(repeating: "o", count: 65_532) + "end\n")
                #expect(attempt.stderr == String(repeating: "e", count: 65_531) + "last\n")
            }
        }

        @Test("Exactly 64 KiB are kept whole; what is not UTF-8 does no harm")
        func limits() throws {
            try Sandbox.with { box in
                let outcome = try ScriptBench(box).run(
                    "#!/bin/sh\nhead -c 65536 /dev/zero | tr '\\0' o\nprintf '\\377' >&2\n")
                let attempt = try #require(outcome.attempts.first)
                #expect(!attempt.truncated && attempt.stdout.utf8.count == 65_536)
                #expect(attempt.stderr == "\u{FFFD}")
            }
        }

        @Test("The caller learns the pid of every attempt while it runs")
        func onStart() throws {
            try Sandbox.with { box in
                let path = try box.file("script", "#!/bin/sh\necho $$\nexit 1\n", mode: 0o700)
                var bench = ScriptBench(box)
                bench.retries = 1
                let plugin = bench.plugin(path)
                let started = Shared<[pid_t]>([])
                let outcome = ScriptRun.run(
                    try plugin.open(.pre), plugin: plugin, environment: [:], isInterruptible: false,
                    sweepsOrphans: false
                ) { pid in started.withLock { $0.append(pid) } }
                #expect(outcome.attempts.map(\.stdout) == started.withLock { $0.map { "\($0)\n" } })
                #expect(started.withLock { $0.count } == 2)
            }
        }
    }
}
