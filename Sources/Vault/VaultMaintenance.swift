internal import Linux
public import Messages

extension Vault {
    /// Removes recovery points and the data that nothing else needs.
    ///
    /// The manifests go first: killed at any instant, this leaves no recovery point whose data is gone.
    public func forget(_ points: [RecoveryPoint]) throws(Failure) {
        if points.isEmpty { return }
        try requireWritable()
        _ = try restic.run(ResticTask(["forget"] + points.map(\.manifest), isLocking: true))
        let data = points.flatMap { $0.data.map(\.id) + $0.drills.map(\.id) }
        // With nothing to forget, `forget` would ask for a policy.
        let arguments = data.isEmpty ? ["prune"] : ["forget", "--prune"] + data
        _ = try restic.run(ResticTask(arguments, isLocking: true))
    }

    /// Removes data snapshots that no manifest names: what runs left that were killed or failed. The space comes back
    /// with the next `forget`.
    /// - Parameters:
    ///   - host: only snapshots of this host: another may be between its data and its manifest just now.
    ///   - current: recovery points that are still being made.
    ///   - olderThanSeconds: younger ones stay, by their instant.
    /// - Returns: how many were removed.
    @discardableResult
    public func discardIncomplete(host: String, notCurrent current: Set<String> = [], olderThanSeconds: Int64 = 0)
        throws(Failure) -> Int
    {
        let (all, isComplete) = try snapshots()
        // The manifest may be just what could not be read.
        guard isComplete else { return 0 }
        let tagged = all.map(TaggedSnapshot.init)
        var named: [String: [String]] = [:]
        for manifest in tagged where manifest.kind == .manifest {
            if let id = manifest.recoveryPoint { named[id, default: []] += manifest.all("data") }
        }
        // Where data is missed, a snapshot may be just that under another id.
        let doubtful = named.filter { _, names in !names.allSatisfy { name in all.contains { $0.was(name) } } }
        let limit = CivilTime.now.seconds - olderThanSeconds
        let left = tagged.filter { snapshot in
            guard snapshot.kind == .data || snapshot.kind == .drill, snapshot.snapshot.hostname == host,
                let id = snapshot.recoveryPoint,
                !current.contains(id), doubtful[id] == nil,
                let time = CivilTime(snapshot.snapshot.time), time.seconds <= limit
            else { return false }
            // The evidence of a drill belongs to the whole recovery point.
            if snapshot.kind == .drill { return named[id] == nil }
            return !(named[id] ?? []).contains(where: snapshot.snapshot.was)
        }
        if left.isEmpty { return 0 }
        try requireWritable()
        _ = try restic.run(ResticTask(["forget"] + left.map(\.snapshot.id), isLocking: true))
        return left.count
    }

    /// Removes locks in the repository that a killed restic of this machine left there. Every command does so by itself
    /// when it finds the repository locked.
    /// - Parameters:
    ///   - host: this machine's name as the kernel has it; `nil` to ask the kernel.
    ///   - pids: only the locks of these processes, such as those in the journal; `nil` for all that are gone.
    /// - Returns: how many were removed.
    @discardableResult
    public func removeOwnStaleLocks(host: String? = nil, pids: Set<Int32>? = nil) throws(Failure) -> Int {
        try restic.removeOwnStaleLocks(host: host ?? Host.name, pids: pids)
    }
}
