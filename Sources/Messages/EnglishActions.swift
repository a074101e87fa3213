extension English {
    /// What to do now.
    static func action(for problem: Problem) -> String {
        switch problem {
        // The script framework.
        case .scriptExecutionFailed(.pre, _, _):
            """
            Look at the script's error logs to correct the problem. What the script printed is in the report of the \
            run.
            """
        case .scriptExecutionFailed(.post, _, _):
            """
            Look at the script's error logs to correct the problem, and check the state of the application. What the \
            script printed is in the report of the run.
            """
        case .scriptNotFound(let phase, _, let key):
            """
            Make sure that the \(name(phase)) is at the path specified in the configuration file (\(key)), so that \
            backups are application-consistent. `remanso check` tells whether it is found.
            """
        case .scriptPermission(_, let fault):
            """
            Make sure that the user "root" is the "owner" of the script file and that only the "owner" has permissions \
            to "read", "write" and "execute". \(remedy(fault, mode: "700"))
            """
        case .scriptTimeout:
            """
            Check the script and increase the timeout (timeoutInSeconds, at most 1800) in the file \
            VMSnapshotScriptPluginConfig.json located in /etc/azure.
            """
        case .pluginHostFile(let path, _): afresh(path)
        case .pluginHostMissing:
            "Restore VMSnapshotPluginHost.conf beside the configuration of the scripts; `examples` has one to start from."
        case .pluginHostPermission(let fault):
            """
            Make sure that the user "root" is the owner of the file and that nobody else may write it. \
            \(remedy(fault, mode: "600"))
            """
        case .scriptConfig(let path, _): afresh(path)
        case .scriptConfigMissing:
            """
            Type `remanso init`, which writes a template, and name your scripts in it; or give the path of your own \
            file with `--script-config`.
            """
        case .scriptConfigPermission(let fault):
            """
            Make sure that the user "root" is the owner of the file and that only the owner has permissions to "read" \
            and "write". \(remedy(fault, mode: "600"))
            """
        case .unknownKey(_, let key): "Correct the spelling of \(key), or delete the key."
        case .unexpectedPluginName: "Set pluginName back to “ScriptRunner”."
        case .timeoutClamped(_, _, let limit):
            """
            Set timeoutInSeconds to \(limit) or less; a script that needs longer should do less while the application \
            waits.
            """
        case .noPlugins(let path):
            """
            Write into \(path): numberOfPlugins: 1, pluginName0: ScriptRunner, and pluginConfigPath0: \
            /etc/azure/VMSnapshotScriptPluginConfig.json.
            """
        case .configNotInPluginHost(let config, let host):
            "Name the file in \(host), for example with pluginConfigPath0: \(config), or use one that is named there."
        case .freezeSettings(let path, _):
            "Correct the file, or move it away if you need none of its settings: `\(move(path))`."
        case .workloadFile(let path, let fault):
            fault.permission.map { remedy($0, mode: "600") }
                ?? "Correct \(Wording.shell(path)), or write the entry below `applications` in remanso.yaml by hand."
        case .scriptLeftProcesses:
            """
            Let the script wait for what it starts. What is to run on belongs in a service of its own, started with \
            `systemctl start`.
            """

        // Freezing.
        case .freezeFailed(let volume, _):
            """
            Look at what the kernel says (`dmesg | tail`) and type `remanso check`. If the file system cannot be \
            frozen, leave \(volume) out with `exclude:` in remanso.yaml.
            """
        case .freezeDeadlineExceeded:
            """
            Type `remanso backup --rehearse` to see how long freezing takes, and back up when the disks are less busy, \
            or raise `freeze: deadline` in remanso.yaml.
            """
        case .mountCannotBeOpened(let volume, _):
            "See whether the volume is mounted and sound: `findmnt \(Wording.shell(volume))` and `dmesg | tail`."
        case .foreignFreeze(let volume):
            """
            Find out what froze it: another backup, a snapshot of the virtual machine, fsfreeze. Only if nobody needs \
            that freeze any more, type `fsfreeze --unfreeze \(Wording.shell(volume))`.
            """
        case .freezeLost:
            """
            Find out which program thaws volumes at that time, such as another backup, and let the two run one after \
            the other.
            """
        case .freezerDied:
            """
            Type `remanso thaw` to make sure that nothing is frozen, and `journalctl -k` to see why it died, for \
            example for lack of memory. Then start the backup again.
            """
        case .freezerMissing:
            "Install Remanso anew: remanso-freezer belongs beside remanso, or in libexec/remanso beside its folder."
        case .mountVanished(let volume):
            "Type `findmnt \(Wording.shell(volume))` to see what is mounted there now, and start the backup again."
        case .thawFailed(let volume, _):
            """
            Type `remanso thaw` now. If that does not help, type `fsfreeze --unfreeze \(Wording.shell(volume))`, and \
            as a last resort `echo j > /proc/sysrq-trigger`, which thaws every file system of the machine.
            """

        // Freeze risks.
        case .permissionListener(let process, let volume):
            """
            Let the pre-script stop \(process) and the post-script start it again, or keep its database and logs off \
            \(volume), or leave the volume out with `exclude:` in remanso.yaml.
            """
        case .swapFileOnVolume(let file, _):
            """
            Swap to a partition instead, or let the pre-script type `swapoff \(Wording.shell(file))` and the \
            post-script `swapon \(Wording.shell(file))`.
            """
        case .auditLogOnVolume:
            """
            Move the log to a volume that is not backed up (`log_file` in /etc/audit/auditd.conf), or let the \
            pre-script stop auditd.
            """
        case .loopImageOnVolume(let inner, let outer):
            """
            Back up \(inner) together with \(outer), which lets Remanso freeze them in the right order, or leave \
            \(outer) out with `exclude:` in remanso.yaml.
            """
        case .vaultOnVolume(_, let volume):
            "Put the vault on another disk or machine, or leave \(volume) out with `exclude:` in remanso.yaml."
        case .stateOnVolume(let folder, let volume):
            "Mount a file system of its own at \(folder), or leave \(volume) out with `exclude:` in remanso.yaml."

        // Volumes and snapshots.
        case .volumeNotFound: "Type `findmnt` to see what is mounted, and name the volume by its mount point."
        case .volumeUnsupported(let volume, _):
            "Leave \(volume) out with `exclude:` in remanso.yaml, or name the volumes to back up with `--volume`."
        case .noVolumes:
            "Name a volume with `--volume MOUNT` or under `volumes:` in remanso.yaml; `findmnt` shows what is mounted."
        case .unknownProvider: "Correct the name after `--provider`, or leave it out: Remanso chooses by itself."
        case .providerUnsuitable(_, let volume, _):
            """
            Leave `--provider` out and let Remanso choose; `remanso backup --dry-run --volume \
            \(Wording.shell(volume))` shows its choice and the reason.
            """
        case .snapshotFailed(_, let volume, _):
            """
            Look at what the kernel says (`dmesg | tail`) and at the space that is left (`df \
            \(Wording.shell(volume))`), and start the backup again.
            """
        case .snapshotNotReleased:
            """
            Type `remanso thaw`, which also removes what earlier runs left behind. If it stays, remove the snapshot by \
            hand.
            """
        case .nestedSubvolumes(let volume, _):
            """
            `btrfs subvolume list -o \(Wording.shell(volume))` shows them. Mount those that matter and name them as \
            volumes of their own.
            """
        case .noCommonInstant:
            """
            Make sure that the pre-script stops all writes until the post-script, or keep all of the application's data \
            on one volume.
            """
        case .copyTakesLong:
            """
            For a short pause, move the data to btrfs, or into an image file on btrfs or XFS: there a snapshot takes \
            milliseconds.
            """
        case .changedDuringCopy:
            """
            Let the pre-script bring the application fully to rest, leave temporary files on another volume, or move \
            the data to btrfs, which has snapshots.
            """
        case .changesTooFast:
            """
            Let the pre-script pause what writes so much, back up at a quieter hour, or allow more: `freeze.budget` in \
            remanso.yaml.
            """
        case .imageNotTrusted(_, nil):
            "Find out which program thaws the volume or writes to its device, then back up again."
        case .imageNotTrusted(_, .otherPath):
            """
            Find out which program has the file or the disk under the volume open for writing (`losetup --list` and \
            `lsblk` name it, `fuser --verbose` the program) and end it; or back up with `--provider copy`.
            """
        case .imageNotTrusted(_, .some): "Back up again: the next image is read as a whole."

        // The vault.
        case .resticMissing: "Install it: `apt install restic` or `dnf install restic`."
        case .resticTooOld:
            """
            Install a newer one: `apt install restic`, or with `restic self-update` where restic was installed by \
            hand.
            """
        case .vaultMissing:
            """
            Check `--vault` or `vault: repository` in remanso.yaml. The first `remanso backup` makes a new \
            local vault; make a remote one with `restic init`.
            """
        case .vaultUnreachable:
            """
            Check that the disk is mounted or that the network and the credentials (`vault: environmentFile`) are \
            right, and type `remanso check`.
            """
        case .vaultWrongPassword:
            """
            Give the password file that belongs to this vault with `--vault-password-file` or `vault: passwordFile`; \
            bring it back from your copy if it was replaced.
            """
        case .vaultPasswordUnusable(let path, _):
            """
            Put the vault's password there, with `chown root:root \(Wording.shell(path))` and `chmod 600 \
            \(Wording.shell(path))`. For a new vault, `remanso init` makes one.
            """
        case .vaultEnvironmentUnusable(let path, _):
            """
            Write one NAME=VALUE on each line, with `chown root:root \(Wording.shell(path))` and `chmod 600 \
            \(Wording.shell(path))`.
            """
        case .vaultLocked(let repository, _):
            """
            Wait until the other program is done. If it no longer runs, type `restic -r \(Wording.shell(repository)) \
            unlock` with the vault's password file.
            """
        case .vaultFull:
            "Make room there, or type `remanso prune` to remove recovery points that the retention does not keep."
        case .vaultDamaged(let repository, _):
            """
            Type `remanso verify` to see which recovery points are sound, and `restic -r \(Wording.shell(repository)) \
            check --read-data` for the details. Make a new backup in another vault until this one is repaired.
            """
        case .vaultFailed: "Remove the cause that restic names, and repeat the command with `--verbose` to see more."
        case .vaultIncomplete(let path):
            "See why it cannot be read (`ls -l \(Wording.shell(path))` and `dmesg | tail`), and start the backup again."
        case .imageIncomplete:
            "Start the backup again. If it happens again, report it as a fault of Remanso: nothing incomplete was stored."
        case .imagePathTaken(let path):
            "Leave out one of the two volumes, or mount it elsewhere than at \(path)."
        case .vaultKeyMade(let path):
            "Copy it now to a safe place off this machine, for example with `scp \(Wording.shell(path)) HOST:`."
        case .rcloneMissing: "Install it: `apt install rclone` or `dnf install rclone`."

        // Tracking of changed blocks.
        case .trackingImpossible(_, let obstacle): obstacle.remedy(in: .en)
        case .trackingFailed(let volume, _):
            """
            Type `remanso track disable \(Wording.shell(volume))` and then `remanso track enable \
            \(Wording.shell(volume))`. Backups work without it, but read everything.
            """
        case .trackingBusy: "Wait until the other backup or command has ended, and try again."
        case .everythingRead(let volume, _):
            """
            Nothing has to be done: the recovery point is right. If it happens at every backup, look at \
            `remanso track status \(Wording.shell(volume))`.
            """

        // Applications.
        case .application(let name, let fault): action(for: fault, name)
        case .drillFailed(let name, let fault): action(for: fault, name)

        // Recovery points.
        case .recoveryPointNotFound: "Type `remanso list` to see the recovery points."
        case .recoveryPointAmbiguous: "Type more characters of the one that you mean."
        case .noRecoveryPoints: "Type `remanso backup` to make the first one."
        case .recoveryPointDamaged:
            """
            Restore from another one (`remanso list`). A backup goes on using what is damaged until that is out of the \
            vault: if a file in `data/` is named, move it elsewhere and run `restic rebuild-index` on the vault; then \
            `remanso backup` stores again what it held. `remanso verify` shows whether others are damaged too.
            """
        case .volumeNotInRecoveryPoint(_, let id, _), .pathNotInRecoveryPoint(_, let id):
            "Type `remanso show \(Wording.shell(id))` to see what it contains, or `remanso list` for the others."
        case .restoreWouldOverwrite:
            "Restore to an empty folder with `--to DIR`, or add `--overwrite` if the files there may be replaced."
        case .cannotMount(let folder, _):
            """
            Remove the cause, or name another folder, for example an empty one: `mkdir \(Wording.shell(folder + ".new"))`.
            """
        case .mountInUse(let folder):
            "See who it is with `fuser --verbose --mount \(Wording.shell(folder))`, end it, and repeat the command."
        case .notMounted: "Type `findmnt` to see what is mounted where."
        case .restoreTargetUnusable:
            """
            Name another target that has enough space and that nothing uses: with `--to` a folder that root can write, \
            with `--to-image` a file, with `--to-device` a device.
            """
        case .volumeNotAnImage(_, let id): "Restore its files with `remanso restore \(id) --to DIR`."
        case .deviceWouldBeOverwritten(let device):
            "Make sure that nothing on \(device) is needed any more, then add `--overwrite`."

        // Configuration and usage.
        case .configuration(let file, let line, _, _):
            line > 0
                ? "Correct line \(line) of \(file). `remanso check` tells whether it can be used then."
                : "Correct \(file). `remanso check` tells whether it can be used then."
        case .configurationUnreadable(let file, _):
            """
            Check path, owner and mode (`ls -l \(Wording.shell(file))`). `remanso init` writes a commented file where \
            there is none.
            """
        case .wrongUsage: "Type `remanso --help`, or `--help` after a command, to see what can be typed."
        case .notRoot: "Repeat the command as root, for example with `sudo` before it."
        case .fileExists(let path): "If you want a fresh file, move this one away first: `\(move(path))`."
        case .cannotWrite(let path, _):
            """
            Check the rights of the folder and the space that is left: `ls -ld` and `df` of the folder of \
            \(Wording.shell(path)).
            """

        // The run.
        case .alreadyRunning(let pid):
            pid > 0
                ? "Wait until it is done and repeat the command; `ps -p \(pid)` shows it."
                : "Wait until it is done and repeat the command."
        case .interrupted: "Repeat the command when you are ready."
        case .levelNotReached(let required, _):
            """
            Remove the cause, which the other errors of the report name; or, if less is enough, ask for less than \
            `--require \(required.rawValue)`.
            """
        case .recoveredEarlierRun:
            "Nothing more need be done. If it happens again, find out what ends Remanso: `journalctl -u remanso`."
        case .earlierRunNotUndone: "Type `remanso thaw`. If it fails as well, remove by hand what its message names."
        case .systemCall:
            "Remove the cause, and repeat the command with `--verbose` to see more; `dmesg | tail` may tell the rest."
        }
    }

    private static func afresh(_ path: String) -> String {
        """
        Correct the file and check it with `remanso check`; or write a fresh copy and configure it again: \
        `\(move(path))`, then `remanso init`.
        """
    }

    private static func move(_ path: String) -> String { "mv \(Wording.shell(path)) \(Wording.shell(path + ".old"))" }
}
