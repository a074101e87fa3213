/// The first thing that went wrong in a drill.
public enum DrillFault: Error, Codable, Sendable, Equatable {
    /// The program that starts the application is not installed here.
    case programMissing(program: String)
    /// A folder or file of the application is not in the recovery point.
    case dataMissing(path: String)
    /// There is no room for the restored data.
    case scratchFull(path: String)
    /// The file system of a volume is damaged.
    case fileSystemDamaged(volume: String, detail: String)
    /// The application needs a port that is in use.
    case portInUse(detail: String)
    /// The application ended instead of serving.
    case ended(program: String, how: String, log: String)
    /// The application did not answer in time.
    case noAnswer(seconds: Double, log: String)
    /// Another process answered than the one that was started.
    case notOurs(pid: Int32)
    /// One of the application's own checks found something.
    case checkFailed(check: String, output: String)
    /// The user's probe failed.
    case probeFailed(detail: String)
    /// The user's probe answered something else.
    case probeDiffers(expected: String, found: String)
    /// The drill could not be carried out; it says nothing about the recovery point.
    case impossible(detail: String)
}
