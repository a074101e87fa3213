internal import Applications
public import Messages
internal import BlockTracking
internal import Freezing
internal import Glibc
internal import Linux
internal import Scripts
internal import Snapshots
internal import Vault

/// Everything that a run would stumble over, found without running a script or freezing anything.
public enum Preflight {
    /// - Returns: what was found, errors first.
    public static func findings(_ options: RunOptions) -> [Finding] {
        var findings: [Finding] = []
        func note(_ problem: Problem) {
            let finding = Finding(problem, phase: PhaseName.preflight.rawValue)
            if !findings.contains(where: { $0.problem == problem }) { findings.append(finding) }
        }
        if geteuid() != 0 { note(.notRoot) }
        do throws(Failure) {
            let plan = try Plan.make(options)
            findings += plan.findings
            findings += plan.volumes.compactMap(trackingProblem).map {
                Finding($0, severity: .warning, phase: PhaseName.preflight.rawValue)
            }
            for plugin in plan.framework.plugins { problems(of: plugin).forEach(note) }
            plan.freezeTargets.problems.forEach(note)
            try applicationProblems(options, plan).forEach(note)
        } catch {
            note(error.problem)
        }
        if access(options.freezerPath, X_OK) != 0 { note(.freezerMissing(path: options.freezerPath)) }
        if let problem = vaultProblem(options) { note(problem) }
        return findings.sorted { $0.severity == .error && $1.severity == .warning }
    }

    /// What hinders tracking of changed blocks, where a volume is not snapshotted by what it lies on.
    private static func trackingProblem(_ volume: Plan.Volume) -> Problem? {
        guard ["copy", "precopy"].contains(volume.provider.name), volume.canFreeze, geteuid() == 0,
            let obstacle = TrackingSupport.provenObstacle(volume.mount)
        else { return nil }
        return .trackingImpossible(volume: volume.mount.mountPoint, obstacle: obstacle)
    }

    /// Asks every application what is where.
    private static func applicationProblems(_ options: RunOptions, _ plan: Plan) throws(Failure) -> [Problem] {
        if options.applications.isEmpty { return [] }
        let sessions = options.applications.filter(Applications.hasSession)
        let group = sessions.isEmpty ? nil : try ApplicationGroup(sessions, program: options.keeperPath)
        defer { group?.close() }
        let placement = ApplicationPlacement(plan)
        let results = try (group?.survey() ?? []) + Applications.surveyCgroups(options.applications)
        return results.compactMap { result in
            (result.fault ?? placement.fault(result.record)).map { .application(name: result.record.name, fault: $0) }
        }
    }

    private static func problems(of plugin: Plugin) -> [Problem] {
        [ScriptPhase.pre, .post].compactMap { phase in
            do throws(Failure) {
                _ = try plugin.open(phase)
                return nil
            } catch {
                return error.problem
            }
        }
    }

    /// A local vault that is not there yet is no problem: the first run makes it.
    private static func vaultProblem(_ options: RunOptions) -> Problem? {
        if let folder = options.vault.localFolder, !Files.exists(folder), options.makesVault {
            return options.makesKey || Files.exists(options.vault.passwordFile)
                ? nil
                : .vaultPasswordUnusable(
                    path: options.vault.passwordFile, reason: SystemError.reason(of: ENOENT))
        }
        do throws(Failure) {
            try Vault(options.vault).open()
            return nil
        } catch {
            return error.problem
        }
    }
}
