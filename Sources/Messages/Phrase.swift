/// What a user reads besides problems: names, labels, results, and everything that `--help` says.
///
/// Numbers with a unit (`bytes`, `duration`, `rate`, `left`) arrive as finished texts such as `9.8 ms`; see
/// ``Language/decimalSeparator``.
public enum Phrase: Sendable, Equatable {
    // Names, in lower case.
    /// A phase of the run.
    case phase(PhaseName)
    /// A level of consistency, as an adjective.
    case level(Consistency)
    /// What a level promises, in one sentence.
    case levelExplained(Consistency)
    /// How a run ended.
    case outcome(OutcomeName)
    /// How a step of a run ended.
    case stepOutcome(StepOutcomeName)
    /// How bad a finding is.
    case severity(Severity)

    // Labels and table headings, with a capital.
    /// A label before or above a value.
    case label(Label)

    // Progress.
    /// How much is done of how much, such as `1.2 GiB of 3.4 GiB`.
    case ofTotal(done: String, total: String)
    /// How much a second, such as `210 MiB/s`.
    case perSecond(String)
    /// The time that a step will still take.
    case left(String)
    /// A phase begins.
    case begins(PhaseName)
    /// The next attempt of a failed run.
    case retrying(attempt: Int, of: Int, delay: String)

    // Results.
    /// A recovery point was made.
    case backupMade(recoveryPoint: String, level: Consistency)
    /// No recovery point was made.
    case backupFailed
    /// A rehearsal is over.
    case rehearsed(pause: String, freeze: String)
    /// The last line of a plan.
    case nothingWasDone
    /// No script framework is configured.
    case noScriptsConfigured
    /// The plan does not freeze a volume.
    case notFrozen
    /// An application was at rest for so long.
    case held(duration: String)
    /// An application was not brought to rest.
    case notHeld
    /// How an image was read: rounds with the volume alive, then the rest in the freeze.
    case imageRead(rounds: Int, final: String)
    /// Everything was read, not only what had changed.
    case readEverything(reason: String)
    /// A preflight without findings.
    case noProblemsFound
    /// How much a preflight found.
    case found(errors: Int, warnings: Int)
    /// Nothing to thaw.
    case nothingFrozen
    /// A volume was thawed.
    case thawed(volume: String)
    /// An interrupted run was undone.
    case runUndone(recoveryPoint: String)
    /// A recovery point was read back and is whole.
    case verified(recoveryPoint: String, bytes: String)
    /// Files were restored.
    case restored(files: Int, folder: String)
    /// An image was restored; how much of it had to be written.
    case imageRestored(size: String, written: String, target: String)
    /// A volume of a recovery point was mounted.
    case mounted(recoveryPoint: String, volume: String, folder: String)
    /// What was mounted there is not any more.
    case unmounted(folder: String)
    /// The retention was applied.
    case pruned(kept: Int, removed: Int)
    /// A recovery point that the retention keeps.
    case kept(recoveryPoint: String)
    /// A recovery point that the retention removed.
    case removed(recoveryPoint: String)
    /// A file was written.
    case wrote(file: String)
    /// A file was there and was left as it is.
    case alreadyThere(file: String)
    /// A comment above what was taken over.
    case takenOverFrom(file: String)
    /// Something that Azure's framework was told and that Remanso has no equivalent for.
    case notTakenOver(WorkloadGap)
    /// What to do after `init`; `file` is the configuration.
    case afterInit(file: String)
    /// Changed blocks are tracked from now on; `again` if they were before.
    case trackingOn(volume: String, again: Bool)
    /// Changed blocks are not tracked any more; `wasOn` if they were.
    case trackingOff(volume: String, wasOn: Bool)
    /// Since when changed blocks are tracked.
    case trackedSince(volume: String, time: String)
    /// How much changed since the tracked backup, or without one since tracking began.
    case changedBytes(String, parent: String?)
    /// Whether the next backup of a volume reads what changed or everything.
    case nextBackupReads(TrackingDoubt?)
    /// A step of a drill begins, or has ended.
    case drillStep(DrillStep)
    /// What is known of a recovery point, in a table: when and how long.
    case proven(date: String, answered: String?)
    /// A recovery point failed its drill, in a table.
    case failedDrill(date: String, reason: String)
    /// Without an application, what could be checked is sound, in a table.
    case checkedOnly(date: String)
    /// There was no drill, in a table.
    case notDrilled
    /// A drill has proven a recovery point.
    case drillProven(recoveryPoint: String)
    /// A recovery point has failed its drill.
    case drillFailed(recoveryPoint: String)
    /// A recovery point has no application that could be started.
    case drillChecked(recoveryPoint: String)
    /// A recovery point claims more than its drill has shown.
    case claimNotKept
    /// Every recovery point has been drilled.
    case nothingToDrill
    /// What an interrupted drill had left was removed.
    case drillUndone(folder: String)
    /// No code of the catalogue matches.
    case unknownCode(String)
    /// The output of a script was longer than what is kept.
    case outputTruncated
    /// A script printed nothing.
    case noOutput

