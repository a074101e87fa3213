/// Why a control group is not frozen, or was not until the end.
public enum CgroupObstacle: Error, Codable, Sendable, Equatable {
    /// Neither `unit` nor `cgroup` is given, or both are.
    case notNamed
    /// There is no such group: nothing of that name runs.
    case missing
    /// Several groups have the name.
    case ambiguous(paths: [String])
    /// The path is no group of version 2.
    case notCgroup
    /// The root of all groups cannot freeze, and before Linux 5.2 no group can.
    case cannotFreeze
    /// Remanso itself runs in it, or what has started Remanso.
    case holdsRemanso
    /// It is the group of another application, lies within it, or holds it.
    case overlaps(name: String)
    /// It was frozen already.
    case frozenByOthers
    /// Somebody else thawed it, or its processes were ended, before the snapshot was taken.
    case thawedByOthers
    /// Not every process of it came to rest in time.
    case restless
    /// The kernel refuses.
    case failed(reason: String)

    /// The code of the fault of another application that is most like it.
    var code: Code {
        switch self {
        case .notNamed, .ambiguous, .notCgroup, .cannotFreeze, .holdsRemanso, .overlaps:
            ApplicationFault.setting(key: "", reason: "").code
        case .missing: ApplicationFault.notReady(detail: "").code
        case .frozenByOthers: ApplicationFault.busy(detail: "").code
        case .thawedByOthers: ApplicationFault.sessionLost(detail: "").code
        case .restless, .failed: ApplicationFault.quiesceFailed(detail: "").code
        }
    }
}
