extension English {
    static func text(of heading: HelpHeading) -> String {
        switch heading {
        case .usage: "USAGE"
        case .arguments: "ARGUMENTS"
        case .options: "OPTIONS"
        case .subcommands: "SUBCOMMANDS"
        case .example: "EXAMPLE"
        case .exitStatus: "EXIT STATUS"
        }
    }

    static func text(of meaning: ExitMeaning) -> String {
        switch meaning {
        case .succeeded: "Done; after a backup, at the level that the configuration promises."
        case .failed: "Not done; after a backup, there is no recovery point. After a check, there is an error."
        case .degraded: "A recovery point was made, but at a lower level; the report says why."
        case .wrongUsage: "The command line cannot be understood."
        case .alreadyRunning: "Another run is under way; nothing was done."
        case .configuration: "The configuration cannot be used."
        }
    }

    static func abstract(of command: CommandName) -> String {
        switch command {
        case .root: "Application-consistent backups of Linux."
        case .check: "Look for everything that would hinder a backup."
        case .backup: "Make a recovery point."
        case .list: "List the recovery points, newest first."
        case .show: "Show a recovery point whole."
        case .restore: "Restore files from a recovery point."
        case .mount: "Show the files of a recovery point in a folder."
        case .unmount: "End what mount has begun."
        case .verify: "Read back a recovery point and check every byte."
        case .drill: "Prove that the applications of a recovery point start from it."
        case .prune: "Remove the recovery points that the retention does not keep."
        case .thaw: "Emergency: undo every freeze that Remanso made."
        case .track: "Note which blocks of a volume are written, so that the next backup reads no others."
        case .explain: "Explain a code, and what to do about it."
        case .initialize: "Write a configuration, a vault key and the script framework's files."
        }
    }

    static func discussion(of command: CommandName) -> String {
        switch command {
        case .root:
            """
            Remanso brings the application to rest with a pre-script, freezes the file systems for the moment of a \
            snapshot, thaws them, lets the application go on with a post-script, and stores the snapshot in a restic \
            repository. Every recovery point says how consistent it is.
            """
        case .check:
            """
            Looks at the configuration, permissions, scripts, volumes, the vault and the risks of freezing. Every \
            finding comes with its code and what to do. No script is run and nothing is frozen.
            """
        case .backup:
            """
            One run: pre-script, freeze, snapshot, thaw, post-script, store, report. The post-script runs whenever the \
            pre-script was started, whatever happened in between, and nothing stays frozen. Without a configuration \
            file, --volume and --vault are enough.
            """
        case .list: "Lists what the vault holds, with the time, the machine, the level of consistency and the volumes."
        case .show: "Shows the report of the run: its timeline, its volumes, its problems and what the scripts printed."
        case .restore:
            """
            Restores a whole recovery point, one volume (--volume) or some paths (--path) to a folder. A file that \
            exists is never overwritten unless --overwrite is given. A volume that was stored as an image can be \
            restored as one, to a file (--to-image) or to a device that is not in use (--to-device with --overwrite).
            """
        case .mount:
            """
            Mounts one volume of a recovery point at a folder, read-only, and returns. Files are read from the vault \
            when they are looked at, and the vault cannot be pruned meanwhile.
            """
        case .unmount: "Ends everything that belongs to the mount at that folder. Nothing else is ever unmounted."
        case .verify:
            "Reads everything that belongs to the recovery point from the vault and compares it with its checksums."
        case .drill:
            """
            Starts each application from the recovery point, with its own program and at its own paths, in a place \
            from which it can reach neither the live application nor its data; measures how long until it answers, \
            runs its checks and the probe of the configuration, and stores the evidence in the vault. Without ID it \
            takes the latest. Ends with 0 when it is proven, with 1 when something went wrong, and with 3 when the \
            recovery point has no application that could be started.
            """
        case .prune: "Applies `retention:` of remanso.yaml, and frees the space in the vault."
        case .thaw:
            """
            Thaws what the journal in /run/remanso still names, and undoes whatever else an interrupted run left \
            behind. A freeze that something else made is never touched.
            """
        case .track:
            """
            A small program in the kernel notes every block that is written, from `enable` to `disable` or the next \
            start of the machine; no process has to run for it. `enable` freezes the volume for some milliseconds. \
            `status` tells whether the next backup can trust the notes; what cannot be trusted costs time and never \
            correctness.
            """
        case .explain:
            "Takes a name, such as Pre-ScriptTimeout, or a number, such as 308. Without one it lists all codes."
        case .initialize:
            """
            Writes commented templates with the right owner and mode. A file that is already there is left as it is. With \
            --from-azure the configuration names the database of workload.conf; a password goes to a file of mode 600 \
            beside it and nowhere else.
            """
        }
    }

    static func text(of option: OptionName) -> String {
        switch option {
        case .config: "Configuration file (default: /etc/remanso/remanso.yaml, if it is there)."
        case .scriptConfig:
            "Configuration of the scripts (default: /etc/azure/VMSnapshotScriptPluginConfig.json, if it is there)."
        case .volume: "Mount point of a volume; may be repeated (default: every local file system on a block device)."
        case .vault: "Vault: a folder or anything else that restic accepts (default: /var/lib/remanso/vault)."
        case .vaultPasswordFile: "File with the vault's password (default: /etc/remanso/vault.key)."
        case .require:
            "Lowest level of consistency at which a recovery point is kept (default: crash, which keeps every one)."
        case .provider: "Snapshot provider for every volume (default: the best one for each)."
        case .json: "Print exactly one JSON document; progress goes to standard error."
        case .lang: "Language (default: from LC_ALL, LC_MESSAGES or LANG)."
        case .verbose: "Say more about what is done."
        case .rehearse: "Do everything but snapshot and store, and tell how long the application would stand still."
        case .dryRun: "Print the plan and do nothing."
        case .html: "Also write the report as one HTML page to this file."
        case .to: "Folder to restore to; it is made if it is not there."
        case .toImage: "File to restore the image of one volume to; sparse where the volume is empty."
        case .toDevice: "Block device to restore the image of one volume to; all that is on it is overwritten."
        case .changedOnly: "Read the target first and write only what differs: for one that holds an earlier state."
        case .path:
            "Only this file or folder, by its path on the backed-up machine; may be repeated (default: everything)."
        case .overwrite: "Overwrite files that exist (default: none is)."
        case .fromAzure: "Take over the database that Azure's framework was told of, and say what has no equivalent."
        case .workloadConfig: "What that framework was told (default: /etc/azure/workload.conf)."
        case .help: "Show this help."
        case .version: "Show the version."
        case .id: "Recovery point: its identifier, an unambiguous beginning of it, or latest."
        case .folder: "Folder to mount at, or that was mounted at."
        case .keep: "Stay while something is mounted (for Remanso's own use)."
        case .scratch:
            "Folder for what the applications change meanwhile (default: /var/lib/remanso/drill)."
        case .allUnproven: "Drill every recovery point of this machine that was never drilled, newest first."
        case .insideRoom: "Be the process inside the room (for Remanso's own use)."
        case .code: "Name or number of a code (default: all of them)."
        case .action: "Begin, end, or tell how it stands."
        case .mountPoint: "Mount point of the volume."
        }
    }
}
