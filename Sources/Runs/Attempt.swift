internal import Applications
internal import FoundationEssentials
internal import Freezing
internal import Glibc
internal import Linux
internal import Messages
internal import Scripts
internal import Snapshots
internal import Vault

/// One attempt of a run: what it knows, and the list of its moves. The steps themselves stand in the extensions.
final class Attempt {
    /// A volume on its way through the run.
    struct VolumeState {
        var plan: Plan.Volume
        var snapshot: (any PreparedSnapshot)?
        var wasTaken = false
        var freeze: VolumeFreeze?
        /// Something changed while the files were copied; `nil` without a copy.
        var changedDuringCopy: Bool?
        /// Its image; `nil` for a volume that is stored as files.
        var image: VolumeImage?
        var report: Report.Volume
    }

    /// A plugin whose scripts have been checked.
    struct ReadyPlugin {
        let plugin: Plugin
        let pre: CheckedScript
        let post: CheckedScript
    }

    let options: RunOptions
    /// 1 for the first attempt.
    let number: Int
    let state: StateFolder
    let observer: (any RunObserver)?
    let recoveryPoint: String
    let startedAt = Date()
    let origin = Instant.now
    let journal: Journal
    let vault: Vault

    var findings: [Finding]
    var plan: Plan?
    var volumes: [VolumeState] = []
    var plugins: [ReadyPlugin] = []
    var scripts = Report.ScriptResults()
    var preWasStarted = false
    var preResult = "failed"
    var snapshotResult = "none"
    /// Some script or its configuration failed, so that the application was not at rest.
    var applicationFailed = false
    /// The one-disk rule: a crash-consistent backup in spite of `continueBackupOnFailure: false`.
    var isCrashOnly = false
    /// The applications' sessions; `nil` without one. Those that are frozen have none.
    var applications: ApplicationGroup?
    /// What is known of the applications so far.
    var adapters: [ApplicationResult] = []
    var applicationsWereAsked = false
    var session: FreezeSession?
    var freezeIssued = false
    /// The longest freeze, in seconds.
    var freezeDeadline = 0.0
    /// The freeze is of volumes too, and not of control groups alone.
    var freezesVolumes = false
    /// The freeze was left out because the configuration says so.
    var freezeWasSwitchedOff = false
    var pauseStart: Instant?
    var pauseEnd: Instant?
    var freezeMilliseconds = 0.0
    /// The instant since which copied files must not have changed.
    var syncPoint = SyncPoint.now
    var dataSnapshots: [StoredSnapshot] = []
    /// Where images are put together, with a lock on the repository; `nil` without one.
    var images: ImageStore?
    /// The id of the vault's repository; `nil` without an image.
    var repositoryID: String?
    /// Freezes that were ended because too much was left to copy.
    var failedTakes = 0
    /// The last freeze brought no snapshot, and another may.
    var mustTakeAgain = false
    var sealed = false
    var runner: StepRunner?
    private(set) var isWorthRetry = false

    init(
        _ options: RunOptions, number: Int, state: StateFolder, earlier: [Finding], observer: (any RunObserver)?
    ) {
        self.options = options
        self.number = number
        self.state = state
        self.observer = observer
        findings = earlier
        recoveryPoint = Timestamp.recoveryPoint(startedAt)
        journal = Journal(state.journalPath, recoveryPoint: recoveryPoint)
        vault = Vault(options.vault)
    }

    func run() -> Report {
        let runner = StepRunner(
            origin: origin,
            isStopped: { Interruption.signal.map { Failure(.interrupted(signal: $0)) } },
            onPhase: { [observer] in observer?.phaseStarted($0) })
        self.runner = runner
        let failure = runner.walk(moves)
        if let failure { note(failure) }
        // restic's work on the repository may need it alone.
        images = nil
        if !sealed, !dataSnapshots.isEmpty { discardData() }
        Files.removeTree(state.filesPath)
        // What could not be undone stays in the journal for the next run or for `remanso thaw`.
        if !findings.contains(where: { isNotUndone($0.problem) }) { journal.close() }
        return report(failed: failure != nil || (options.mode == .backup && !sealed))
    }

