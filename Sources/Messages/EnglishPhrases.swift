extension English {
    static func text(of phrase: Phrase) -> String {
        switch phrase {
        case .phase(let phase): name(phase)
        case .level(let level): adjective(level)
        case .levelExplained(let level): explanation(level)
        case .outcome(let outcome): name(outcome)
        case .stepOutcome(let outcome): name(outcome)
        case .severity(.error): "error"
        case .severity(.warning): "warning"
        case .label(let label): text(of: label)

        case .ofTotal(let done, let total): "\(done) of \(total)"
        case .perSecond(let amount): "\(amount)/s"
        case .left(let time): "\(time) left"
        case .begins(let phase): doing(phase)
        case .retrying(let attempt, let all, let delay): "Attempt \(attempt) of \(all) begins in \(delay)."

        case .backupMade(let id, let level): "The recovery point \(id) was made: \(adjective(level))."
        case .backupFailed: "No recovery point was made."
        case .rehearsed(let pause, let freeze):
            """
            Rehearsed: the application would stand still for \(pause), and the volumes be frozen for \(freeze). \
            Nothing was stored.
            """
        case .nothingWasDone: "Nothing was done: this is only the plan."
        case .noScriptsConfigured: "No scripts are configured."
        case .notFrozen: "not frozen"
        case .held(let duration): "held for \(duration)"
        case .notHeld: "not held"
        case .imageRead(let rounds, let final):
            "image: \(count(rounds, "round", "rounds")) while the volume was in use, \(final) in the freeze"
        case .readEverything(let reason): "everything was read and compared: \(reason)"
        case .noProblemsFound: "No problems found."
        case .found(let errors, let warnings):
            "\(count(errors, "error", "errors")), \(count(warnings, "warning", "warnings"))"
        case .nothingFrozen: "Nothing of Remanso's is frozen."
        case .thawed(let volume): "\(volume) was thawed."
        case .runUndone(let id): "What the run \(id) had left behind was undone."
        case .verified(let id, let bytes): "The recovery point \(id) is whole: \(bytes) read back and checked."
        case .imageRestored(let size, let written, let target):
            "Image of \(size) restored to \(target); \(written) had to be written."
        case .restored(let files, let folder): "\(count(files, "file", "files")) restored to \(folder)."
        case .mounted(let id, let volume, let folder):
            "\(volume) of \(id) is mounted at \(folder), read-only. `remanso unmount \(Wording.shell(folder))` ends it."
        case .unmounted(let folder): "Nothing is mounted at \(folder) any more."
        case .pruned(let kept, let removed):
            "\(count(kept, "recovery point", "recovery points")) kept, \(removed) removed."
        case .kept(let id): "\(id) is kept."
        case .removed(let id): "\(id) was removed."
        case .wrote(let file): "\(file) was written."
        case .trackingOn(let volume, let again):
            again
                ? "Changed blocks of \(volume) are already tracked; nothing was done."
                : "Changed blocks of \(volume) are tracked from now on. The next backup still reads everything."
        case .trackingOff(let volume, let wasOn):
            wasOn
                ? "Changed blocks of \(volume) are not tracked any more."
                : "Changed blocks of \(volume) were not tracked; nothing was done."
        case .trackedSince(let volume, let time): "Changed blocks of \(volume) are tracked since \(time)."
        case .changedBytes(let bytes, let parent):
            parent.map { "Changed since the snapshot \($0): \(bytes)." } ?? "Changed since then: \(bytes)."
        case .nextBackupReads(let doubt):
            doubt.map { "The next backup reads everything, because \($0.text(in: .en))." }
                ?? "The next backup reads only what changed."
        case .drillStep(let step): doing(step)
        case .proven(let date, let answered):
            answered.map { "proven \(date), answered in \($0)" } ?? "proven \(date)"
        case .failedDrill(let date, let reason): "failed \(date): \(reason)"
        case .checkedOnly(let date): "checked \(date), no application"
        case .notDrilled: "not drilled"
        case .drillProven(let id):
            "The recovery point \(id) is proven: its applications started from it and passed every check."
        case .drillFailed(let id): "The recovery point \(id) failed its drill."
        case .drillChecked(let id):
            "The recovery point \(id) has no application to start. Its file systems are sound and all was read back."
        case .claimNotKept: "It claims to be application-consistent, and failed its drill: do not rely on it."
        case .nothingToDrill: "Every recovery point of this machine has been drilled."
        case .drillUndone(let folder): "What an interrupted drill had left in \(folder) was removed."
        case .alreadyThere(let file): "\(file) is already there and was left as it is."
        case .takenOverFrom(let file): "Taken over from \(file)."
        case .notTakenOver(let gap): "Not taken over: \(gap.text(in: .en))."
        case .afterInit(let file): "Now look through \(file), and type `remanso check`."
        case .unknownCode(let code): "There is no code \(code). `remanso explain` lists all of them."
        case .outputTruncated: "Only the last 64 KiB were kept."
        case .noOutput: "It printed nothing."

        case .heading(let heading): text(of: heading)
        case .abstract(let command): abstract(of: command)
        case .discussion(let command): discussion(of: command)
        case .option(let option): text(of: option)
        case .exitMeaning(let meaning): text(of: meaning)
        case .seeHelp(let command): "`\(command) --help` tells more."

        case .unknownOption(let option): "there is no option \(option)"
        case .unknownCommand(let command): "there is no command “\(command)”"
        case .missingValue(let option): "\(option) needs a value"
        case .missingOption(let option): "\(option) is missing"
        case .missingArgument(let argument): "the argument \(argument) is missing"
        case .chooseVolume(let volumes):
            "the recovery point has several volumes; name one with --volume: \(volumes.joined(separator: ", "))"
        case .unexpectedArgument(let argument): "“\(argument)” is one argument too many"
        case .invalidValue(let value, let option, let expected):
            "“\(value)” is no value for \(option)"
                + (expected.isEmpty ? "" : "; possible are \(expected.joined(separator: ", "))")
        case .conflicting(let one, let other): "\(one) and \(other) exclude each other"
        }
    }

    private static func name(_ phase: PhaseName) -> String {
        switch phase {
        case .preflight: "preflight"
        case .prepare: "prepare"
        case .preScript: "pre-script"
        case .quiesce: "quiesce"
        case .freeze: "freeze"
        case .snapshot: "snapshot"
        case .thaw: "thaw"
        case .copy: "copy"
        case .resume: "resume"
        case .postScript: "post-script"
        case .store: "store"
        case .release: "release"
        }
    }

    private static func doing(_ phase: PhaseName) -> String {
        switch phase {
        case .preflight: "Looking for obstacles"
        case .prepare: "Preparing the snapshot"
        case .preScript: "Running the pre-script"
        case .quiesce: "Bringing the applications to rest"
        case .freeze: "Freezing the volumes"
        case .snapshot: "Taking the snapshot"
        case .thaw: "Thawing the volumes"
        case .copy: "Copying files"
        case .resume: "Letting the applications go"
        case .postScript: "Running the post-script"
        case .store: "Storing in the vault"
        case .release: "Removing the snapshot"
        }
    }

    private static func doing(_ step: DrillStep) -> String {
        switch step {
        case .opening(let id): "Opening the recovery point \(id)"
        case .fileSystem(let volume): "Checking the file system of \(volume)"
        case .reading: "Reading everything back"
        case .starting(let application, let program): "Starting \(application): \(program)"
        case .answered(let application, let time): "\(application) answered in \(Wording.seconds(time, in: .en))"
        case .checking(let application, let check): "Checking \(application): \(check)"
        case .probing(let application): "Asking \(application) the probe"
        case .storing: "Storing the evidence in the vault"
        }
    }

    private static func explanation(_ level: Consistency) -> String {
        switch level {
        case .application:
            "The application was as its pre-script had left it: it starts from this recovery point as the script prepared it."
        case .filesystem:
            "The file systems were at rest, but not the application: it starts with its own recovery, as after a crash."
        case .crash: "Nothing was at rest: the data are as after a power cut."
        case .none: "There is no recovery point."
        }
    }

    private static func name(_ outcome: OutcomeName) -> String {
        switch outcome {
        case .succeeded: "succeeded"
        case .degraded: "degraded"
        case .failed: "failed"
        }
    }

    private static func name(_ outcome: StepOutcomeName) -> String {
        switch outcome {
        case .ok: "ok"
        case .failed: "failed"
        case .skipped: "skipped"
        }
    }

    private static func text(of label: Label) -> String {
        switch label {
        case .recoveryPoint: "Recovery point"
        case .host: "Host"
        case .started: "Started"
        case .finished: "Finished"
        case .duration: "Duration"
        case .level: "Level"
        case .outcome: "Outcome"
        case .attempts: "Attempts"
        case .pause: "Pause of the application"
        case .freeze: "Freeze"
        case .stored: "Stored"
        case .read: "Read"
        case .volumes: "Volumes"
        case .volume: "Volume"
        case .errors: "Errors"
        case .warnings: "Warnings"
        case .action: "What to do"
        case .vault: "Vault"
        case .id: "ID"
        case .time: "Time"
        case .size: "Size"
        case .plan: "Plan"
        case .provider: "Provider"
        case .reason: "Reason"
        case .freezeOrder: "Order of freezing"
        case .scripts: "Scripts"
        case .filesystem: "File system"
        case .device: "Device"
        case .report: "Report"
        case .timeline: "Timeline"
        case .scriptOutput: "Output of the scripts"
        case .pauseEnlarged: "The pause, enlarged"
        case .freezeEnlarged: "The freeze, enlarged"
        case .application: "Application"
        case .applications: "Applications"
        case .drill: "Drill"
        case .program: "Program"
        case .user: "User"
        case .version: "Version"
        case .check: "Check"
        case .probe: "Probe"
        case .answered: "Answered in"
        case .log: "Log"
        case .namespaces: "Namespaces"
        case .notStarted: "Not started"
        case .phase: "Phase"
        case .attempt: "Attempt"
        case .exitStatus: "Exit status"
        case .signal: "Signal"
        case .timedOut: "Timed out"
        case .standardOutput: "Standard output"
        case .standardError: "Standard error"
        }
    }
}
