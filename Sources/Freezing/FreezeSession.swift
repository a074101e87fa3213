internal import CLinux
public import Glibc
public import Linux
public import Messages

/// What became of one volume's freeze.
public struct VolumeFreeze: Sendable, Equatable {
    /// The volume.
    public let mountPoint: String
    /// Remanso froze it, and it stayed frozen until Remanso thawed it.
    public var held: Bool
    /// It was frozen by Remanso at some time.
    public var wasFrozen: Bool
    /// From FIFREEZE to the return of FITHAW.
    public var milliseconds: Double?
    /// Why it could not be frozen, was lost, or could not be thawed.
    public var problem: Problem?
}

/// One freeze of several volumes and control groups, held by the freezer; this process is the second keeper and thaws by itself when the
/// freezer dies or stops.
public final class FreezeSession: Sendable {
    /// How long after the freezer's own deadline this process steps in.
    private static let grace = 0.5

    let ledger: Ledger
    private let freezer: Freezer
    private let keeper: SecondKeeper
    private let thawOrdered = Shared<Instant?>(nil)

    /// Where the ledger is kept, for `remanso thaw`.
    public let ledgerPath: String

    /// Starts the freezer; nothing is frozen yet.
    /// - Parameters:
    ///   - targets: in the order of `FreezeTarget.ordered`.
    ///   - cgroups: none within another. They are frozen before the first volume and thawed after the last.
    ///   - deadlineSeconds: the longest freeze, counted from the first volume's or control group's.
    ///   - ledgerPath: a file on a file system that is not among the targets.
    ///   - freezerPath: the program `remanso-freezer`.
    /// - Throws: `.freezerMissing`, `.systemCall`.
    public init(
        _ targets: [FreezeTarget], cgroups: [Cgroup] = [], deadlineSeconds: Double, ledgerPath: String,
        freezerPath: String
    ) throws(Failure) {
        let things = cgroups.map { FrozenThing.cgroup($0) } + targets.map { FrozenThing.volume($0.root) }
        self.ledgerPath = ledgerPath
        // An earlier freeze that cannot be undone yet must stay on record.
        if let problem = FreezeRecovery.undo(ledgerPath: ledgerPath).compactMap(\.problem).first {
            throw Failure(problem)
        }
        do {
            ledger = try Ledger.create(
                ledgerPath, cgroups: cgroups, targets: targets, deadlineSeconds: deadlineSeconds)
            do {
                freezer = try Freezer.launch(freezerPath, ledger: ledger, things: things)
                ledger.freezer = (freezer.pid, ProcessTable.entry(freezer.pid)?.startTime ?? 0)
                keeper = try SecondKeeper(
                    ledger: ledger, things: things, freezer: freezer, limitSeconds: deadlineSeconds + Self.grace)
            } catch {
                unlink(ledgerPath)
                throw error
            }
        } catch let error as SystemError {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.freezerDied)
        }
    }

    /// Pid of the freezer.
    public var freezerPID: pid_t { freezer.pid }

    /// Freezes all control groups and then all volumes; returns when every FIFREEZE has come back or the freeze is over.
    /// What became of the groups is in `cgroups`.
    public func freeze() -> [VolumeFreeze] {
        if !keeper.startWatch() || !freezer.send("F") || freezer.receive() == nil { keeper.takeOver() }
        return outcome(isOver: false)
    }

    /// Thaws all in the reverse order and ends the freezer.
    public func thaw() -> [VolumeFreeze] {
        thawOrdered.withLock { $0 = $0 ?? .now }
        if !keeper.hasTakenOver {
            let answered = freezer.send("T") && freezer.receive() != nil
            // "T" comes unasked when the deadline or a signal ended the freeze; the ledger says so.
            let left = ledger.mayBeFrozen
            if !answered || left.contains(where: { ledger.state($0) != .abandoned }) {
                keeper.takeOver()
            } else if !left.isEmpty {
                // The freezer thaws them as soon as the kernel lets it.
                keeper.waitUntilThawed()
            }
        }
        keeper.finish()
        return outcome(isOver: true)
    }

    /// Ends the freezer without a freeze, or after one.
    public func close() {
        keeper.finish()
        freezer.end(mayLinger: !ledger.mayBeFrozen.isEmpty)
        if ledger.mayBeFrozen.isEmpty { unlink(ledgerPath) }
    }

    /// From the first FIFREEZE to the last FITHAW in milliseconds; 0 when nothing was frozen.
    public var totalMilliseconds: Double {
        let spans = volumeIndices.map { ledger.span($0) }.filter { $0.issued > 0 && $0.thawed > 0 }
        guard let first = spans.map(\.issued).min(), let last = spans.map(\.thawed).max() else { return 0 }
        return Double(last - first) / 1e6
    }

    /// Whether the deadline ended the freeze.
    public var deadlineExceeded: Bool { ledger.isExpired }

    /// Whether the freeze ended before `thaw` and before the deadline: the freezer died or was asked to end.
    public var endedEarly: Bool {
        !ledger.isExpired && (keeper.hasTakenOver || (0..<ledger.count).contains { wasThawedEarly($0) })
    }

    /// Whether the freeze is over although nobody here has ended it: no snapshot can be of a frozen volume any more.
    public var isOver: Bool {
        ledger.isExpired || keeper.hasTakenOver
            || (0..<ledger.count).contains { ![.frozen, .refused].contains(ledger.state($0)) }
    }

    var cgroupIndices: [Int] { (0..<ledger.count).filter(ledger.isCgroup) }
    private var volumeIndices: [Int] { (0..<ledger.count).filter { !ledger.isCgroup($0) } }
    var isThawOrdered: Bool { thawOrdered.withLock { $0 != nil } }

    /// Remanso froze it, and it is frozen still or stayed so until the thaw was ordered.
    func isHeld(_ index: Int) -> Bool {
        let state = ledger.state(index)
        return isThawOrdered ? state == .thawed && !ledger.isExpired && !endedEarly : state == .frozen
    }

    private func wasThawedEarly(_ index: Int) -> Bool {
        if ledger.state(index) == .cancelled { return true }
        guard ledger.state(index) == .thawed, let ordered = thawOrdered.withLock({ $0 }) else { return false }
        return ledger.span(index).thaw < ordered.nanoseconds
    }

    private func outcome(isOver: Bool) -> [VolumeFreeze] {
        volumeIndices.map { index in
            let state = ledger.state(index)
            let span = ledger.span(index)
            var result = VolumeFreeze(
                mountPoint: ledger.mountPoint(index), held: false,
                wasFrozen: ![.planned, .refused, .cancelled].contains(state),
                milliseconds: span.issued > 0 && span.thawed > 0 ? Double(span.thawed - span.issued) / 1e6 : nil)
            result.held = isHeld(index)
            result.problem = problem(index, state, isOver: isOver)
            return result
        }
    }

    private func problem(_ index: Int, _ state: FreezeState, isOver: Bool) -> Problem? {
        let volume = ledger.mountPoint(index)
        let reason = SystemError.reason(of: ledger.error(index))
        switch state {
        case .refused where ledger.error(index) == EBUSY: return .foreignFreeze(volume: volume)
        case .refused: return .freezeFailed(volume: volume, reason: reason)
        case .lost where ledger.error(index) == EINVAL: return .freezeLost(volume: volume)
        case .lost: return .thawFailed(volume: volume, reason: reason)
        case .issuing, .abandoned, .frozen, .thawing:
            return isOver ? .thawFailed(volume: volume, reason: SystemError.reason(of: ETIMEDOUT)) : nil
        case .planned, .thawed, .cancelled: return nil
        }
    }
}
