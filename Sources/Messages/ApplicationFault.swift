/// Why an application could not be brought to rest, held, or let go.
public enum ApplicationFault: Error, Codable, Sendable, Equatable {
    /// A client library is not installed; `package` is Debian's name for it.
    case libraryMissing(library: String, package: String)
    /// The credentials file cannot be used.
    case credentialsUnusable(path: String, reason: String)
    /// The server refuses the user or the password.
    case refused(detail: String)
    /// The server does not answer.
    case unreachable(detail: String)
    /// The server answers but serves nobody: it starts, loads, or has no data.
    case notReady(detail: String)
    /// The server is older than what this adapter can work with.
    case versionTooOld(found: String, needed: String)
    /// Data lies on no volume of the run.
    case outsideVolumes(path: String)
    /// Data lies on volumes whose snapshots are not of one instant.
    case noCommonInstant(volumes: [String])
    /// Something else holds the application up, and waiting for it would hold up everybody.
    case busy(detail: String)
    /// It could not be brought to rest.
    case quiesceFailed(detail: String)
    /// Its own deadline came first, and it was let go.
    case deadlineExceeded(seconds: Double)
    /// The session ended while it should have held the application.
    case sessionLost(detail: String)
    /// It was not let go as it should have been.
    case releaseFailed(detail: String)
    /// A setting that it cannot work with.
    case setting(key: String, reason: String)
    /// Its control group cannot be frozen, or was not until the end.
    case cgroup(path: String, CgroupObstacle)

    /// The reference's codes where it has one for this (`FailedWorkload…`, 500 to 511), else Remanso's own.
    var code: Code {
        switch self {
        case .libraryMissing: Code(name: "ApplicationLibraryMissing", number: 700)
        case .credentialsUnusable, .refused: Code(name: "FailedWorkloadAuthorizationMissing", number: 505)
        case .unreachable: Code(name: "FailedWorkloadConnectionError", number: 506)
        case .notReady: Code(name: "FailedWorkloadDatabaseNotOpen", number: 508)
        case .versionTooOld: Code(name: "ApplicationVersionTooOld", number: 701)
        case .outsideVolumes: Code(name: "ApplicationOutsideVolumes", number: 702)
        case .noCommonInstant: Code(name: "ApplicationWithoutCommonInstant", number: 703)
        case .busy: Code(name: "ApplicationBusy", number: 704)
        case .quiesceFailed: Code(name: "FailedWorkloadQuiescingError", number: 509)
        case .deadlineExceeded: Code(name: "FailedWorkloadQuiescingTimeout", number: 510)
        case .sessionLost: Code(name: "ApplicationSessionLost", number: 705)
        case .releaseFailed: Code(name: "FailedWorkloadPostError", number: 504)
        case .setting: Code(name: "FailedWorkloadConfParsingError", number: 501)
        case .cgroup(_, let obstacle): obstacle.code
        }
    }
}
