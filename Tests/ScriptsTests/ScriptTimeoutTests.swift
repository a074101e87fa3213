import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

extension RunningScripts {
    @Suite("No process of a script outlives its time", .serialized)
    struct TimeLimits {
        /// A shell loop that SIGTERM does not end and that notes its pid.
        private func stubborn(_ box: Sandbox) -> String {
            "trap \"\" TERM; echo $$ >> \(box.path("pids")); while :; do sleep 1; done"
        }

        @Test("Defect 2: a timed-out script is gone, with children that ignore SIGTERM and one that left the session")
        func timeout() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.timeout = 4
                bench.sweepsOrphans = false
                bench.retries = 3
                var outcome = ScriptOutcome()
                let time = try seconds {
                    outcome = try bench.run(
                        """
                        #!/bin/bash
                        trap '' TERM
                        bash -c '\(stubborn(box))' &
                        setsid bash -c '\(stubborn(box))' &
                        echo $$ >> \(box.path("pids"))
                        echo quiescing
                        while :; do sleep 1; done
                        """)
                }
                #expect(time >= 6 && time < 30)
                #expect(outcome.problem == .scriptTimeout(.pre, path: box.path("script"), seconds: 4))
                #expect(outcome.problem?.code.number == 308)
                #expect(outcome.attempts.count == 1)
                let attempt = try #require(outcome.attempts.first)
                #expect(attempt.timedOut && attempt.signal == SIGKILL && attempt.stdout == "quiescing\n")
                #expect(box.lines("pids").count == 3)
                #expect(box.lines("pids").filter(isAlive) == [])
            }
        }

        @Test("Defect 2: a child that left the session and ignores SIGTERM is gone, although its parent ended first")
        func escapedOnTimeout() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.timeout = 4
                bench.sweepsOrphans = false
                let outcome = try bench.run("#!/bin/bash\nsetsid bash -c '\(stubborn(box))' &\nsleep 60\n")
                #expect(outcome.attempts.first?.signal == SIGTERM)
                #expect(box.lines("pids").count == 1)
                #expect(box.lines("pids").filter(isAlive) == [])
                ProcessTable.endOrphans()
            }
        }

        @Test("A script that stops in good order at SIGTERM is not killed, and still has timed out")
        func goodOrder() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.timeout = 4
                bench.phase = .post
                var outcome = ScriptOutcome()
                let time = try seconds {
                    outcome = try bench.run("#!/bin/bash\ntrap 'echo resumed; exit 0' TERM\nsleep 60 & wait\n")
                }
                #expect(time < 30)
                #expect(outcome.problem == .scriptTimeout(.post, path: box.path("script"), seconds: 4))
                #expect(outcome.attempts.first?.exitCode == 0)
                #expect(outcome.attempts.first?.stdout == "resumed\n")
            }
        }

        @Test("The limit is for all attempts together")
        func allAttempts() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.timeout = 8
                bench.retries = 100
                var outcome = ScriptOutcome()
                let time = try seconds { outcome = try bench.run("#!/bin/sh\nsleep 2.8\nexit 1\n") }
                #expect(time < 35)
                #expect(outcome.attempts.count == 3)
                #expect(outcome.attempts.map(\.timedOut) == [false, false, true])
                #expect(outcome.problem == .scriptTimeout(.pre, path: box.path("script"), seconds: 8))
            }
        }

        @Test("A script that writes without end meets its deadline")
        func endlessOutput() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.timeout = 1
                var outcome = ScriptOutcome()
                let time = try seconds { outcome = try bench.run("#!/bin/sh\nyes & exec yes >&2\n") }
                #expect(time < 30)
                #expect(outcome.attempts.first?.timedOut == true)
                #expect(outcome.attempts.first?.truncated == true)
            }
        }

        @Test("What a successful script leaves running is ended and told, also in a session of its own")
        func leftProcesses() throws {
            try Sandbox.with { box in
                // Whatever an earlier test has left, or what dies only now, is not this one's.
                ProcessTable.endOrphans()
                let script = box.path("script")
                let background = try ScriptBench(box).run("#!/bin/sh\nsleep 60 & echo $! > \(box.path("pids"))\n")
                #expect(background.problem == nil)
                #expect(background.warnings == [.scriptLeftProcesses(.pre, path: script, count: 1)])
                #expect(box.lines("pids").filter(isAlive) == [])
                var outcome = ScriptOutcome()
                let time = try seconds {
                    outcome = try ScriptBench(box).run(
                        """
                        #!/bin/bash
                        (setsid bash -c '\(stubborn(box))' > /dev/null 2>&1 &)
                        while [ $(wc -l < \(box.path("pids"))) -lt 2 ]; do sleep 0.05; done
                        """)
                }
                #expect(time < 30)
                #expect(outcome.problem == nil)
                guard case .scriptLeftProcesses(.pre, script, let count) = outcome.warnings.first else {
                    Issue.record("no warning")
                    return
                }
                #expect(count >= 1)
                #expect(box.lines("pids").count == 2)
                #expect(box.lines("pids").filter(isAlive) == [])
            }
        }

        @Test("Without the sweep an escaped process is left for the caller's, so that plugins do not end each other's")
        func callerSweeps() throws {
            try Sandbox.with { box in
                var bench = ScriptBench(box)
                bench.sweepsOrphans = false
                ProcessTable.endOrphans()
                _ = try bench.run(
                    """
                    #!/bin/bash
                    (setsid bash -c 'echo $$ > \(box.path("pids")); exec sleep 60' > /dev/null 2>&1 &)
                    while [ ! -s \(box.path("pids")) ]; do sleep 0.05; done
                    """)
                #expect(box.lines("pids").filter(isAlive).count == 1)
                #expect(ProcessTable.endOrphans() == 1)
                #expect(box.lines("pids").filter(isAlive) == [])
            }
        }

        @Test("Plugins run side by side, each with its own limit and its own children")
        func sideBySide() throws {
            try Sandbox.with { box in
                var quick = ScriptBench(box)
                quick.sweepsOrphans = false
                var slow = quick
                slow.timeout = 1
                let fine = quick.plugin(try box.file("fine", "#!/bin/sh\nsleep 1.5\necho fine\n", mode: 0o700))
                let late = slow.plugin(try box.file("late", "#!/bin/sh\nsleep 60\n", mode: 0o700))
                let scripts = [(try fine.open(.pre), fine), (try late.open(.pre), late)]
                let outcomes = Threads.concurrently(
                    scripts.map { script, plugin in
                        {
                            ScriptRun.run(
                                script, plugin: plugin, environment: [:], isInterruptible: false, sweepsOrphans: false)
                        }
                    })
                #expect(outcomes.map { $0.problem == nil } == [true, false])
                #expect(outcomes.first?.attempts.first?.stdout == "fine\n")
                #expect(outcomes.last?.attempts.first?.timedOut == true)
            }
        }

        @Test("A request to stop ends a pre-script at once and never a post-script; nothing is started after it")
        func interruption() async {
            // Swift Testing waits for the process with waitid(P_ALL), which any other zombie would hold up for ever.
            ProcessTable.endOrphans()
            // In a process of its own: a request to stop concerns every script of the process.
            await #expect(processExitsWith: .success) {
                Interruption.install()
                ProcessTable.adoptOrphans()
                try Sandbox.with { box in
                    // A byte in the pipe is what a signal leaves there.
                    let pipe = try Descriptor.open("/proc/self/fd/\(Interruption.descriptor)", O_WRONLY)
                    var bench = ScriptBench(box)
                    bench.retries = 3
                    bench.isInterruptible = true
                    let stopper = Thread {
                        _ = Wait.until { Files.exists(box.path("started")) }
                        try? pipe.writeAll([1])
                    }
                    var outcome = ScriptOutcome()
                    let time = try seconds {
                        outcome = try bench.run("#!/bin/sh\n: > \(box.path("started"))\nsleep 600\n")
                    }
                    stopper?.join()
                    #expect(time < 90)
                    #expect(outcome.wasInterrupted && outcome.attempts.count == 1)
                    #expect(outcome.problem == .interrupted(signal: SIGTERM))
                    bench.phase = .post
                    bench.isInterruptible = false
                    let post = try bench.run("#!/bin/sh\nsleep 0.3; echo resumed\n")
                    #expect(post.problem == nil && post.attempts.first?.stdout == "resumed\n")
                }
            }
        }
    }
}
