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

    var code: Code {
        switch self {
        case .programMissing: Code(name: "DrillProgramMissing", number: 710)
        case .dataMissing: Code(name: "DrillDataMissing", number: 711)
        case .scratchFull: Code(name: "DrillScratchFull", number: 712)
        case .fileSystemDamaged: Code(name: "DrillFileSystemDamaged", number: 713)
        case .portInUse: Code(name: "DrillPortInUse", number: 714)
        case .ended: Code(name: "DrillApplicationEnded", number: 715)
        case .noAnswer: Code(name: "DrillNoAnswer", number: 716)
        case .notOurs: Code(name: "DrillForeignAnswer", number: 717)
        case .checkFailed: Code(name: "DrillCheckFailed", number: 718)
        case .probeFailed: Code(name: "DrillProbeFailed", number: 719)
        case .probeDiffers: Code(name: "DrillProbeDiffers", number: 720)
        case .impossible: Code(name: "DrillImpossible", number: 721)
        }
    }

    /// Whether it tells something of this machine, and nothing of the recovery point: then no evidence is stored.
    public var isOfThisMachine: Bool {
        switch self {
        case .programMissing, .scratchFull, .impossible: true
        case .dataMissing, .fileSystemDamaged, .portInUse, .ended, .noAnswer, .notOurs, .checkFailed, .probeFailed,
            .probeDiffers:
            false
        }
    }

    /// What the application or a check has written; empty when there is nothing.
    public var log: String {
        switch self {
        case .ended(_, _, let log), .noAnswer(_, let log): log
        case .checkFailed(_, let output): output
        case .fileSystemDamaged(_, let detail): detail
        default: ""
        }
    }
}
