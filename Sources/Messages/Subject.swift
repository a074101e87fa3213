extension PermissionFault {
    /// The file or folder whose owner or mode is wrong.
    public var path: String {
        switch self {
        case .notOwnedByRoot(let path, _), .tooOpen(let path, _), .notExecutable(let path, _),
            .folderWritable(let path, _), .notRegular(let path):
            path
        }
    }
}

extension Problem {
    /// The file, volume, process or repository that the problem is about; `nil` when there is none.
    public var subject: String? {
        switch self {
        case .scriptExecutionFailed(_, let path, _), .scriptNotFound(_, let path, _), .scriptTimeout(_, let path, _),
            .scriptLeftProcesses(_, let path, _), .pluginHostFile(let path, _), .pluginHostMissing(let path),
            .scriptConfig(let path, _), .scriptConfigMissing(let path), .unknownKey(let path, _),
            .unexpectedPluginName(let path, _), .timeoutClamped(let path, _, _), .noPlugins(let path),
            .freezeSettings(let path, _), .workloadFile(let path, _), .freezerMissing(let path),
            .volumeNotFound(let path),
            .vaultPasswordUnusable(let path, _), .vaultEnvironmentUnusable(let path, _), .vaultIncomplete(let path),
            .imageIncomplete(let path, _), .imagePathTaken(let path), .vaultKeyMade(let path),
            .pathNotInRecoveryPoint(let path, _), .restoreWouldOverwrite(let path, _),
            .restoreTargetUnusable(let path, _), .deviceWouldBeOverwritten(let path), .fileExists(let path),
            .cannotWrite(let path, _), .cannotMount(let path, _), .mountInUse(let path), .notMounted(let path):
            path
        case .scriptPermission(_, let fault), .pluginHostPermission(let fault), .scriptConfigPermission(let fault):
            fault.path
        case .configNotInPluginHost(let config, _): config
        case .freezeFailed(let volume, _), .mountCannotBeOpened(let volume, _), .foreignFreeze(let volume),
            .freezeLost(let volume), .mountVanished(let volume), .thawFailed(let volume, _),
            .permissionListener(_, let volume), .swapFileOnVolume(_, let volume), .auditLogOnVolume(let volume),
            .vaultOnVolume(_, let volume), .stateOnVolume(_, let volume), .volumeUnsupported(let volume, _),
            .providerUnsuitable(_, let volume, _), .snapshotFailed(_, let volume, _),
            .snapshotNotReleased(_, let volume, _), .nestedSubvolumes(let volume, _), .copyTakesLong(let volume),
            .changedDuringCopy(let volume, _, _), .changesTooFast(let volume, _, _, _),
            .imageNotTrusted(let volume, _), .volumeNotInRecoveryPoint(let volume, _, _),
            .volumeNotAnImage(let volume, _),
            .trackingImpossible(let volume, _), .trackingFailed(let volume, _), .trackingBusy(let volume),
            .everythingRead(let volume, _):
            volume
        case .loopImageOnVolume(let inner, _): inner
        case .vaultMissing(let repository), .vaultUnreachable(let repository, _),
            .vaultWrongPassword(let repository, _), .vaultLocked(let repository, _), .vaultFull(let repository),
            .vaultDamaged(let repository, _), .vaultFailed(let repository, _), .noRecoveryPoints(let repository),
            .rcloneMissing(let repository):
            repository
        case .recoveryPointNotFound(let id), .recoveryPointAmbiguous(let id, _), .recoveryPointDamaged(let id, _): id
        case .recoveredEarlierRun(let id): id
        case .configuration(let file, _, _, _), .configurationUnreadable(let file, _): file
        case .drillFailed(_, .fileSystemDamaged(let volume, _)): volume
        case .unknownProvider(let name, _), .application(let name, _), .drillFailed(let name, _): name
        case .systemCall(_, let subject, _): subject
        case .freezeDeadlineExceeded, .freezerDied, .noCommonInstant, .noVolumes, .resticMissing, .resticTooOld,
            .wrongUsage, .notRoot,
            .alreadyRunning, .interrupted, .levelNotReached, .earlierRunNotUndone:
            nil
        }
    }
}
