extension English {
    /// What happened. The ten errors of the seed documents begin with the documents' own sentence.
    static func message(of problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(_, let path, let ending): "\(meaning(of: problem)) \(sentence(path, ending))"
        case .scriptNotFound(_, let path, let key):
            path.isEmpty
                ? "\(meaning(of: problem)) \(key) is empty there."
                : "\(meaning(of: problem)) \(key) names \(path), and there is no such file."
        case .scriptPermission(_, let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .scriptTimeout(_, let path, let seconds):
            """
            \(meaning(of: problem)) \(path) had not succeeded after \(count(seconds, "second", "seconds")) and was \
            ended together with every process that it had started.
            """
        case .pluginHostFile(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .pluginHostMissing(let path): "\(meaning(of: problem)) There is no file \(path)."
        case .pluginHostPermission(let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .scriptConfig(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .scriptConfigMissing(let path): "\(meaning(of: problem)) There is no file \(path)."
        case .scriptConfigPermission(let fault): "\(meaning(of: problem)) \(sentence(fault))"
        case .unknownKey(let path, let key): "\(path) holds the key \(key), which Remanso does not know and ignores."
        case .unexpectedPluginName(let path, let name):
            "In \(path), pluginName is “\(name)”; it should be left as “ScriptRunner”."
        case .timeoutClamped(let path, let seconds, let limit):
            """
            In \(path), timeoutInSeconds is \(seconds), which is above the limit; \(count(limit, "second", "seconds")) \
            will be used.
            """
        case .noPlugins(let path):
            """
            \(path) names no plug-in (numberOfPlugins is 0), so no script is run and the backup will not be \
            application-consistent.
            """
        case .configNotInPluginHost(let config, let host):
            "\(config) is not among the configuration files that \(host) names, so its scripts are not run."
        case .freezeSettings(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .workloadFile(let path, let fault): "\(meaning(of: problem)) \(sentence(path, fault))"
        case .scriptLeftProcesses(let phase, let path, let number):
            """
            The \(name(phase)) \(path) ended but left \(count(number, "process", "processes")) behind, which Remanso \
            has ended.
            """

        // Freezing.
        case .freezeFailed(let volume, let reason): "\(volume) could not be frozen: \(Wording.stripped(reason))."
        case .freezeDeadlineExceeded(let milliseconds):
            "The freeze had lasted \(milliseconds) ms and was undone before the snapshot was complete."
        case .mountCannotBeOpened(let volume, let reason):
            "The mount point \(volume) could not be opened: \(Wording.stripped(reason))."
        case .foreignFreeze(let volume):
            "\(volume) has already been frozen by something else. Remanso has left that freeze as it is."
        case .freezeLost(let volume):
            "Something else thawed \(volume) before its snapshot was complete, so the snapshot was not used."
        case .freezerDied:
            "The process that holds the freeze, remanso-freezer, died. Remanso thawed every volume at once."
        case .freezerMissing(let path): "The program remanso-freezer, which holds a freeze, is not at \(path)."
        case .mountVanished(let volume):
            "\(volume) was unmounted or mounted anew after the run had been planned, so it was not frozen."
        case .thawFailed(let volume, let reason):
            """
            \(volume) could not be thawed: \(Wording.stripped(reason)). As long as it is frozen, every program that \
            writes to it stands still.
            """

        // Freeze risks.
        case .permissionListener(let process, let volume):
            """
            \(process) must allow every access to files (fanotify). If it writes to \(volume) itself, it stands still \
            while the volume is frozen, and with it every program that waits for its word.
            """
        case .swapFileOnVolume(let file, let volume):
            """
            The swap file \(file) lies on \(volume). While the volume is frozen, the machine may stop as soon as it \
            has to swap.
            """
        case .auditLogOnVolume(let volume):
            """
            The log of auditd lies on \(volume). While the volume is frozen, every program whose actions are audited \
            may stand still.
            """
        case .loopImageOnVolume(let inner, let outer):
            """
            \(inner) is mounted from an image file on \(outer). While \(outer) is frozen, writing to \(inner) stands \
            still as well.
            """
        case .vaultOnVolume(let repository, let volume):
            """
            The vault \(repository) lies on \(volume), which is itself backed up: whoever loses the volume loses its \
            recovery points.
            """
        case .stateOnVolume(let folder, let volume):
            "Remanso keeps its own files in \(folder), on \(volume): it could not work while that is frozen."

        // Volumes and snapshots.
        case .volumeNotFound(let path): "\(path) is not the mount point of a file system."
        case .volumeUnsupported(let volume, let filesystem):
            "\(volume) holds a file system (\(filesystem)) that Remanso cannot back up."
        case .noVolumes: "There is no volume to back up: none was named, and none was found that is not excluded."
        case .unknownProvider(let name, let known):
            "There is no snapshot provider “\(name)”. The known ones are \(known.joined(separator: ", "))."
        case .providerUnsuitable(let provider, let volume, let reason):
            "The snapshot provider \(provider) cannot be used for \(volume): \(reason.text(in: .en))."
        case .snapshotFailed(let provider, let volume, let reason):
            "The snapshot of \(volume) with the provider \(provider) failed: \(Wording.stripped(reason))."
        case .snapshotNotReleased(let provider, let volume, let reason):
            """
            The snapshot of \(volume) with the provider \(provider) could not be removed: \(Wording.stripped(reason)). \
            It goes on taking up space.
            """
        case .nestedSubvolumes(let volume, let number):
            """
            \(volume) contains \(count(number, "nested btrfs subvolume", "nested btrfs subvolumes")). A snapshot of \
            the volume does not include them, and neither does the recovery point.
            """
        case .noCommonInstant(let volumes):
            """
            The volumes \(volumes.joined(separator: ", ")) cannot be snapshotted at one common instant: each is consistent \
            by itself, and an application that writes to several of them is so only while its pre-script keeps it quiet.
            """
        case .copyTakesLong(let volume):
            """
            \(volume) offers no quick snapshot, so its files are copied while the application waits for its \
            post-script: the pause lasts as long as the copy.
            """
        case .changedDuringCopy(let volume, let example, let number):
            """
            \(count(number, "file", "files")) of \(volume) changed while being copied, for example \(example). What \
            was copied may not fit together.
            """
        case .changesTooFast(let volume, let rate, let left, let limit):
            """
            \(volume) changes faster than it can be read: \(rate) MB every second. \(left) MB would have been left for \
            the freeze, and \(limit) MB is the most that fits.
            """
        case .imageNotTrusted(let volume, nil):
            "\(volume) was written to while it was frozen, so that its image is not of one instant."
        case .imageNotTrusted(let volume, let doubt?):
            "The image of \(volume) cannot be trusted: \(Wording.stripped(doubt.text(in: .en)))."

        // The vault.
        case .resticMissing: "The program restic, which keeps the vault, was not found."
        case .resticTooOld(let version, let needed):
            "The installed restic is version \(version); Remanso needs \(needed) or newer."
        case .vaultMissing(let repository): "There is no vault at \(repository)."
        case .vaultUnreachable(let repository, let reason):
            "The vault \(repository) cannot be reached: \(Wording.stripped(reason))."
        case .vaultWrongPassword(let repository, let file):
            "The vault \(repository) cannot be opened with the password in \(file)."
        case .vaultPasswordUnusable(let path, let reason):
            "The vault's password file \(path) cannot be used: \(Wording.stripped(reason))."
        case .vaultEnvironmentUnusable(let path, let reason):
            "The vault's environment file \(path) cannot be used: \(Wording.stripped(reason))."
        case .vaultLocked(let repository, let holder):
            holder.isEmpty
                ? "The vault \(repository) is locked."
                : "The vault \(repository) is locked by \(Wording.stripped(holder))."
        case .vaultFull(let repository): "There is no space left for the vault \(repository)."
        case .vaultDamaged(let repository, let detail):
            "The vault \(repository) is damaged: \(Wording.stripped(detail))."
        case .vaultFailed(let repository, let detail):
            "The vault \(repository) could not do its work: \(Wording.stripped(detail))."
        case .vaultIncomplete(let path):
            path.isEmpty
                ? meaning(of: problem)
                : "Not everything could be stored in the vault: \(path) could not be read whole."
        case .imageIncomplete(let path, let offset):
            path.isEmpty
                ? meaning(of: problem)
                : "The image \(path) was to be finished, but from byte \(offset) a part is missing."
        case .imagePathTaken(let path):
            path.isEmpty
                ? meaning(of: problem) : "The image \(path) has the path of another image or of a folder of images."
        case .vaultKeyMade(let path):
            """
            A new key for the vault was written to \(path). Without it nobody can read the recovery points, not even \
            you.
            """
        case .rcloneMissing(let repository):
            "The program rclone, through which Remanso reaches the vault \(repository), was not found."

        // Tracking of changed blocks.
        case .trackingImpossible(let volume, let obstacle):
            "Changed blocks cannot be tracked on \(volume): \(Wording.stripped(obstacle.text(in: .en)))."
        case .trackingFailed(let volume, let reason):
            "The tracking of changed blocks on \(volume) failed: \(Wording.stripped(reason))."
        case .trackingBusy(let volume): "Another process is using the tracking of changed blocks on \(volume)."
        case .everythingRead(let volume, let doubt):
            "All of \(volume) was read and compared, because \(Wording.stripped(doubt.text(in: .en)))."

        // Applications.
        case .application(let name, let fault): message(of: fault, name)
        case .drillFailed(let name, let fault): message(of: fault, name)

        // Recovery points.
        case .recoveryPointNotFound(let id): "There is no recovery point \(id)."
        case .recoveryPointAmbiguous(let id, let matches):
            "Several recovery points begin with \(id): \(matches.joined(separator: ", "))."
        case .noRecoveryPoints(let repository): "The vault \(repository) holds no recovery point yet."
        case .recoveryPointDamaged(let id, let detail):
            "The recovery point \(id) is damaged: \(Wording.stripped(detail))."
        case .volumeNotInRecoveryPoint(let volume, let id, let known):
            """
            The recovery point \(id) does not contain the volume \(volume). It contains \
            \(known.joined(separator: ", ")).
            """
        case .pathNotInRecoveryPoint(let path, let id): "The recovery point \(id) does not contain \(path)."
        case .restoreWouldOverwrite(let path, let number):
            """
            \(count(number, "file exists", "files exist")) already where files would be restored, for example \(path). \
            Nothing was restored.
            """
        case .restoreTargetUnusable(let path, let reason):
            "Nothing can be restored to \(path): \(Wording.stripped(reason))."
        case .volumeNotAnImage(let volume, let id):
            "The recovery point \(id) holds the files of \(volume), not an image of its device."
        case .deviceWouldBeOverwritten(let device):
            "A restore to \(device) replaces everything that is on that device. Nothing was restored."
        case .cannotMount(let folder, let reason):
            "Nothing can be mounted at \(folder): \(Wording.stripped(reason))."
        case .mountInUse(let folder): "\(folder) is in use: some program has a file open there or works in that folder."
        case .notMounted(let folder): "\(folder) is not where Remanso has mounted a recovery point. Nothing was done."

        // Configuration and usage.
        case .configuration(let file, let line, let key, let fault):
            "\(place(file, line, key)): \(clause(fault))."
        case .configurationUnreadable(let file, let reason):
            "The configuration file \(file) cannot be read: \(Wording.stripped(reason))."
        case .wrongUsage(let detail): "The command cannot be understood: \(Wording.stripped(detail))."
        case .notRoot: "Only root may do this."
        case .fileExists(let path): "\(path) exists already and was left as it is."
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(Wording.stripped(reason))."

        // The run.
        case .alreadyRunning(let pid):
            pid > 0
                ? "Another run of Remanso (process \(pid)) is under way. Nothing was done."
                : "Another run of Remanso is under way. Nothing was done."
        case .interrupted(let signal):
            "The run was interrupted by signal \(Wording.signal(signal)); whatever it had begun was undone."
        case .levelNotReached(let required, let reached):
            reached == .none
                ? "The backup must be \(adjective(required)), but no usable snapshot came about."
                : "The backup must be \(adjective(required)), but only a \(adjective(reached)) one came about."
        case .recoveredEarlierRun(let recoveryPoint):
            "The earlier run \(recoveryPoint) had been cut short. What it had left behind was undone."
        case .earlierRunNotUndone(let detail):
            "What an earlier run left behind could not be undone: \(Wording.stripped(detail))."
        case .systemCall(let operation, let subject, let reason):
            subject.isEmpty
                ? "The system refused “\(operation)”: \(Wording.stripped(reason))."
                : "The system refused “\(operation)” for \(subject): \(Wording.stripped(reason))."
        }
    }

    private static func place(_ file: String, _ line: Int, _ key: String) -> String {
        file + (line > 0 ? ", line \(line)" : "") + (key.isEmpty ? "" : ", \(key)")
    }
}
