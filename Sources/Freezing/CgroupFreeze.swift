internal import Glibc
internal import Linux
public import Messages

/// What became of one control group's freeze.
public struct CgroupFreeze: Sendable, Equatable {
    /// Its folder.
    public let path: String
    /// Every process of it stood still, until Remanso thawed it.
    public var held = false
    /// From the request until every process stood still, in milliseconds; `nil` when that never was.
    public var freezeMilliseconds: Double?
    /// How long the thaw took.
    public var thawMilliseconds: Double?
    /// From the request until it was let go.
    public var heldMilliseconds: Double?
    /// Why it was not frozen, or not until the end.
    public var obstacle: CgroupObstacle?
    /// Why it could not be thawed.
    public var thawProblem: Problem?
}

extension FreezeSession {
    /// What became of the control groups, in the order in which they were given.
    public var cgroups: [CgroupFreeze] { cgroupIndices.map(cgroup) }

    private func cgroup(_ index: Int) -> CgroupFreeze {
        let state = ledger.state(index), span = ledger.span(index), error = ledger.error(index)
        var result = CgroupFreeze(path: ledger.mountPoint(index))
        result.held = isHeld(index)
        if ![.planned, .issuing, .refused, .cancelled].contains(state) {
            result.freezeMilliseconds = milliseconds(span.issued, span.frozen)
            result.thawMilliseconds = milliseconds(span.thaw, span.thawed)
            result.heldMilliseconds = milliseconds(span.issued, span.thawed)
        }
        switch state {
        case .refused where error == EBUSY: result.obstacle = .frozenByOthers
        case .refused where error == ETIMEDOUT: result.obstacle = .restless
        case .refused: result.obstacle = .failed(reason: SystemError.reason(of: error))
        case .lost where error == EINVAL: result.obstacle = .thawedByOthers
        case .lost: result.thawProblem = .thawFailed(volume: result.path, reason: SystemError.reason(of: error))
        case .issuing, .abandoned, .frozen, .thawing:
            let reason = SystemError.reason(of: ETIMEDOUT)
            result.thawProblem = isThawOrdered ? .thawFailed(volume: result.path, reason: reason) : nil
        case .planned, .thawed, .cancelled: break
        }
        return result
    }

    private func milliseconds(_ start: Int64, _ end: Int64) -> Double? {
        start > 0 && end >= start ? Double(end - start) / 1e6 : nil
    }
}
