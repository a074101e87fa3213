/// The script that an event is about.
public enum ScriptPhase: String, Sendable, Codable {
    /// The script before the snapshot.
    case pre
    /// The script after the snapshot.
    case post
}

/// How a script ended badly.
public enum ScriptEnding: Sendable, Equatable {
    /// With an exit status other than 0.
    case exited(Int32)
    /// By a signal.
    case killed(Int32)
    /// It could not be started, for the kernel's reason.
    case notStarted(reason: String)
}

/// What is wrong with a script framework's file (JSON or INI).
public enum FileFault: Sendable, Equatable {
    /// The syntax is broken at this place; `found` is what stands there.
    case syntax(line: Int, column: Int, found: String)
    /// The text is not UTF-8.
    case notUTF8
    /// The file is larger than `limit` bytes.
    case tooLarge(limit: Int)
    /// Values are nested deeper than `limit`.
    case tooDeep(limit: Int)
    /// Not a regular file: a folder, a fifo, a device, a symbolic link.
    case notRegular
    /// The file cannot be read, for the kernel's reason.
    case unreadable(reason: String)
    /// A required key or section is missing.
    case missing(key: String)
    /// A key stands twice.
    case duplicate(key: String)
    /// A value has the wrong type; `expected` is a type.
    case wrongType(key: String, expected: ValueType)
    /// A number is outside its limits.
    case outOfRange(key: String, value: String, lowest: Int, highest: Int)
    /// A text may not be empty.
    case empty(key: String)
    /// A path must be absolute.
    case notAbsolute(key: String, value: String)
    /// A text holds a NUL, which no path or parameter can.
    case holdsNUL(key: String)
}

/// The type that a configuration value should have.
public enum ValueType: Sendable, Equatable {
    /// A text in quotes.
    case string
    /// An array of texts.
    case stringArray
    /// A whole number.
    case integer
    /// `true` or `false`.
    case boolean
    /// An object or mapping.
    case object
    /// An array of objects or mappings.
    case objectArray
    /// A number with a unit: `500ms`, `10s`, `5m`, `1h`.
    case duration
}

/// What is wrong with the owner or mode of a file or of a folder on the way to it.
public enum PermissionFault: Sendable, Equatable {
    /// The owner is not root but this user id.
    case notOwnedByRoot(path: String, owner: UInt32)
    /// Group or others have rights that they must not have; `mode` in octal.
    case tooOpen(path: String, mode: String)
    /// The owner has no right to execute; `mode` in octal.
    case notExecutable(path: String, mode: String)
    /// Somebody else may write a folder on the way.
    case folderWritable(path: String, mode: String)
    /// Not a regular file.
    case notRegular(path: String)
}

/// How much is known about an application from one recovery point; ordered from the least.
public enum Consistency: String, Sendable, Codable, Comparable, CaseIterable {
    /// No recovery point.
    case none
    /// As after a power cut.
    case crash
    /// File systems at rest.
    case filesystem
    /// The application at rest.
    case application

    /// Whether `left` promises less than `right`.
    public static func < (left: Consistency, right: Consistency) -> Bool {
        let order = Consistency.allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}

/// Everything that can go wrong or deserves a warning. Each case has a code, a message and a recommended action in
/// every language.
public enum Problem: Sendable, Equatable {
    // The script framework of the seed documents.
    case scriptExecutionFailed(ScriptPhase, path: String, ending: ScriptEnding)
    case scriptNotFound(ScriptPhase, path: String, key: String)
    case scriptPermission(ScriptPhase, fault: PermissionFault)
    case scriptTimeout(ScriptPhase, path: String, seconds: Int)
    case pluginHostFile(path: String, fault: FileFault)
    case pluginHostMissing(path: String)
    case pluginHostPermission(fault: PermissionFault)
    case scriptConfig(path: String, fault: FileFault)
    case scriptConfigMissing(path: String)
    case scriptConfigPermission(fault: PermissionFault)
    case unknownKey(path: String, key: String)
    case unexpectedPluginName(path: String, name: String)
    case timeoutClamped(path: String, seconds: Int, limit: Int)
    case noPlugins(path: String)
    case configNotInPluginHost(config: String, host: String)
    case freezeSettings(path: String, fault: FileFault)
    case scriptLeftProcesses(ScriptPhase, path: String, count: Int)
    /// What Azure's framework for databases was told, and Remanso was asked to take over.
    case workloadFile(path: String, fault: WorkloadFault)

    // Freezing.
    case freezeFailed(volume: String, reason: String)
    case freezeDeadlineExceeded(milliseconds: Int)
    case mountCannotBeOpened(volume: String, reason: String)
    case foreignFreeze(volume: String)
    case freezeLost(volume: String)
    case freezerDied
    case freezerMissing(path: String)
    case mountVanished(volume: String)
    case thawFailed(volume: String, reason: String)

