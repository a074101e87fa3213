import Fixtures
@testable import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("The freezer", .serialized)
struct FreezerTests {
    private func withSession(deadline: Double, _ body: (Stage, Volume, FreezeSession) throws -> Void) throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume], deadline: deadline)
                defer { session.close() }
                try body(stage, volume, session)
            }
        }
    }

    @Test(
        "thaws or is thawed for at once when it gets any signal that ends a process",
        arguments: [
            SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGABRT, SIGSEGV, SIGPWR, SIGPROF, 40,
        ])
    func signals(_ signal: Int32) throws {
        try withSession(deadline: 60) { _, volume, session in
            #expect(session.freeze().map(\.held) == [true])
            kill(session.freezerPID, signal)
            #expect(volume.acceptsWrites(withinSeconds: 20))
            #expect(session.thaw().map(\.held) == [false])
            #expect(session.endedEarly && !session.deadlineExceeded)
        }
    }

    @Test("that died before the freeze freezes nothing, and the run learns it", arguments: [SIGKILL, SIGTERM])
    func deadBeforeFreeze(_ signal: Int32) throws {
        try withSession(deadline: 20) { _, volume, session in
            kill(session.freezerPID, signal)
            #expect(Wait.until { ProcessTable.entry(session.freezerPID)?.isZombie ?? true })
            #expect(session.freeze().map(\.held) == [false])
            #expect(!volume.isFrozen)
            _ = session.thaw()
            #expect(session.endedEarly)
        }
    }

    @Test("that is stopped while it holds a freeze is relieved at the deadline")
    func stoppedWhileFrozen() throws {
        try withSession(deadline: 3) { _, volume, session in
            #expect(session.freeze().map(\.held) == [true])
            kill(session.freezerPID, SIGSTOP)
            #expect(volume.acceptsWrites(withinSeconds: 20))
            #expect(session.thaw().map(\.held) == [false])
            #expect(session.deadlineExceeded)
        }
    }

    @Test("that is stopped before it froze anything does not hang the run")
    func stoppedBeforeFreeze() throws {
        try withSession(deadline: 0.5) { _, volume, session in
            Standstill.begin(session.freezerPID)
            let frozen = Background { session.freeze() }.value()
            #expect(frozen?.map(\.held) == [false])
            // Else the test would hang as well.
            kill(session.freezerPID, SIGCONT)
            _ = session.thaw()
            #expect(!volume.isFrozen)
            #expect(session.deadlineExceeded || session.endedEarly)
        }
    }

    @Test("that is stopped and let go again holds its freeze as if nothing had been")
    func stoppedAndContinued() throws {
        try withSession(deadline: 60) { _, volume, session in
            #expect(session.freeze().map(\.held) == [true])
            Standstill.with(session.freezerPID) {}
            #expect(volume.isFrozen)
            #expect(session.thaw().map(\.held) == [true])
            #expect(!session.endedEarly)
        }
    }

    @Test("is killed in the middle of its freezing a hundred times, and nothing stays frozen")
    func killedAnywhere() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, megabytes: 32, in: stage.sandbox.path, name: "one") { one in
                try Volume.with(.ext4, megabytes: 32, in: stage.sandbox.path, name: "two") { two in
                    for round in 0..<100 {
                        let targets = try [target(one, wave: 0), target(two, wave: 1)]
                        let session = try stage.session(targets, deadline: 20)
                        let pid = session.freezerPID
                        let killing = Background {
                            usleep(useconds_t(round * 40))
                            kill(pid, SIGKILL)
                        }
                        _ = session.freeze()
                        #expect(killing.value() != nil)
                        _ = session.thaw()
                        session.close()
                        #expect(!one.isFrozen && !two.isFrozen)
                        try #require(!Files.exists(stage.ledgerPath))
                    }
                }
            }
        }
    }

    @Test("keeps its memory locked and is the last to be killed for lack of it")
    func memory() throws {
        try withSession(deadline: 10) { _, _, session in
            let status = Files.text("/proc/\(session.freezerPID)/status") ?? ""
            let locked = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") } ?? ""
            #expect((Int(locked.split(whereSeparator: { !$0.isNumber }).first ?? "") ?? 0) > 0)
            // In a container this may be forbidden, to the freezer as to anybody.
            let isAllowed = (try? Shell.run("sh", "-c", "echo -1000 > /proc/self/oom_score_adj")) != nil
            #expect(Files.line("/proc/\(session.freezerPID)/oom_score_adj") == (isAllowed ? "-1000" : "0"))
        }
    }

    @Test("refuses descriptors that are not the roots of the planned mounts")
    func wrongDescriptor() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let folder = try Descriptor.open(stage.sandbox.path, O_RDONLY | O_DIRECTORY)
                let mixed = FreezeTarget(mount: try mount(of: volume), root: folder)
                #expect(throws: Failure.self) { try stage.session([mixed]) }
            }
        }
    }
}
