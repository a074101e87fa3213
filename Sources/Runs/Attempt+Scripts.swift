internal import Glibc
internal import Linux
internal import Messages
internal import Scripts
internal import Snapshots

/// Preflight of the scripts, pre-script and post-script.
extension Attempt {
    func preflight() throws(Failure) {
        let plan = try Plan.make(options)
        self.plan = plan
        findings += plan.findings
        volumes = plan.volumes.map { volume in
            VolumeState(plan: volume, report: Report.Volume(volume))
        }
        if let risk = plan.findings.first(where: { $0.severity == .error && $0.problem.forbidsFreeze }) {
            throw Failure(risk.problem)
        }
        if plan.findings.contains(where: { $0.severity == .error }) { applicationFailed = true }
        for plugin in plan.framework.plugins { try check(plugin) }
        try requireLevel(atMost: isCrashOnly ? .crash : applicationFailed ? .filesystem : promisedLevel)
    }

    /// Opens both scripts of a plugin: the descriptors that are checked here are what runs later.
    private func check(_ plugin: Plugin) throws(Failure) {
        var problems: [Problem] = []
        func open(_ spec: ScriptSpec, _ phase: ScriptPhase) -> CheckedScript? {
            do throws(Failure) {
                return try CheckedScript.open(spec, phase)
            } catch {
                problems.append(error.problem)
                return nil
            }
        }
        let pre = open(plugin.pre, .pre), post = open(plugin.post, .post)
        problems.forEach { note($0, phase: PhaseName.preflight.rawValue) }
        guard let pre, let post else {
            if let problem = problems.first { try applyFailurePolicy(plugin, problem) }
            return
        }
        plugins.append(ReadyPlugin(plugin: plugin, pre: pre, post: post))
    }

    /// `continueBackupOnFailure`: a failed script ends the run when the plugin says so, except on a machine with one disk.
    func applyFailurePolicy(_ plugin: Plugin, _ problem: Problem) throws(Failure) {
        applicationFailed = true
        if plugin.continueBackupOnFailure { return }
        guard plan?.machineHasOneDisk ?? false else { throw Failure(problem) }
        isCrashOnly = true
    }

    // MARK: Running

    func runPreScripts() throws(Failure) {
        pauseStart = .now
        let owed = plugins.map { JournalRecord.OwedPostScript(plugin: $0.plugin, environment: environment(.post)) }
        journal.update { $0.owedPostScripts = owed }
        preWasStarted = true
        let outcomes = run(.pre)
        scripts.pre.attempts = outcomes.flatMap(\.attempts)
        if outcomes.allSatisfy({ $0.problem == nil }) {
            preResult = "ok"
        } else if outcomes.contains(where: { $0.problem?.isTimeout ?? false }) {
            preResult = "timeout"
        }
        // Whoever runs the post-script in this process's place tells it the same.
        let known = environment(.post)
        journal.update { record in
            for index in record.owedPostScripts.indices { record.owedPostScripts[index].environment = known }
        }
        if outcomes.contains(where: \.wasInterrupted) {
            preResult = "failed"
            throw Failure(.interrupted(signal: Interruption.signal ?? SIGTERM))
        }
        try judge(outcomes, .preScript)
        if applicationFailed { try requireLevel(atMost: isCrashOnly ? .crash : .filesystem) }
    }

    func runPostScripts() throws(Failure) {
        defer {
            pauseEnd = .now
            journal.update { record in
                record.owedPostScripts = []
                record.scriptLeaders = []
            }
        }
        let outcomes = run(.post)
        scripts.post.attempts = outcomes.flatMap(\.attempts)
        try judge(outcomes, .postScript)
        if applicationFailed, snapshotResult == "ok" { try requireLevel(atMost: isCrashOnly ? .crash : .filesystem) }
    }

    /// Runs one script of every plugin side by side; no process of any of them is left afterwards.
    private func run(_ phase: ScriptPhase) -> [ScriptOutcome] {
        let environment = environment(phase)
        let isAlone = plugins.count == 1
        let journal = journal
        let bodies = plugins.map { ready in
            { @Sendable in
                ScriptRun.run(
                    phase == .pre ? ready.pre : ready.post, plugin: ready.plugin, environment: environment,
                    isInterruptible: phase == .pre, sweepsOrphans: isAlone, onStart: { journal.noteScript($0) })
            }
        }
        let outcomes = Threads.concurrently(bodies)
        if !isAlone { ProcessTable.endOrphans() }
        return outcomes
    }

    private func judge(_ outcomes: [ScriptOutcome], _ phase: PhaseName) throws(Failure) {
        var failure: Failure?
        for (ready, outcome) in zip(plugins, outcomes) {
            outcome.warnings.forEach { note($0, severity: .warning, phase: phase.rawValue) }
            guard let problem = outcome.problem else { continue }
            note(problem, phase: phase.rawValue)
            do throws(Failure) {
                try applyFailurePolicy(ready.plugin, problem)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    private func environment(_ phase: ScriptPhase) -> [String: String] {
        var result = [
            "REMANSO_PHASE": phase.rawValue,
            "REMANSO_RECOVERY_POINT": recoveryPoint,
            "REMANSO_VOLUMES": volumes.map(\.plan.mount.mountPoint).joined(separator: ":"),
        ]
        if phase == .post {
            result["REMANSO_PRE_RESULT"] = preResult
            result["REMANSO_SNAPSHOT_RESULT"] = snapshotResult
        }
        return result
    }
}

extension Problem {
    fileprivate var isTimeout: Bool {
        if case .scriptTimeout = self { return true }
        return false
    }

    /// A freeze would not be safe.
    var forbidsFreeze: Bool {
        switch self {
        case .swapFileOnVolume, .stateOnVolume: true
        default: false
        }
    }
}

extension Report.Volume {
    init(_ volume: Plan.Volume) {
        mountPoint = volume.mount.mountPoint
        device = volume.mount.source
        filesystem = volume.mount.filesystem
        provider = volume.provider.name
        uuid = VolumeUUID.find(volume.mount)
    }
}
