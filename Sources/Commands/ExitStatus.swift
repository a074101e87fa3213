internal import Messages

/// The exit statuses of the contract.
enum ExitStatus: Int32 {
    /// Done; for `backup`: a recovery point at the promised level.
    case success = 0
    /// No recovery point, or the command did not succeed.
    case failure = 1
    /// A recovery point at a lower level.
    case degraded = 3
    /// Wrong usage.
    case usage = 64
    /// Another run holds the lock.
    case busy = 75
    /// The configuration cannot be used.
    case configuration = 78

    init(_ outcome: OutcomeName) {
        switch outcome {
        case .succeeded: self = .success
        case .degraded: self = .degraded
        case .failed: self = .failure
        }
    }

    /// The status of a command that could not start its work for this reason.
    init(_ problem: Problem) {
        switch problem {
        case .wrongUsage, .unknownProvider: self = .usage
        case .alreadyRunning: self = .busy
        case .configuration, .configurationUnreadable, .vaultPasswordUnusable, .vaultEnvironmentUnusable:
            self = .configuration
        default: self = .failure
        }
    }
}
