internal import Applications
internal import Freezing
internal import Glibc
internal import Linux
internal import Messages
internal import Scripts
internal import Snapshots
internal import Vault

/// Prepare, freeze, snapshot and thaw.
extension Attempt {
    // MARK: Prepare and release

    func prepare() throws(Failure) {
        guard let plan else { return }
        if options.mode == .backup {
            try openVault()
            try openImages()
            for index in volumes.indices { try prepareImageOrFiles(index) }
        }
        try prepareApplications()
        try prepareFreeze(plan)
        // What is written back now need not be written inside the freeze.
        for volume in volumes where volume.plan.wantsFreeze { syncVolume(volume.plan.mount) }
    }

    private func openVault() throws(Failure) {
        journal.update { $0.vault = options.vault }
        let notices = try vault.openOrCreate(
            makesVault: options.makesVault, makesKey: options.makesKey, isReadNext: true)
        for problem in notices {
            note(problem, severity: .warning, phase: PhaseName.prepare.rawValue)
        }
        _ = try vault.discardIncomplete(host: MachineIdentity.hostName)
    }

    /// A volume that cannot be frozen now, because somebody else has frozen it for one, is copied.
    private func prepareImageOrFiles(_ index: Int) throws(Failure) {
        do throws(Failure) {
            try prepareSnapshot(index)
        } catch {
            switch error.problem {
            case .foreignFreeze, .freezeFailed: try copyInstead(index)
            default: throw error
            }
        }
    }

    func prepareSnapshot(_ index: Int) throws(Failure) {
        let volume = volumes[index].plan
        let root = try FreezeTarget.open(volume.mount).root
        let source = SnapshotSource(
            mount: volume.mount, root: root, recoveryPoint: recoveryPoint, image: try imageTask(index))
        let snapshot = try volume.provider.prepare(source)
        volumes[index].snapshot = snapshot
        if let token = snapshot.leftover {
            let leftover = JournalRecord.Leftover(provider: volume.provider.name, token: token)
            journal.update { $0.leftovers.append(leftover) }
        }
    }

    func prepareFreeze(_ plan: Plan) throws(Failure) {
        freezesVolumes = plan.freezeIsEnabled && volumes.contains(where: \.plan.wantsFreeze)
        if !isCrashOnly { try openFreeze(plan) }
    }

    /// Starts the freezer for what is to be frozen, if anything.
    private func openFreeze(_ plan: Plan) throws(Failure) {
        session?.close()
        session = nil
        let cgroups = openCgroups()
        let (targets, problems) = freezesVolumes ? plan.freezeTargets : ([], [])
        if let problem = problems.first { throw Failure(problem) }
        guard freezesVolumes || !cgroups.isEmpty, let table = try? MountTable.current() else { return }
        freezeDeadline = shortestDeadline(plan)
        session = try FreezeSession(
            FreezeTarget.ordered(targets, in: table), cgroups: cgroups, deadlineSeconds: freezeDeadline,
            ledgerPath: state.ledgerPath, freezerPath: options.freezerPath)
    }

    func release() throws(Failure) {
        session?.close()
        applications?.close()
        applications = nil
        for index in volumes.indices {
            guard let snapshot = volumes[index].snapshot else { continue }
            volumes[index].snapshot = nil
            do throws(Failure) {
                try snapshot.release()
            } catch {
                note(error.problem, severity: .warning, phase: PhaseName.release.rawValue)
            }
        }
    }

    private func syncVolume(_ mount: Mount) {
        // Best effort: FIFREEZE writes back what is left, inside the freeze.
        try? FreezeTarget.open(mount).root.syncFileSystem()
    }

    // MARK: Freeze and thaw

    func needsFreeze() -> Bool {
        guard let plan, !isCrashOnly else { return false }
        return needsVolumeFreeze(plan) || freezesCgroups
    }

    private func needsVolumeFreeze(_ plan: Plan) -> Bool {
        guard volumes.contains(where: \.plan.wantsFreeze) else { return false }
        let settings = plan.framework.freezeSettings
        let isWanted = applicationFailed ? settings.freezesOnAppFailure : settings.freezesOnAppSuccess
        freezeWasSwitchedOff = !plan.freezeIsEnabled || (plan.framework.isConfigured && !isWanted)
        return !freezeWasSwitchedOff
    }

