internal import CLinux
internal import Glibc
internal import Linux
public import Messages

/// The third line: undoes what a ledger still names after both keepers have died.
public enum FreezeRecovery {
    /// What was done about one volume.
    public struct Step: Sendable, Equatable {
        /// The volume.
        public let volume: String
        /// Why it could not be thawed; `nil` when it is thawed now.
        public let problem: Problem?
        /// It had been frozen, and this call thawed it.
        public let wasFrozen: Bool
    }

    /// Thaws every volume that the ledger says Remanso has frozen, or may have, and no other. The ledger is removed
    /// when nothing of it is left.
    /// - Returns: one step for each such volume; empty when there is none or the ledger is of an earlier boot.
    public static func undo(ledgerPath: String) -> [Step] {
        guard let ledger = Ledger.open(ledgerPath) else {
            unlink(ledgerPath)
            return []
        }
        var steps: [Step] = []
        for wave in ledger.wavesToThaw {
            for index in ledger.indices(inWave: wave) where ledger.state(index).mayBeFrozen {
                steps.append(thaw(ledger, index))
            }
        }
        if steps.allSatisfy({ $0.problem == nil }) { unlink(ledgerPath) }
        return steps
    }

    private static func thaw(_ ledger: Ledger, _ index: Int) -> Step {
        let volume = ledger.mountPoint(index)
        guard let root = root(ledger, index) else {
            return Step(volume: volume, problem: .mountVanished(volume: volume), wasFrozen: false)
        }
        // FITHAW may hang, for instance on a suspended device: it must not take this process with it.
        let result = Shared<Int32?>(nil)
        _ = Thread {
            let code = remanso_thaw(root.number) == 0 ? 0 : errno
            result.withLock { $0 = code }
        }
        let patience = Instant.now.advanced(bySeconds: 5)
        while result.withLock({ $0 }) == nil, Instant.now < patience { usleep(1_000) }
        guard let code = result.withLock({ $0 }) else {
            let reason = SystemError("", "", code: ETIMEDOUT).reason
            return Step(volume: volume, problem: .thawFailed(volume: volume, reason: reason), wasFrozen: true)
        }
        guard code == 0 || code == EINVAL else {
            let reason = SystemError("", "", code: code).reason
            return Step(volume: volume, problem: .thawFailed(volume: volume, reason: reason), wasFrozen: true)
        }
        ledger.setState(index, .thawed)
        return Step(volume: volume, problem: nil, wasFrozen: code == 0)
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
        return try? DetachedMount(ledger.filesystem(index), source: ledger.source(index), options: []).root()
    }
}
