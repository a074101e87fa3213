import Applications
import Fixtures
import Glibc
import Linux
import Testing
import Vault

/// Whatever is killed at whatever moment: nothing is left behind, at the latest after the next drill.
@Suite("Kills in a drill", .serialized)
struct KillTests {
    /// A drill that hangs in its probe, once it has come that far.
    private func hanging(_ body: (Stage) throws -> Void) throws {
        try Stage.with { stage in
            let record = stage.record("test-redis") { record in
                record.settings.drill.query = "BLPOP nothing 200"
            }
            try stage.makePoint([record])
            try Files.makeFolder(stage.sandbox.path("state"))
            try body(stage)
        }
    }

    private final class Running {
        let pid: pid_t
        let process: Descriptor
        private let log: String

        init(_ stage: Stage) throws {
            log = stage.sandbox.path("log")
            let file = try Descriptor.open(log, O_WRONLY | O_CREAT | O_TRUNC)
            let program = Program(.path(try RemansoCommand.path(of: "drill-tool")), stage.words())
            (pid, process) = try ChildProcess.spawn(program, output: file, errors: file)
        }

        func reaches(_ step: String) -> Bool { Wait.until(seconds: 120) { (Files.text(log) ?? "").contains(step) } }

        /// Every process that it has started, directly or not.
        var family: [pid_t] {
            let all = ProcessTable.all()
            var found = [pid]
            for _ in 0..<8 { found += all.filter { found.contains($0.parent) && !found.contains($0.pid) }.map(\.pid) }
            return found
        }

        func end() -> ProcessEnding {
            if !Wait.forEnd(of: process, seconds: 180) { kill(pid, SIGKILL) }
            return ChildProcess.wait(for: pid)
        }
    }

    @Test("SIGKILL of the command", arguments: ["opening", "starting", "checking", "probing"])
    func command(step: String) throws {
        try hanging { stage in
            let before = Leftovers()
            let running = try Running(stage)
            #expect(running.reaches(step))
            kill(running.pid, SIGKILL)
            #expect(running.end() == .killed(SIGKILL))
            #expect(before.found() == [])
            #expect(stage.left != [])
            let next = try Running(stage)
            #expect(next.reaches("starting"))
            #expect(Files.names(in: stage.scratch).count == 1)
            kill(next.pid, SIGTERM)
            #expect(next.end() == .exited(2))
            #expect(stage.left == [])
            #expect(before.found() == [])
            #expect(try stage.point().drill == nil)
        }
    }

    @Test("SIGTERM of the command", arguments: ["opening", "starting", "probing"])
    func terminated(step: String) throws {
        try hanging { stage in
            let before = Leftovers()
            let running = try Running(stage)
            #expect(running.reaches(step))
            kill(running.pid, SIGTERM)
            #expect(running.end() == .exited(2))
            #expect(stage.left == [])
            #expect(before.found() == [])
            #expect(try stage.point().drill == nil)
        }
    }

    /// `exe`: the process inside the room, which was started by that name.
    @Test("SIGKILL of whatever it has started", arguments: ["restic", "exe", "redis-server"])
    func part(name: String) throws {
        try hanging { stage in
            let before = Leftovers()
            let running = try Running(stage)
            #expect(running.reaches("probing"))
            let part = running.family.dropFirst().first { Files.line("/proc/\($0)/comm") == name }
            #expect(part != nil, "\(running.family)")
            if let part { kill(part, SIGKILL) }
            #expect(running.end() == .exited(1))
            #expect(stage.left == [])
            #expect(before.found() == [])
            // A server that somebody killed is told from one that died by itself by nobody.
            #expect(try stage.point().drill?.mark.result == (name == "redis-server" ? .failed : nil))
        }
    }
}