    /// The run as data. Release, post-script and thaw are the undos of prepare, pre-script and freeze; `settle` carries
    /// them out in their turn, and a failure carries out those that are still owed.
    private var moves: [Move] {
        let isBackup = { self.options.mode == .backup }
        let settlesScripts = Undo(
            phase: .postScript, isNeeded: { self.preWasStarted }, perform: runPostScripts)
        let releases = Undo(phase: .release, isNeeded: { !self.volumes.isEmpty }, perform: release)
        return [
            .perform(Step(phase: .preflight, perform: preflight)),
            .perform(Step(phase: .prepare, perform: prepare, undo: releases)),
            .perform(
                Step(
                    phase: .preScript, isNeeded: { !self.plugins.isEmpty }, perform: runPreScripts, undo: settlesScripts
                )),
            .perform(
                Step(
                    phase: .prepare, isNeeded: { isBackup() && self.takesImages }, perform: prepareForFreeze,
                    isListedWhenSkipped: false)),
            .perform(
                Step(
                    phase: .quiesce, isNeeded: { self.holdsApplications }, perform: quiesceApplications,
                    undo: Undo(
                        phase: .resume, isNeeded: { self.applicationsAreHeld }, perform: releaseApplications,
                        isListedWhenSkipped: false),
                    isListedWhenSkipped: false)),
            freezeStep, snapshotStep, .settle,
            .repeat(
                while: { self.mustTakeAgain },
                [.perform(Step(phase: .prepare, perform: prepareAgain)), freezeStep, snapshotStep, .settle]),
            .perform(Step(phase: .copy, isNeeded: { isBackup() && self.copiesFiles }, perform: copyFiles)),
            .settle, .settle,
            .perform(
                Step(phase: .store, isNeeded: { isBackup() && self.hasSnapshotsToStore }, perform: storeSnapshots)),
            .settle,
            .perform(Step(phase: .store, isNeeded: isBackup, perform: seal, isListed: false)),
        ]
    }

    private var freezeStep: Move {
        .perform(
            Step(
                phase: .freeze, isNeeded: needsFreeze, perform: freeze,
                undo: Undo(phase: .thaw, isNeeded: { self.freezeIssued }, perform: thaw)))
    }

    private var snapshotStep: Move {
        .perform(Step(phase: .snapshot, isNeeded: { self.options.mode == .backup }, perform: takeSnapshots))
    }

    private func isNotUndone(_ problem: Problem) -> Bool {
        switch problem {
        case .thawFailed, .snapshotNotReleased: true
        default: false
        }
    }

    // MARK: Findings

    func note(_ failure: Failure) {
        // Whatever broke off because this process was asked to stop did not fail by itself.
        let problem = Interruption.signal.map { Problem.interrupted(signal: $0) } ?? failure.problem
        note(problem, phase: runner?.failedPhase?.rawValue ?? "")
        isWorthRetry = problem.mayPass
    }

    func note(_ problem: Problem, severity: Severity = .error, phase: String) {
        let finding = Finding(problem, severity: severity, phase: phase)
        if !findings.contains(where: { $0.problem == problem }) { findings.append(finding) }
    }

    // MARK: The report

    func report(failed: Bool) -> Report {
        var report = Report()
        report.recoveryPoint = failed || options.mode == .rehearsal ? nil : recoveryPoint
        report.host = MachineIdentity.hostName
        report.machineId = MachineIdentity.id
        report.version = remansoVersion
        report.startedAt = Timestamp.iso(startedAt)
        report.finishedAt = Timestamp.iso(Date())
        report.consistency = failed ? .none : level
        report.outcome = failed ? .failed : (report.consistency < promisedLevel ? .degraded : .succeeded)
        report.attempts = number
        report.rehearsal = options.mode == .rehearsal
        report.applications = plan?.framework.plugins.compactMap(\.appName) ?? []
        report.errors = findings.map { Report.Entry($0, in: options.language) }
        report.timeline = timeline
        report.pauseMs.freeze = rounded(freezeMilliseconds)
        report.pauseMs.application = rounded(applicationPause)
        report.scripts = scripts
        report.adapters = adapters.map(\.record)
        report.volumes = volumes.map { volume in
            var entry = volume.report
            entry.frozen = volume.freeze?.wasFrozen ?? false
            entry.freezeMs = rounded(volume.freeze?.milliseconds ?? 0)
            entry.consistency = failed ? .none : level(of: volume)
            return entry
        }
        if options.mode == .backup {
            report.vault = Report.VaultPlace(
                repository: options.vault.displayName,
                snapshot: failed ? nil : dataSnapshots.first?.id)
        }
        return report
    }

    /// A phase with an error counts as failed, also where the run could go on.
    private var timeline: [Report.TimelineEntry] {
        let failed = Set(findings.filter { $0.severity == .error }.map(\.phase))
        return (runner?.timeline ?? []).map { entry in
            var entry = entry
            if entry.outcome == .ok, failed.contains(entry.phase.rawValue) { entry.outcome = .failed }
            return entry
        }
    }

    /// Without scripts the application stands still as long as the freeze.
    private var applicationPause: Double {
        guard let pauseStart, let pauseEnd else { return freezeMilliseconds }
        return pauseEnd.milliseconds(since: pauseStart)
    }
}

/// Who this machine is.
public enum MachineIdentity {
    /// Its name, as the kernel has it.
    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count - 1)
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static var id: String { Files.line("/etc/machine-id") ?? "" }
}

extension Problem {
    /// Whether the same run may succeed a little later.
    var mayPass: Bool {
        switch self {
        case .scriptExecutionFailed, .scriptTimeout, .freezeFailed, .freezeDeadlineExceeded, .foreignFreeze,
            .freezeLost,
            .freezerDied, .snapshotFailed, .vaultUnreachable, .vaultLocked, .vaultFailed, .vaultIncomplete,
            .levelNotReached, .changesTooFast, .imageNotTrusted, .trackingBusy, .trackingFailed:
            true
        default: false
        }
    }
}
