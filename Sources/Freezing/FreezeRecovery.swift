internal import CLinux
internal import Glibc
internal import Linux
public import Messages

/// The third line: undoes what a ledger still names after both keepers have died.
public enum FreezeRecovery {
    /// What was done about one volume or control group.
    public struct Step: Sendable, Equatable {
        /// The volume, or the control group's folder.
        public let volume: String
        /// Why it could not be thawed; `nil` when it is thawed now.
        public let problem: Problem?
        /// It had been frozen, and this call thawed it.
        public let wasFrozen: Bool
    }

    /// Thaws everything that the ledger says Remanso has frozen, or may have, and no other. The ledger is removed
    /// when nothing of it is left.
    /// - Returns: one step for each such volume; empty when there is none or the ledger is of an earlier boot.
    public static func undo(ledgerPath: String) -> [Step] {
        guard let ledger = Ledger.open(ledgerPath) else {
            unlink(ledgerPath)
            return []
        }
        let freezer = LivingFreezer(ledger)
        let owed = ledger.mayBeFrozen
        if owed.isEmpty {
            // A living run has frozen nothing yet, and will need its ledger.
            if freezer == nil { unlink(ledgerPath) }
            return []
        }
        ledger.forbidFurtherFreezing()
        freezer?.end { ledger.mayBeFrozen.isEmpty }
        let steps = thawAll(ledger, owed, freezer)
        if steps.allSatisfy({ $0.problem == nil }) { unlink(ledgerPath) }
        return steps
    }

    /// Wave after wave, but one that is stuck must not keep the others frozen: its successors wait for it only so long.
    private static func thawAll(_ ledger: Ledger, _ owed: [Int], _ freezer: LivingFreezer?) -> [Step] {
        let waves = ledger.wavesToThaw.map { ledger.indices(inWave: $0).filter(owed.contains) }
        let start = Instant.now
        let bodies = waves.enumerated().flatMap { position, wave in
            let earlier = waves[..<position].flatMap { $0 }
            let patience = start.advanced(bySeconds: 0.25 * Double(position))
            return wave.map { index in
                { @Sendable in
                    while earlier.contains(where: { ledger.state($0).mayBeFrozen }), Instant.now < patience {
                        usleep(1_000)
                    }
                    return thaw(ledger, index, freezer)
                }
            }
        }
        return Threads.concurrently(bodies)
    }

    private static func thaw(_ ledger: Ledger, _ index: Int, _ freezer: LivingFreezer?) -> Step {
        let volume = ledger.mountPoint(index)
        if !ledger.state(index).mayBeFrozen {
            return Step(volume: volume, problem: nil, wasFrozen: ledger.state(index) == .thawed)
        }
        if ledger.wasNeverIssued(index), freezer?.hasEnded ?? true {
            ledger.setState(index, .cancelled)
            return Step(volume: volume, problem: nil, wasFrozen: false)
        }
        guard let thing = thing(ledger, index) else {
            if ledger.isCgroup(index) { return goneCgroup(ledger, index) }
            return Step(volume: volume, problem: .mountVanished(volume: volume), wasFrozen: false)
        }
        let code = thaw(
            { ledger.mayBeForeign(index) ? EINVAL : thing.thaw() },
            isFinal: { freezer?.hasEnded ?? true || !ledger.isUnderWay(index) })
        guard code == 0 || code == EINVAL else {
            let reason = SystemError.reason(of: code)
            return Step(volume: volume, problem: .thawFailed(volume: volume, reason: reason), wasFrozen: true)
        }
        ledger.setState(index, .thawed)
        return Step(volume: volume, problem: nil, wasFrozen: code == 0)
    }

    /// FITHAW may hang, for instance on a suspended device: it must not take this process with it. While a FIFREEZE is
    /// under way it may say that nothing is frozen, and the freeze comes about after that.
    /// - Returns: the error; `EINVAL` when it is certain that nothing is frozen, `ETIMEDOUT` when patience is over.
    private static func thaw(
        _ attempt: @escaping @Sendable () -> Int32, isFinal: @escaping @Sendable () -> Bool
    ) -> Int32 {
        let result = Shared<Int32?>(nil)
        let thread = Thread {
            while true {
                let isLast = isFinal()
                let code = attempt()
                if code != EINVAL || isLast { return result.withLock { $0 = code } }
                usleep(2_000)
            }
        }
        if thread == nil { return EAGAIN }
        let patience = Instant.now.advanced(bySeconds: 5)
        while result.withLock({ $0 }) == nil, Instant.now < patience { usleep(1_000) }
        return result.withLock { $0 } ?? ETIMEDOUT
    }

    private static func thing(_ ledger: Ledger, _ index: Int) -> FrozenThing? {
        guard ledger.isCgroup(index) else { return root(ledger, index).map { .volume($0) } }
        let cgroup = try? Cgroup(ledger.mountPoint(index))
        return cgroup.flatMap { $0.inode == ledger.inode(index) ? .cgroup($0) : nil }
    }

    /// Where the file system of the groups is, and not the group any more, there is no process of it either.
    private static func goneCgroup(_ ledger: Ledger, _ index: Int) -> Step {
        let path = ledger.mountPoint(index)
        let mount = (try? MountTable.current())?.mount(containing: path)
        guard mount?.filesystem == "cgroup2" else {
            return Step(volume: path, problem: .mountVanished(volume: path), wasFrozen: false)
        }
        ledger.setState(index, .thawed)
        return Step(volume: path, problem: nil, wasFrozen: false)
    }

    /// The root of any mount of the file system. One that was unmounted is still frozen: mount it again to thaw it.
    private static func root(_ ledger: Ledger, _ index: Int) -> Descriptor? {
        let device = ledger.device(index)
        let table = try? MountTable.current()
        let mounts = table?.mounts.filter { $0.device == device && $0.filesystem == ledger.filesystem(index) } ?? []
        for mount in mounts.sorted(by: { first, _ in first.id == ledger.mountID(index) }) {
            if let target = try? FreezeTarget.open(mount) { return target.root }
        }
        guard BlockDevices.number(ofNode: ledger.source(index)) == device else { return nil }
        // The frozen one is still there and keeps its state, mostly writable; "ro" is for one that is gone already.
        let type = ledger.filesystem(index), source = ledger.source(index)
        let mount =
            (try? DetachedMount(type, source: source, options: []))
            ?? (try? DetachedMount(
                type, source: source, options: [], isShared: true))
        return try? mount?.root()
    }
}

/// The freezer that a ledger names, when it lives still.
private struct LivingFreezer: Sendable {
    private let process: Descriptor

    init?(_ ledger: Ledger) {
        let (pid, startTime) = ledger.freezer
        guard pid > 0 else { return nil }
        let number = remanso_pidfd_open(pid)
        guard number >= 0 else { return nil }
        process = Descriptor(owning: number, path: "freezer")
        // Another process may have its pid by now.
        guard ProcessTable.entry(pid)?.startTime == startTime, !hasEnded else { return nil }
    }

    /// Whether every thread of it has ended.
    var hasEnded: Bool {
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) == 1
    }

    /// Asks it to thaw, and gives it a second: it knows the order.
    func end(_ isDone: () -> Bool) {
        _ = remanso_pidfd_signal(process.number, SIGTERM)
        let patience = Instant.now.advanced(bySeconds: 1)
        while !hasEnded, !isDone(), Instant.now < patience { usleep(1_000) }
    }
}
