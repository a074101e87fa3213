import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("The freeze of a control group", .serialized)
struct CgroupTests {
    /// A group that writes to a volume, and a session that is to freeze both.
    private func withSession(
        deadline: Double = 60, _ body: (Stage, ControlGroup, Volume, FreezeSession) throws -> Void
    ) throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                try ControlGroup.with(counting: volume.path("lines")) { group in
                    let session = try stage.session([volume], group, deadline: deadline)
                    defer { session.close() }
                    try body(stage, group, volume, session)
                }
            }
        }
    }

    @Test("holds it and what it writes to until the thaw, and leaves nothing behind")
    func holdsAndThaws() throws {
        try withSession { stage, group, volume, session in
            #expect(group.counts())
            let frozen = session.freeze()
            #expect(frozen.map(\.mountPoint) == [volume.mountPoint], "a group is no volume")
            #expect(frozen.map(\.held) == [true] && session.cgroups.map(\.held) == [true])
            #expect(group.standsStill && volume.isFrozen)
            #expect(LedgerView(stage.ledgerPath)?.states[group.cgroup.path] == .frozen)
            #expect(session.thaw().map(\.held) == [true])
            let result = try #require(session.cgroups.first)
            #expect(result.held && result.obstacle == nil && result.thawProblem == nil)
            #expect((result.heldMilliseconds ?? 0) >= 100 && (result.freezeMilliseconds ?? -1) >= 0)
            // The group rests before the first FIFREEZE and until after the last FITHAW.
            #expect((result.heldMilliseconds ?? 0) > session.totalMilliseconds)
            #expect(group.counts() && !group.cgroup.isAskedToFreeze)
            session.close()
            #expect(!Files.exists(stage.ledgerPath))
        }
    }

    @Test("needs no volume")
    func alone() throws {
        try Stage.with { stage in
            try ControlGroup.with(counting: stage.sandbox.path("lines")) { group in
                let session = try stage.session([], group)
                #expect(session.freeze().isEmpty)
                #expect(group.standsStill)
                #expect(session.thaw().isEmpty && session.cgroups.map(\.held) == [true])
                #expect(!session.endedEarly && session.totalMilliseconds == 0)
                session.close()
                #expect(group.counts())
            }
        }
    }

    @Test("of somebody else is named and stands, and the volumes are frozen all the same")
    func foreignFreeze() throws {
        try withSession { _, group, volume, session in
            try group.freezeAsForeigner()
            #expect(session.freeze().map(\.held) == [true])
            #expect(session.cgroups.map(\.obstacle) == [.frozenByOthers])
            #expect(session.thaw().map(\.held) == [true])
            #expect(session.cgroups.map(\.held) == [false])
            #expect(group.standsStill, "the foreign freeze still stands")
            #expect(volume.acceptsWrites(withinSeconds: 20))
        }
    }

    @Test("by way of the group above it is somebody else's as well")
    func frozenFromAbove() throws {
        try Stage.with { stage in
            try ControlGroup.withFolder("above") { above in
                let below = "\(above)/below"
                #expect(mkdir(below, 0o755) == 0)
                try ControlGroup.freeze(above)
                let session = try stage.session([], try Cgroup(below))
                _ = session.freeze()
                #expect(session.cgroups.map(\.obstacle) == [.frozenByOthers])
                _ = session.thaw()
                session.close()
                #expect(try Cgroup(above).isAskedToFreeze)
                #expect(try !Cgroup(below).isAskedToFreeze)
            }
        }
    }

    @Test("that a third party undid is reported")
    func thirdParty() throws {
        try withSession { _, group, _, session in
            _ = session.freeze()
            #expect(group.thaw())
            _ = session.thaw()
            #expect(session.cgroups.map(\.held) == [false])
            #expect(session.cgroups.map(\.obstacle) == [.thawedByOthers])
        }
    }

    @Test("ends at the deadline, and is not taken for one that held")
    func deadline() throws {
        try withSession(deadline: 0.5) { _, group, volume, session in
            _ = session.freeze()
            #expect(group.counts(withinSeconds: 20) && volume.acceptsWrites(withinSeconds: 20))
            _ = session.thaw()
            #expect(session.deadlineExceeded && session.cgroups.map(\.held) == [false])
        }
    }

    @Test("that cannot come about is given up in time, and the volumes are frozen all the same")
    func restless() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "stuck") { stuck in
                try Volume.with(.ext4, in: stage.sandbox.path, name: "ours") { ours in
                    try ControlGroup.with(counting: stuck.path("lines")) { group in
                        defer { stuck.thaw() }
                        try stuck.freezeAsForeigner()
                        // Its process waits for the frozen volume, and nothing but its thaw ends that.
                        let session = try stage.session([ours], group, deadline: 12)
                        #expect(session.freeze().map(\.held) == [true])
                        #expect(session.cgroups.map(\.obstacle) == [.restless])
                        #expect(!group.cgroup.isAskedToFreeze)
                        #expect(session.thaw().map(\.held) == [true])
                        session.close()
                        #expect(stuck.thaw(), "the foreign freeze still stood")
                        #expect(group.counts())
                    }
                }
            }
        }
    }

    @Test(
        "that waits for a process is given up at once when the freezer is told to end", arguments: [SIGTERM, SIGKILL])
    func killedWhileWaiting(_ signal: Int32) throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "stuck") { stuck in
                try ControlGroup.with(counting: stuck.path("lines")) { group in
                    defer { stuck.thaw() }
                    try stuck.freezeAsForeigner()
                    let session = try stage.session([], group, deadline: 60)
                    let freezing = Background { session.freeze() }
                    #expect(Wait.until { group.cgroup.isAskedToFreeze })
                    kill(session.freezerPID, signal)
                    #expect(freezing.value() != nil)
                    _ = session.thaw()
                    #expect(session.endedEarly && !group.cgroup.isAskedToFreeze)
                    session.close()
                    #expect(stuck.thaw(), "the foreign freeze still stood")
                    #expect(group.counts())
                }
            }
        }
    }

    @Test(
        "is undone at once when the freezer gets a signal that ends it",
        arguments: [SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGUSR1])
    func signals(_ signal: Int32) throws {
        try withSession { _, group, volume, session in
            _ = session.freeze()
            #expect(group.standsStill)
            kill(session.freezerPID, signal)
            #expect(group.counts(withinSeconds: 20) && volume.acceptsWrites(withinSeconds: 20))
            _ = session.thaw()
            #expect(session.endedEarly && session.cgroups.map(\.held) == [false])
        }
    }

    @Test("is undone at the deadline when the freezer is stopped")
    func stoppedFreezer() throws {
        try withSession(deadline: 1) { _, group, _, session in
            _ = session.freeze()
            kill(session.freezerPID, SIGSTOP)
            #expect(group.counts(withinSeconds: 20))
            _ = session.thaw()
            #expect(session.deadlineExceeded)
        }
    }

    @Test("is killed in the middle a hundred times, and the process always goes on")
    func killedAnywhere() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                try ControlGroup.with(counting: volume.path("lines")) { group in
                    for round in 0..<100 {
                        let session = try stage.session([volume], group)
                        let pid = session.freezerPID
                        let killing = Background {
                            usleep(useconds_t(round * 40))
                            kill(pid, SIGKILL)
                        }
                        _ = session.freeze()
                        #expect(killing.value() != nil)
                        _ = session.thaw()
                        session.close()
                        try #require(!group.cgroup.isAskedToFreeze && !volume.isFrozen)
                        try #require(!Files.exists(stage.ledgerPath))
                    }
                    #expect(group.counts())
                }
            }
        }
    }
}