    // Freeze risks that `check` and each run look for.
    case permissionListener(process: String, volume: String)
    case swapFileOnVolume(file: String, volume: String)
    case auditLogOnVolume(volume: String)
    case loopImageOnVolume(inner: String, outer: String)
    case vaultOnVolume(repository: String, volume: String)
    case stateOnVolume(folder: String, volume: String)

    // Volumes and snapshots.
    case volumeNotFound(path: String)
    case volumeUnsupported(volume: String, filesystem: String)
    case noVolumes
    case unknownProvider(name: String, known: [String])
    case providerUnsuitable(provider: String, volume: String, reason: ProviderReason)
    case snapshotFailed(provider: String, volume: String, reason: String)
    case snapshotNotReleased(provider: String, volume: String, reason: String)
    case nestedSubvolumes(volume: String, count: Int)
    case copyTakesLong(volume: String)
    case noCommonInstant(volumes: [String])
    case changedDuringCopy(volume: String, example: String, count: Int)
    /// A volume changes faster than it can be read; both sizes in megabytes (10⁶ bytes).
    case changesTooFast(volume: String, megabytesPerSecond: Int, left: Int, limit: Int)
    /// An image that cannot be proven to be the volume; without a doubt of the tracker because it was written to.
    case imageNotTrusted(volume: String, doubt: TrackingDoubt?)

    // The vault.
    case resticMissing
    case resticTooOld(version: String, needed: String)
    case vaultMissing(repository: String)
    case vaultUnreachable(repository: String, reason: String)
    case vaultWrongPassword(repository: String, passwordFile: String)
    case vaultPasswordUnusable(path: String, reason: String)
    case vaultEnvironmentUnusable(path: String, reason: String)
    case vaultLocked(repository: String, holder: String)
    case vaultFull(repository: String)
    case vaultDamaged(repository: String, detail: String)
    case vaultFailed(repository: String, detail: String)
    case vaultIncomplete(path: String)
    case imageIncomplete(path: String, offset: UInt64)
    case imagePathTaken(path: String)
    case vaultKeyMade(path: String)
    case rcloneMissing(repository: String)

    // Tracking of changed blocks.
    case trackingImpossible(volume: String, obstacle: TrackingObstacle)
    case trackingFailed(volume: String, reason: String)
    case trackingBusy(volume: String)
    case everythingRead(volume: String, doubt: TrackingDoubt)

    // Applications.
    case application(name: String, fault: ApplicationFault)
    /// A drill; without an application of its own, `application` is the recovery point's id.
    case drillFailed(application: String, fault: DrillFault)

    // Recovery points.
    case recoveryPointNotFound(id: String)
    case recoveryPointAmbiguous(id: String, matches: [String])
    case noRecoveryPoints(repository: String)
    case recoveryPointDamaged(id: String, detail: String)
    case volumeNotInRecoveryPoint(volume: String, id: String, known: [String])
    case pathNotInRecoveryPoint(path: String, id: String)
    case restoreWouldOverwrite(path: String, count: Int)
    case restoreTargetUnusable(path: String, reason: String)
    case volumeNotAnImage(volume: String, id: String)
    case deviceWouldBeOverwritten(device: String)
    case cannotMount(folder: String, reason: String)
    case mountInUse(folder: String)
    case notMounted(folder: String)

    // Configuration and usage.
    case configuration(file: String, line: Int, key: String, fault: ConfigurationFault)
    case configurationUnreadable(file: String, reason: String)
    case wrongUsage(detail: String)
    case notRoot
    case fileExists(path: String)
    case cannotWrite(path: String, reason: String)

    // The run as a whole.
    case alreadyRunning(pid: Int32)
    case interrupted(signal: Int32)
    case levelNotReached(required: Consistency, reached: Consistency)
    case recoveredEarlierRun(recoveryPoint: String)
    case earlierRunNotUndone(detail: String)
    case systemCall(operation: String, subject: String, reason: String)
}

/// What is wrong at a key of `remanso.yaml`.
public enum ConfigurationFault: Sendable, Equatable {
    /// Not YAML; the parser's words.
    case syntax(String)
    /// No such key; the known ones at this place.
    case unknownKey(known: [String])
    /// The key stands twice.
    case duplicateKey
    /// Another type is expected.
    case wrongType(expected: ValueType)
    /// A duration without unit.
    case durationWithoutUnit(String)
    /// Below or above the limits.
    case outOfRange(lowest: String, highest: String)
    /// One of these is expected.
    case notOneOf([String])
    /// A path must be absolute.
    case notAbsolute(String)
    /// The text is empty.
    case empty
    /// A key that cannot be left out is missing.
    case missing
    /// Another one has this name already.
    case notUnique(String)
    /// The key cannot stand beside this one.
    case excludedBy(String)
    /// At least one of these keys is expected.
    case oneNeeded([String])
}
