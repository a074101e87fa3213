import Fixtures
import Glibc
import Linux
import Testing

/// Defects of the reference that users met, 6 to 9: freezes that nobody undid, or that somebody else had made.
@Suite("Defects of the reference: freezing", .serialized)
struct DefectFreezeTests {
    /// Holds a freeze of Remanso's open for `body`, which is told the pids of `remanso` and of the freezer.
    ///
    /// The run has a second volume, a btrfs that somebody else has frozen: its snapshot waits until it is thawed, and so
    /// does the freeze of the first one.
    private func whileFrozen(
        _ body: @escaping @Sendable (_ frozen: Volume, _ remanso: pid_t, _ freezer: pid_t) -> Void,
        then judge: (Machine, BackupCall?) throws -> Void
    ) throws {
        try Machine.with(.ext4) { machine, frozen in
            try Volume.with(.btrfs, in: machine.sandbox.path, name: "slow") { slow in
                // The deadline is no part of this.
                try machine.configure("freeze: {deadline: 60s}\n")
                try slow.freezeAsForeigner()
                defer { slow.thaw() }
                let pid = Shared<pid_t>(0)
                let watch = Thread {
                    defer { slow.thaw() }
                    wait(seconds: 60) {
                        // Before the pre-script there is a freeze for an instant, to begin the tracking.
                        machine.framework.diary == ["pre"] && ledgerState(of: frozen) == .frozen
                    }
                    let remanso = pid.withLock { $0 }
                    let freezer = ProcessTable.all().first {
                        $0.parent == remanso && Files.line("/proc/\($0.pid)/comm") == "remanso-freezer"
                    }
                    guard let freezer else { return }
                    body(frozen, remanso, freezer.pid)
                }
                let command = try machine.remanso([frozen, slow])
                let result = try? command.run(["backup", "--json"]) { started in pid.withLock { $0 = started } }
                watch?.join()
                let call = try result.map { BackupCall(status: $0.status, report: try $0.json()) }
                try judge(machine, call)
            }
        }
    }

    @Test("Defect 6: the freezer is killed: everything is thawed at once")
    func freezerKilled() throws {
        let states = Shared<[Bool]>([])
        try whileFrozen { frozen, _, freezer in
            let before = frozen.acceptsWrites(withinSeconds: 0.2)
            kill(freezer, SIGKILL)
            let after = frozen.acceptsWrites(withinSeconds: 20)
            states.withLock { $0 = [before, after] }
        } then: { machine, call in
            let call = try #require(call)
            #expect(states.withLock { $0 } == [false, true], "frozen before, thawed after")
            try machine.expect(call, .failed, errors: ["FreezerDied 612"], diary: ["pre", "post ok failed"])
        }
    }

    @Test("Defect 6: Remanso itself is killed: everything is thawed at once, and `thaw` runs the owed post-script")
    func remansoKilled() throws {
        let states = Shared<[Bool]>([])
        try whileFrozen { frozen, remanso, _ in
            let before = frozen.acceptsWrites(withinSeconds: 0.2)
            kill(remanso, SIGKILL)
            let after = frozen.acceptsWrites(withinSeconds: 20)
            states.withLock { $0 = [before, after] }
        } then: { machine, call in
            #expect(call == nil)
            #expect(states.withLock { $0 } == [false, true], "frozen before, thawed after")
            #expect(machine.framework.diary == ["pre"])
            let thaw = try machine.remanso()("thaw", "--json")
            #expect(thaw.status == 0, Comment(rawValue: thaw.output + thaw.errors))
            #expect(machine.framework.diary.count == 2)
            #expect(machine.framework.diary.last?.hasPrefix("post ") == true)
            #expect(try machine.remanso()("list", "--json").json()["recoveryPoints"].array.isEmpty)
        }
    }

    // A SIGHUP from another process is restic asking whether the vault's lock is still held (`LockTests`).
    @Test("Defect 9: asked to end while frozen, Remanso thaws at once", arguments: [SIGTERM, SIGINT, SIGQUIT])
    func signalled(signal: Int32) throws {
        let states = Shared<[Bool]>([])
        try whileFrozen { frozen, remanso, _ in
            let before = frozen.acceptsWrites(withinSeconds: 0.2)
            kill(remanso, signal)
            let after = frozen.acceptsWrites(withinSeconds: 20)
            states.withLock { $0 = [before, after] }
        } then: { machine, call in
            let call = try #require(call)
            #expect(states.withLock { $0 } == [false, true], "frozen before, thawed after")
            try machine.expect(call, .failed, errors: ["Interrupted 681"], diary: ["pre", "post ok failed"])
        }
    }