    // Help.
    /// A heading of `--help`.
    case heading(HelpHeading)
    /// A command in a few words.
    case abstract(CommandName)
    /// A command in a paragraph.
    case discussion(CommandName)
    /// An option or argument in one line, with its default.
    case option(OptionName)
    /// What an exit status means.
    case exitMeaning(ExitMeaning)
    /// Where to read about a command.
    case seeHelp(of: String)

    // Wrong usage: the detail of ``Problem/wrongUsage(detail:)``.
    /// There is no such option.
    case unknownOption(String)
    /// There is no such command.
    case unknownCommand(String)
    /// An option needs a value.
    case missingValue(option: String)
    /// An option must be given.
    case missingOption(String)
    /// An argument must be given.
    case missingArgument(String)
    /// One of several volumes must be named.
    case chooseVolume([String])
    /// An argument is one too many.
    case unexpectedArgument(String)
    /// A value cannot be used; `expected` lists what can, and may be empty.
    case invalidValue(String, option: String, expected: [String])
    /// Two options exclude each other.
    case conflicting(String, String)

    /// The phrase in a language.
    public func text(in language: Language) -> String {
        switch language {
        case .en: Wording.printable(English.text(of: self))
        case .es: Wording.printable(Spanish.text(of: self))
        }
    }
}

/// The phases of a run, in their order; raw values as in the report.
public enum PhaseName: String, Codable, Sendable, CaseIterable {
    case preflight
    case prepare
    case preScript = "pre-script"
    case quiesce
    case freeze
    case snapshot
    case thaw
    case copy
    case resume
    case postScript = "post-script"
    case store
    case release
}

/// What a drill does, one after another.
public enum DrillStep: Sendable, Equatable, Codable {
    /// The vault's volumes are shown.
    case opening(recoveryPoint: String)
    /// The file system in an image is checked.
    case fileSystem(volume: String)
    /// Everything is read back.
    case reading
    /// A program is started.
    case starting(application: String, program: String)
    /// It has answered after so many milliseconds.
    case answered(application: String, milliseconds: Double)
    /// A check runs.
    case checking(application: String, check: String)
    /// The probe is asked.
    case probing(application: String)
    /// The evidence is stored.
    case storing
}

/// How a run ended; raw values as in the report.
public enum OutcomeName: String, Codable, Sendable, CaseIterable {
    case succeeded
    case degraded
    case failed
}

/// How a step of a run ended; raw values as in the report.
public enum StepOutcomeName: String, Codable, Sendable, CaseIterable {
    case ok
    case failed
    case skipped
}

/// Labels of the backup screen, the plan, the table of recovery points and the HTML report.
public enum Label: String, Sendable, CaseIterable {
    case recoveryPoint
    case host
    case started
    case finished
    case duration
    case level
    case outcome
    case attempts
    case pause
    case freeze
    case stored
    case read
    case volumes
    case volume
    case errors
    case warnings
    case action
    case vault
    // The table of recovery points.
    case id
    case time
    case size
    // The plan.
    case plan
    case provider
    case reason
    case freezeOrder
    case scripts
    case filesystem
    case device
    // The report.
    case report
    case timeline
    case scriptOutput
    case pauseEnlarged
    case freezeEnlarged
    case application
    case applications
    case drill
    case program
    case user
    case version
    case check
    case probe
    case answered
    case log
    case namespaces
    case notStarted
    case phase
    case attempt
    case exitStatus
    case signal
    case timedOut
    case standardOutput
    case standardError
}

/// Headings of `--help`.
public enum HelpHeading: String, Sendable, CaseIterable {
    case usage
    case arguments
    case options
    case subcommands
    case example
    case exitStatus
}

/// What an exit status means; the raw value is the status.
public enum ExitMeaning: Int32, Sendable, CaseIterable {
    case succeeded = 0
    case failed = 1
    case degraded = 3
    case wrongUsage = 64
    case alreadyRunning = 75
    case configuration = 78
}