    func freeze() throws(Failure) {
        // Only now is it known what the scripts' result means for the freeze of the volumes.
        if let plan, freezesVolumes, freezeWasSwitchedOff {
            freezesVolumes = false
            try openFreeze(plan)
        }
        guard let session else { return }
        for volume in volumes where volume.plan.wantsFreeze { syncVolume(volume.plan.mount) }
        if freezesCgroups { pauseStart = pauseStart ?? .now }
        freezeIssued = true
        record(session.freeze())
        syncPoint = .now
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        if session.isOver { throw Failure(freezeFailure(session, []) ?? .freezerDied) }
        try recordCgroupFreeze(session)
        for index in imageIndices where volumes[index].freeze?.wasFrozen != true { try copyInstead(index) }
        // Refused, a volume is as good as after a power cut: go on only where that is kept.
        if volumes.contains(where: { $0.freeze?.problem != nil }) { try requireLevel(atMost: .crash) }
    }

    func takeSnapshots() throws(Failure) {
        snapshotResult = "failed"
        let bodies = volumes.compactMap(\.snapshot).map { snapshot in
            { @Sendable () -> Failure? in
                do throws(Failure) {
                    try snapshot.take()
                    return nil
                } catch {
                    return error
                }
            }
        }
        let failures = Threads.concurrently(bodies).compactMap { $0 }
        mustTakeAgain = !failures.isEmpty && mayTakeAgain
        if mustTakeAgain { return }
        if let failure = failures.first { throw failure }
        for index in volumes.indices { volumes[index].wasTaken = true }
        if copiesFiles { settleSyncPoint() }
        snapshotResult = "ok"
    }

    /// Makes sure that every later change is seen to be later. The application waits for the whole copy, so a tick of
    /// the clock more does not matter.
    private func settleSyncPoint() {
        guard !(freezeIssued && freezesVolumes) else { return syncPoint.waitUntilPassed() }
        syncPoint = .now
        syncPoint.waitUntilPassed()
        // Written back, a page of a mapped file is read-only: to change it again leaves a time stamp.
        for volume in volumes where volume.plan.provider.freezeRule == .syncPoint { syncVolume(volume.plan.mount) }
    }

    func thaw() throws(Failure) {
        guard let session else { return }
        let results = session.thaw()
        record(results)
        if !session.cgroups.isEmpty { pauseEnd = .now }
        freezeMilliseconds += session.totalMilliseconds
        let isDone = snapshotResult == "ok"
        do throws(Failure) {
            try recordCgroupThaw(session)
        } catch {
            if isDone || error.problem.endsRun { throw error }
        }
        if let problem = freezeFailure(session, results) {
            snapshotResult = "failed"
            throw Failure(problem)
        }
    }

    private func freezeFailure(_ session: FreezeSession, _ results: [VolumeFreeze]) -> Problem? {
        if session.deadlineExceeded {
            return .freezeDeadlineExceeded(milliseconds: Int(freezeDeadline * 1000))
        }
        if let signal = Interruption.signal { return .interrupted(signal: signal) }
        if session.endedEarly { return .freezerDied }
        return results.compactMap(\.problem).first { $0.endsRun }
    }

    private func record(_ results: [VolumeFreeze]) {
        for result in results {
            let phase: PhaseName = result.wasFrozen ? .thaw : .freeze
            if let problem = result.problem { note(problem, phase: phase.rawValue) }
            // Several mounts of one file system share its freeze.
            let device = volumes.first { $0.plan.mount.mountPoint == result.mountPoint }?.plan.mount.device
            for index in volumes.indices where volumes[index].plan.mount.device == device {
                volumes[index].freeze = result
            }
        }
    }
}

extension Problem {
    /// The snapshot cannot be trusted any more, or a volume may still be frozen.
    fileprivate var endsRun: Bool {
        switch self {
        case .freezeLost, .thawFailed: true
        default: false
        }
    }
}
