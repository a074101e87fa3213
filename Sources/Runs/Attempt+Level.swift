internal import Freezing
internal import Messages
internal import Scripts
internal import Snapshots

/// The level of consistency, decided from what was observed.
extension Attempt {
    /// What the configuration promises.
    var promisedLevel: Consistency {
        plan?.framework.isConfigured ?? false || !options.applications.isEmpty ? .application : .filesystem
    }

    /// The lowest level of all volumes.
    var level: Consistency { volumes.map(level(of:)).min() ?? .none }

    func level(of volume: VolumeState) -> Consistency {
        guard volume.wasTaken || options.mode == .rehearsal else { return .none }
        if isCrashOnly { return .crash }
        let isSettled = isAtRest(volume)
        let isQuiet = promisedLevel == .application && !applicationFailed
        if isQuiet && (isSettled || (freezeWasSwitchedOff && volume.changedDuringCopy != true)) { return .application }
        return isSettled ? .filesystem : .crash
    }

    /// The file system was at rest when its snapshot was taken: frozen until then, or by its own means.
    private func isAtRest(_ volume: VolumeState) -> Bool {
        switch volume.plan.provider.freezeRule {
        case .forbidden: true
        case .needed: volume.freeze?.held ?? false
        // Copied after the thaw: what did not change since is what it was at the sync point.
        case .syncPoint:
            volume.plan.canFreeze
                ? (volume.freeze?.held ?? false) && volume.changedDuringCopy != true : volume.changedDuringCopy == false
        }
    }

    /// Ends the run when it can no longer reach the level that is required.
    func requireLevel(atMost reachable: Consistency) throws(Failure) {
        if reachable < options.require {
            throw Failure(.levelNotReached(required: options.require, reached: reachable))
        }
    }
}