    @Test("Defect 9: asked to end during the pre-script, Remanso runs the post-script and freezes nothing")
    func signalledEarly() throws {
        try Machine.with(.ext4) { machine, volume in
            try machine.framework.write(pre: "kill -TERM $PPID; sleep 600")
            let call = try machine.backup([volume])
            try machine.expect(call, .failed, errors: ["Interrupted 681"], diary: ["pre", "post failed none"])
            #expect(call.volume(volume)["frozen"].bool == false)
        }
    }

    @Test("Defect 7: a FIFREEZE stuck on a loop mount holds back no other thaw, and is undone when it returns")
    func stuckFreeze() throws {
        try Machine.with(.ext4) { machine, plain in
            try Volume.with(.xfs, in: machine.sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner in
                    try machine.configure("freeze: {deadline: 300ms}\n")
                    // Somebody else freezes the outer volume at the worst moment.
                    try machine.framework.write(pre: "fsfreeze --freeze \(outer.mountPoint)")
                    defer { outer.thaw() }
                    let wasThawed = Shared(false)
                    let watch = Thread {
                        defer { outer.thaw() }
                        wait(seconds: 60) {
                            // By then the deadline, which is short, may have thawed the other volume already.
                            ledgerState(of: inner) == .issuing
                                && ![.planned, .issuing].contains(ledgerState(of: plain))
                        }
                        let thawed = plain.acceptsWrites(withinSeconds: 20)
                        wasThawed.withLock { $0 = thawed }
                    }
                    let call = try machine.backup([plain, inner], ["--provider", "copy"])
                    watch?.join()
                    #expect(wasThawed.withLock { $0 }, "the other volume must be thawed while the inner one is stuck")
                    #expect(call.status == 1)
                    #expect(call.errors.contains("FreezeDeadlineExceeded 122"), Comment(rawValue: call.messages))
                    #expect(machine.framework.diary == ["pre", "post ok failed"])
                    #expect(inner.acceptsWrites(withinSeconds: 20), "undone as soon as FIFREEZE had returned")
                    #expect(!inner.thaw(), "nothing is frozen any more")
                }
            }
        }
    }

    @Test(
        "Defect 7: of nested volumes the inner one is frozen first, so that none gets stuck", arguments: [false, true])
    func nestedOrder(innerIsNamedFirst: Bool) throws {
        try Machine.with(.xfs) { machine, outer in
            try Volume.with(.ext4, in: outer.mountPoint, name: "inner") { inner in
                let volumes = innerIsNamedFirst ? [inner, outer] : [outer, inner]
                let plan = try machine.remanso(volumes)("backup", "--dry-run", "--json").json()
                let order = plan["freezeOrder"].array.map { $0[0].string }
                #expect(order == [inner.mountPoint, outer.mountPoint])
                let rehearsal = try machine.backup(volumes, ["--rehearse"])
                #expect(rehearsal.status == 0, Comment(rawValue: rehearsal.messages))
                #expect(rehearsal.errors.isEmpty)
                #expect(rehearsal.volume(inner)["frozen"].bool == true)
                #expect(rehearsal.volume(outer)["frozen"].bool == true)
            }
        }
    }

    @Test("Defect 8: a freeze that fails thaws nothing that somebody else has frozen")
    func foreignFreezeStands() throws {
        try Machine.with(.ext4) { machine, own in
            try Volume.with(.xfs, in: machine.sandbox.path, name: "foreign") { foreign in
                try foreign.freezeAsForeigner()
                let call = try machine.backup([own, foreign], ["--require", "filesystem"])
                #expect(call.errors.contains("ForeignFreeze 610"))
                #expect(own.acceptsWrites(withinSeconds: 20))
                let thaw = try machine.remanso()("thaw", "--json")
                #expect(thaw.status == 0)
                #expect(try thaw.json()["thawed"].array.isEmpty)
                #expect(!foreign.acceptsWrites(withinSeconds: 0.3), "the foreign freeze must still stand")
                #expect(foreign.thaw())
            }
        }
    }
}
