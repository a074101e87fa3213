extension English {
    /// What a code means in general. The ten errors of the seed documents keep the documents' sentence.
    static func meaning(of problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(.pre, _, _):
            "The pre-script returned an error, so the backup may not be application-consistent."
        case .scriptExecutionFailed(.post, _, _):
            "The post-script returned an error that could affect the state of the application."
        case .scriptNotFound(let phase, _, _):
            """
            The \(name(phase)) was not found at the location specified in the configuration file \
            VMSnapshotScriptPluginConfig.json.
            """
        case .scriptPermission:
            """
            To run scripts, the user "root" must be the owner of the file and the file must have permissions "700", \
            that is, only the owner has permissions to "read", "write" and "execute".
            """
        case .scriptTimeout(let phase, _, _):
            "The execution of the \(name(phase)) of the application-consistent backup has timed out."
        case .pluginHostFile:
            """
            The Pluginhost file is damaged, so neither the pre-script nor the post-script can be run and the backup \
            will not be application-consistent.
            """
        case .pluginHostMissing:
            """
            The Pluginhost file is missing, so neither the pre-script nor the post-script can be run and the backup \
            will not be application-consistent.
            """
        case .pluginHostPermission:
            """
            The Pluginhost file may be changed by users other than root, so neither the pre-script nor the post-script \
            can be run and the backup will not be application-consistent.
            """
        case .scriptConfig:
            """
            The file VMSnapshotScriptPluginConfig.json is incorrect, so neither the pre-script nor the post-script can \
            be run and the backup will not be application-consistent.
            """
        case .scriptConfigMissing:
            """
            The file VMSnapshotScriptPluginConfig.json is missing, so neither the pre-script nor the post-script can \
            be run and the backup will not be application-consistent.
            """
        case .scriptConfigPermission:
            """
            For its scripts to run, the file VMSnapshotScriptPluginConfig.json must belong to the user "root" and have \
            permissions "600", that is, only the owner has permissions to "read" and "write".
            """
        case .unknownKey: "A configuration file of the script framework holds a key that Remanso does not know."
        case .unexpectedPluginName: "The pluginName in VMSnapshotScriptPluginConfig.json is not ScriptRunner."
        case .timeoutClamped: "The timeoutInSeconds of the scripts is above the limit, which is used instead."
        case .noPlugins: "The Pluginhost file names no plug-in, so no script is run."
        case .configNotInPluginHost:
            "The Pluginhost file does not name the configuration of the scripts, so they are not run."
        case .freezeSettings: "The file with the settings of the freeze, vmbackup.conf, is incorrect."
        case .workloadFile: "The settings of Azure's framework for databases cannot be taken over; nothing was written."
        case .scriptLeftProcesses: "A script ended but left processes behind, which Remanso ended."

        // Freezing.
        case .freezeFailed: "A volume could not be frozen."
        case .freezeDeadlineExceeded: "The freeze reached its deadline and was undone before the snapshot was complete."
        case .mountCannotBeOpened: "The mount point of a volume could not be opened."
        case .foreignFreeze: "A volume has already been frozen by something else; Remanso leaves that freeze as it is."
        case .freezeLost: "Something else thawed a volume before its snapshot was complete."
        case .freezerDied: "The process that holds the freeze died; Remanso thawed every volume at once."
        case .freezerMissing: "The program remanso-freezer, which holds a freeze, was not found."
        case .mountVanished: "A volume was unmounted or mounted anew after the run had been planned."
        case .thawFailed: "A volume could not be thawed: programs that write to it stand still."

        // Freeze risks.
        case .permissionListener:
            "A program that must allow every access to files (fanotify) could stand still during the freeze."
        case .swapFileOnVolume: "A swap file lies on a volume that is to be frozen."
        case .auditLogOnVolume: "The log of auditd lies on a volume that is to be frozen."
        case .loopImageOnVolume: "A volume is mounted from an image file on another volume that is to be frozen."
        case .vaultOnVolume: "The vault lies on a volume that is itself backed up."
        case .stateOnVolume: "Remanso keeps its own files on a volume that is to be frozen."

        // Volumes and snapshots.
        case .volumeNotFound: "A path is not the mount point of a file system."
        case .volumeUnsupported: "A volume holds a file system that Remanso cannot back up."
        case .noVolumes: "There is no volume to back up."
        case .unknownProvider: "There is no snapshot provider of this name."
        case .providerUnsuitable: "The chosen snapshot provider cannot be used for a volume."
        case .snapshotFailed: "The snapshot of a volume failed."
        case .snapshotNotReleased: "A snapshot could not be removed after the run and goes on taking up space."
        case .nestedSubvolumes: "A btrfs volume contains nested subvolumes, which its snapshot does not include."
        case .noCommonInstant: "The volumes of this run cannot be snapshotted at one common instant."
        case .copyTakesLong: "A volume offers no quick snapshot: its files are copied while the application waits."
        case .changedDuringCopy: "Files changed while they were being copied."
        case .changesTooFast: "A volume changes faster than it can be read."
        case .imageNotTrusted: "The image of a volume may not be what the volume was."

        // The vault.
        case .resticMissing: "The program restic, which keeps the vault, was not found."
        case .resticTooOld: "The installed restic is too old."
        case .vaultMissing: "There is no vault at the place named."
        case .vaultUnreachable: "The vault cannot be reached."
        case .vaultWrongPassword: "The vault cannot be opened with the password in the password file."
        case .vaultPasswordUnusable: "The vault's password file cannot be used."
        case .vaultEnvironmentUnusable: "The vault's environment file cannot be used."
        case .vaultLocked: "The vault is locked by another program."
        case .vaultFull: "There is no space left for the vault."
        case .vaultDamaged: "The vault is damaged."
        case .vaultFailed: "The vault could not do its work."
        case .vaultIncomplete: "Not everything could be stored in the vault."
        case .imageIncomplete: "An image was to be finished of which a part had not been stored."
        case .imagePathTaken: "The images of two volumes would have the same path in the vault."
        case .vaultKeyMade: "A new key for the vault was made; without it nobody can read the recovery points."
        case .rcloneMissing: "The program rclone, through which Remanso reaches the vault, was not found."

        // Tracking of changed blocks.
        case .trackingImpossible: "This kernel or this volume does not let Remanso note which blocks are written."
        case .trackingFailed: "The notes of which blocks were written could not be begun, read or ended."
        case .trackingBusy: "Only one process at a time may use the notes of a volume's changed blocks."
        case .everythingRead:
            "The notes of which blocks were written could not be trusted, so that the whole volume was read."

        // Applications.
        case .application(_, let fault): meaning(of: fault)
        case .drillFailed(_, let fault): meaning(of: fault)

        // Recovery points.
        case .recoveryPointNotFound: "There is no such recovery point."
        case .recoveryPointAmbiguous: "Several recovery points begin with the identifier that was typed."
        case .noRecoveryPoints: "The vault holds no recovery point yet."
        case .recoveryPointDamaged: "A recovery point is damaged."
        case .volumeNotInRecoveryPoint: "The recovery point does not contain the volume that was asked for."
        case .pathNotInRecoveryPoint: "The recovery point does not contain the path that was asked for."
        case .restoreWouldOverwrite: "Files exist already where files would be restored; nothing was restored."
        case .restoreTargetUnusable: "The folder to restore to cannot be used."
        case .volumeNotAnImage: "The volume was stored as files, so that there is no image to restore."
        case .deviceWouldBeOverwritten:
            "A restore to a device replaces all that is on it, and nobody has agreed to that."
        case .cannotMount: "A recovery point cannot be mounted at the folder named."
        case .mountInUse: "A recovery point that is mounted is still in use."
        case .notMounted: "Remanso has mounted nothing at the folder named."

        // Configuration and usage.
        case .configuration: "A value in remanso.yaml cannot be used."
        case .configurationUnreadable: "The file remanso.yaml cannot be read."
        case .wrongUsage: "The command line cannot be understood."
        case .notRoot: "Only root may do this."
        case .fileExists: "A file that would be written exists already and was left as it is."
        case .cannotWrite: "A file cannot be written."

        // The run.
        case .alreadyRunning: "Another run of Remanso is under way; nothing was done."
        case .interrupted: "The run was interrupted by a signal; whatever it had begun was undone."
        case .levelNotReached: "The backup did not reach the level of consistency that is required."
        case .recoveredEarlierRun: "An earlier run had been cut short; what it had left behind was undone."
        case .earlierRunNotUndone: "What an earlier run left behind could not be undone."
        case .systemCall: "The system refused an operation."
        }
    }
}
