import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("Volumes on images in other volumes", .serialized)
struct NestedTests {
    /// `outer` holds the image of `inner`; `apart` lies elsewhere.
    private func withNest(_ body: (Stage, _ outer: Volume, _ inner: Volume, _ apart: Volume) throws -> Void) throws {
        try Stage.with { stage in
            try Volume.with(.xfs, in: stage.sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, megabytes: 32, in: outer.mountPoint, name: "inner") { inner in
                    try Volume.with(.ext4, megabytes: 32, in: stage.sandbox.path, name: "apart") { apart in
                        // Whatever the test froze is freed before its volumes are taken down.
                        defer {
                            outer.thaw()
                            inner.thaw()
                        }
                        try body(stage, outer, inner, apart)
                    }
                }
            }
        }
    }

    @Test("freeze before the volume that holds them, in whatever order they are given")
    func anyOrder() throws {
        try withNest { stage, outer, inner, apart in
            for volumes in [[outer, inner, apart], [inner, apart, outer], [apart, outer, inner]] {
                let session = try stage.session(volumes, deadline: 60)
                #expect(session.freeze().allSatisfy { $0.held })
                let thawed = session.thaw()
                session.close()
                #expect(thawed.allSatisfy { $0.held && $0.problem == nil })
                #expect(inner.acceptsWrites(withinSeconds: 20) && outer.acceptsWrites(withinSeconds: 20))
            }
        }
    }

    @Test("that cannot freeze because somebody froze the outer one keep no other volume frozen past the deadline")
    func stuckFreeze() throws {
        try withNest { stage, outer, inner, apart in
            try outer.freezeAsForeigner()
            let session = try stage.session([inner, apart], deadline: 3)
            let freezing = Background { session.freeze() }
            #expect(Wait.until { stage.state(apart) == .frozen && stage.state(inner) == .issuing })
            #expect(apart.acceptsWrites(withinSeconds: 20))
            #expect(freezing.value() != nil)
            let thawing = Background { session.thaw() }
            let thawed = try #require(thawing.value())
            #expect(session.deadlineExceeded)
            #expect(thawed.allSatisfy { !$0.held })
            session.close()
            #expect(outer.thaw(), "the foreign freeze still stood")
            #expect(inner.acceptsWrites(withinSeconds: 20))
        }
    }

    @Test("stuck in the middle of a write when the freezer is killed are still thawed in the end")
    func killedWhileWaitingForWriters() throws {
        try withNest { stage, outer, inner, apart in
            try outer.freezeAsForeigner()
            // FIFREEZE waits for this write without a lock, and FITHAW says in the meantime that nothing is frozen.
            let write = try inner.startDirectWrite()
            #expect(Wait.until { isStuck(write.pid) })
            let session = try stage.session([inner, apart], deadline: 60)
            let freezing = Background { session.freeze() }
            #expect(Wait.until { stage.state(apart) == .frozen && stage.state(inner) == .issuing })
            kill(session.freezerPID, SIGKILL)
            #expect(apart.acceptsWrites(withinSeconds: 20), "not before the deadline")
            #expect(freezing.value() != nil)
            #expect(Background { session.thaw() }.value() != nil)
            outer.thaw()
            #expect(inner.acceptsWrites(withinSeconds: 20))
            #expect(Wait.forEnd(of: write.process, seconds: 30))
            ChildProcess.wait(for: write.pid)
            session.close()
        }
    }

    @Test("whose thaw hangs keep no other volume frozen when the freezer is asked to end")
    func stuckThaw() throws {
        try withNest { stage, outer, inner, apart in
            let session = try stage.session([target(apart, wave: 0), target(inner, wave: 1)], deadline: 60)
            #expect(session.freeze().allSatisfy { $0.held })
            try outer.freezeAsForeigner()
            kill(session.freezerPID, SIGTERM)
            #expect(apart.acceptsWrites(withinSeconds: 20))
            #expect(Wait.until { stage.state(inner) == .thawing })
            outer.thaw()
            #expect(inner.acceptsWrites(withinSeconds: 20))
            let thawed = session.thaw()
            session.close()
            #expect(thawed.allSatisfy { !$0.held })
            #expect(session.endedEarly)
        }
    }

    @Test("that are still stuck at the end are thawed by the freezer, and no new freeze begins before")
    func outlivingFreezer() throws {
        try withNest { stage, outer, inner, apart in
            try outer.freezeAsForeigner()
            let write = try inner.startDirectWrite()
            #expect(Wait.until { isStuck(write.pid) })
            let session = try stage.session([inner], deadline: 0.5)
            #expect(Background { session.freeze() }.value() != nil)
            #expect(Background { session.thaw() }.value() != nil)
            #expect(Background { session.close() }.value(withinSeconds: 40) != nil)
            #expect(Files.exists(stage.ledgerPath))
            let again = Background { try? stage.session([apart]) }
            let began = try #require(again.value(withinSeconds: 60))
            #expect(began == nil)
            outer.thaw()
            #expect(inner.acceptsWrites(withinSeconds: 20))
            #expect(Wait.forEnd(of: write.process, seconds: 30))
            ChildProcess.wait(for: write.pid)
            let next = try stage.session([apart, inner])
            #expect(next.freeze().allSatisfy { $0.held })
            #expect(next.thaw().allSatisfy { $0.held })
            next.close()
        }
    }

    @Test("that get stuck while the freezer is stopped do not hang the run")
    func stoppedFreezer() throws {
        try withNest { stage, outer, inner, apart in
            try outer.freezeAsForeigner()
            let session = try stage.session([inner, apart], deadline: 3)
            let freezing = Background { session.freeze() }
            #expect(Wait.until { stage.state(apart) == .frozen })
            kill(session.freezerPID, SIGSTOP)
            #expect(apart.acceptsWrites(withinSeconds: 20))
            #expect(freezing.value() != nil)
            #expect(Background { session.thaw() }.value() != nil)
            outer.thaw()
            #expect(inner.acceptsWrites(withinSeconds: 20))
            session.close()
        }
    }
}

/// In a system call that no signal ends.
func isStuck(_ pid: pid_t) -> Bool {
    let family = [pid] + ProcessTable.all().filter { $0.parent == pid }.map(\.pid)
    return family.contains { pid in
        guard let text = Files.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
        return text[text.index(after: end)...].split(separator: " ").first == "D"
    }
}
