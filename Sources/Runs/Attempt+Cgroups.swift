internal import Applications
internal import Freezing
internal import Linux
internal import Messages

/// Applications without an interface: their control groups are frozen with the volumes, by the same keepers.
extension Attempt {
    /// Those that are to be frozen, and may be still.
    private var frozenApplications: [(index: Int, path: String)] {
        adapters.indices.compactMap { index in
            guard adapters[index].fault == nil, let path = adapters[index].record.cgroup else { return nil }
            return (index, path)
        }
    }

    var freezesCgroups: Bool { !frozenApplications.isEmpty }

    /// The longest freeze: no application stands still for longer than its own deadline.
    func shortestDeadline(_ plan: Plan) -> Double {
        let own = frozenApplications.map { adapters[$0.index].record.settings.deadlineSeconds }
        return min(plan.deadlineSeconds, own.min() ?? .infinity)
    }

    /// Opens the groups for a freeze. One that has gone meanwhile is left alone.
    func openCgroups() -> [Cgroup] {
        frozenApplications.compactMap { index, path in
            do throws(SystemError) {
                return try Cgroup(path)
            } catch {
                adapters[index].fault = .cgroup(path: path, .failed(reason: error.reason))
                return nil
            }
        }
    }

    /// Notes what the freeze was like, for the report.
    func recordCgroupFreeze(_ session: FreezeSession) throws(Failure) {
        for freeze in session.cgroups {
            guard let index = index(of: freeze) else { continue }
            if let milliseconds = freeze.freezeMilliseconds {
                adapters[index].record.steps.append(.init("cgroup.freeze 1", durationMs: rounded(milliseconds)))
            }
            noteObstacle(freeze, index)
        }
        try judgeApplications(.freeze)
    }

    /// Notes how it ended.
    func recordCgroupThaw(_ session: FreezeSession) throws(Failure) {
        for freeze in session.cgroups {
            guard let index = index(of: freeze) else { continue }
            adapters[index].record.wasHeld = freeze.held
            adapters[index].record.heldMs += rounded(freeze.heldMilliseconds ?? 0)
            if let milliseconds = freeze.thawMilliseconds {
                adapters[index].record.steps.append(.init("cgroup.freeze 0", durationMs: rounded(milliseconds)))
            }
            noteObstacle(freeze, index)
            if let problem = freeze.thawProblem { throw Failure(problem) }
        }
        try judgeApplications(.thaw)
    }

    private func index(of freeze: CgroupFreeze) -> Int? { frozenApplications.first { $0.path == freeze.path }?.index }

    private func noteObstacle(_ freeze: CgroupFreeze, _ index: Int) {
        if let obstacle = freeze.obstacle { adapters[index].fault = .cgroup(path: freeze.path, obstacle) }
    }
}
