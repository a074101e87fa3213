/// The stable name and number of a problem. Names and numbers up to 599 are the seed documents' and the reference's
/// own, so that existing monitoring keeps working; numbers from 600 are Remanso's.
public struct Code: Sendable, Hashable {
    /// The name, such as `Pre-ScriptTimeout`.
    public let name: String
    /// The number, such as 308.
    public let number: Int
}

/// How bad a problem is.
public enum Severity: String, Sendable, Codable {
    /// Something promised is not kept.
    case error
    /// Worth knowing.
    case warning
}

extension Problem {
    /// The code, the same in every language.
    public var code: Code {
        switch self {
        case .scriptExecutionFailed(let phase, _, _): phase.code("ScriptExecutionFailed", 300)
        case .scriptNotFound(let phase, _, _): phase.code("ScriptNotFound", 302)
        case .scriptPermission(let phase, _):
            Code(name: "InsufficientPermissionfor\(phase.prefix)Script", number: phase == .pre ? 306 : 307)
        case .scriptTimeout(let phase, _, _): phase.code("ScriptTimeout", 308)
        case .pluginHostFile: Code(name: "IncorrectPluginhostFile", number: 304)
        case .pluginHostMissing: Code(name: "IncorrectPluginhostFile", number: 313)
        case .pluginHostPermission: Code(name: "IncorrectPluginhostFile", number: 314)
        case .scriptConfig: Code(name: "IncorrectJSONConfigFile", number: 305)
        case .scriptConfigMissing: Code(name: "ScriptConfigFileMissing", number: 316)
        case .scriptConfigPermission: Code(name: "InsufficientPermissionforConfigFile", number: 317)
        case .unknownKey: Code(name: "UnknownKey", number: 600)
        case .unexpectedPluginName: Code(name: "UnexpectedPluginName", number: 601)
        case .timeoutClamped: Code(name: "TimeoutClamped", number: 602)
        case .noPlugins: Code(name: "NoPlugins", number: 603)
        case .configNotInPluginHost: Code(name: "ConfigNotInPluginHost", number: 604)
        case .freezeSettings: Code(name: "IncorrectFreezeSettingsFile", number: 605)
        case .scriptLeftProcesses: Code(name: "ScriptLeftProcesses", number: 606)
        case .workloadFile: Code(name: "IncorrectWorkloadFile", number: 607)
        case .freezeFailed: Code(name: "FreezeFailed", number: 121)
        case .freezeDeadlineExceeded: Code(name: "FreezeDeadlineExceeded", number: 122)
        case .mountCannotBeOpened: Code(name: "MountCannotBeOpened", number: 123)
        case .foreignFreeze: Code(name: "ForeignFreeze", number: 610)
        case .freezeLost: Code(name: "FreezeLost", number: 611)
        case .freezerDied: Code(name: "FreezerDied", number: 612)
        case .freezerMissing: Code(name: "FreezerMissing", number: 613)
        case .mountVanished: Code(name: "MountVanished", number: 614)
        case .thawFailed: Code(name: "ThawFailed", number: 615)
        case .permissionListener: Code(name: "PermissionListener", number: 620)
        case .swapFileOnVolume: Code(name: "SwapFileOnVolume", number: 621)
        case .auditLogOnVolume: Code(name: "AuditLogOnVolume", number: 622)
        case .loopImageOnVolume: Code(name: "LoopImageOnVolume", number: 623)
        case .vaultOnVolume: Code(name: "VaultOnVolume", number: 624)
        case .stateOnVolume: Code(name: "StateOnVolume", number: 625)
        case .volumeNotFound: Code(name: "VolumeNotFound", number: 630)
        case .volumeUnsupported: Code(name: "VolumeUnsupported", number: 631)
        case .noVolumes: Code(name: "NoVolumes", number: 632)
        case .unknownProvider: Code(name: "UnknownProvider", number: 633)
        case .providerUnsuitable: Code(name: "ProviderUnsuitable", number: 634)
        case .snapshotFailed: Code(name: "SnapshotFailed", number: 635)
        case .snapshotNotReleased: Code(name: "SnapshotNotReleased", number: 636)
        case .nestedSubvolumes: Code(name: "NestedSubvolumes", number: 637)
        case .copyTakesLong: Code(name: "CopyTakesLong", number: 638)
        case .noCommonInstant: Code(name: "NoCommonInstant", number: 626)
        case .changedDuringCopy: Code(name: "ChangedDuringCopy", number: 639)
        case .resticMissing: Code(name: "ResticMissing", number: 640)
        case .resticTooOld: Code(name: "ResticTooOld", number: 641)
        case .vaultMissing: Code(name: "VaultMissing", number: 642)
        case .vaultUnreachable: Code(name: "VaultUnreachable", number: 643)
        case .vaultWrongPassword: Code(name: "VaultWrongPassword", number: 644)
        case .vaultPasswordUnusable: Code(name: "VaultPasswordUnusable", number: 645)
        case .vaultEnvironmentUnusable: Code(name: "VaultEnvironmentUnusable", number: 646)
        case .vaultLocked: Code(name: "VaultLocked", number: 647)
        case .vaultFull: Code(name: "VaultFull", number: 648)
        case .vaultDamaged: Code(name: "VaultDamaged", number: 649)
        case .vaultFailed: Code(name: "VaultFailed", number: 650)
        case .vaultIncomplete: Code(name: "VaultIncomplete", number: 651)
        case .imageIncomplete: Code(name: "ImageIncomplete", number: 676)
        case .imagePathTaken: Code(name: "ImagePathTaken", number: 677)
        case .vaultKeyMade: Code(name: "VaultKeyMade", number: 652)
        case .trackingImpossible: Code(name: "TrackingImpossible", number: 653)
        case .trackingFailed: Code(name: "TrackingFailed", number: 654)
        case .trackingBusy: Code(name: "TrackingBusy", number: 655)
        case .everythingRead: Code(name: "EverythingRead", number: 656)
        case .application(_, let fault): fault.code
        case .drillFailed(_, let fault): fault.code
        case .rcloneMissing: Code(name: "RcloneMissing", number: 686)
        case .recoveryPointNotFound: Code(name: "RecoveryPointNotFound", number: 660)
        case .recoveryPointAmbiguous: Code(name: "RecoveryPointAmbiguous", number: 661)
        case .noRecoveryPoints: Code(name: "NoRecoveryPoints", number: 662)
        case .recoveryPointDamaged: Code(name: "RecoveryPointDamaged", number: 663)
        case .volumeNotInRecoveryPoint: Code(name: "VolumeNotInRecoveryPoint", number: 664)
        case .pathNotInRecoveryPoint: Code(name: "PathNotInRecoveryPoint", number: 665)
        case .restoreWouldOverwrite: Code(name: "RestoreWouldOverwrite", number: 666)
        case .restoreTargetUnusable: Code(name: "RestoreTargetUnusable", number: 667)
        case .changesTooFast: Code(name: "ChangesTooFast", number: 668)
        case .imageNotTrusted: Code(name: "ImageNotTrusted", number: 669)
        case .volumeNotAnImage: Code(name: "VolumeNotAnImage", number: 690)
        case .deviceWouldBeOverwritten: Code(name: "DeviceWouldBeOverwritten", number: 691)
        case .cannotMount: Code(name: "CannotMount", number: 687)
        case .mountInUse: Code(name: "MountInUse", number: 688)
        case .notMounted: Code(name: "NotMounted", number: 689)
        case .configuration: Code(name: "ConfigurationUnusable", number: 670)
        case .configurationUnreadable: Code(name: "ConfigurationUnreadable", number: 671)
        case .wrongUsage: Code(name: "WrongUsage", number: 672)
        case .notRoot: Code(name: "NotRoot", number: 673)
        case .fileExists: Code(name: "FileExists", number: 674)
        case .cannotWrite: Code(name: "CannotWrite", number: 675)
        case .alreadyRunning: Code(name: "AlreadyRunning", number: 680)
        case .interrupted: Code(name: "Interrupted", number: 681)
        case .levelNotReached: Code(name: "LevelNotReached", number: 682)
        case .recoveredEarlierRun: Code(name: "RecoveredEarlierRun", number: 683)
        case .earlierRunNotUndone: Code(name: "EarlierRunNotUndone", number: 684)
        case .systemCall: Code(name: "SystemCallFailed", number: 685)
        }
    }
}

extension ScriptPhase {
    var prefix: String { self == .pre ? "Pre-" : "Post-" }

    fileprivate func code(_ suffix: String, _ number: Int) -> Code {
        Code(name: prefix + suffix, number: self == .pre ? number : number + 1)
    }
}

/// A problem where it was met: what a report lists and what `check` prints.
public struct Finding: Sendable, Equatable {
    /// What went wrong.
    public var problem: Problem
    /// How bad it is here.
    public var severity: Severity
    /// The phase of the run, such as `freeze`; empty outside a run.
    public var phase: String
    /// The file, volume or repository concerned; `nil` when there is none.
    public var subject: String?

    /// A finding; an error unless `severity` says otherwise.
    public init(_ problem: Problem, severity: Severity = .error, phase: String = "", subject: String? = nil) {
        self.problem = problem
        self.severity = severity
        self.phase = phase
        self.subject = subject ?? problem.subject
    }
}

/// An error that ends an operation, in the words of the catalogue.
public struct Failure: Error, Sendable, Equatable {
    /// What went wrong.
    public let problem: Problem

    /// An error for this problem.
    public init(_ problem: Problem) { self.problem = problem }
}
