internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import Messages
internal import Snapshots
internal import Vault

/// Moving the data to the vault, and the report last.
extension Attempt {
    var copiesFiles: Bool { volumes.contains { $0.wasTaken && $0.plan.provider.freezeRule == .syncPoint } }
    var hasSnapshotsToStore: Bool { volumes.contains { $0.wasTaken && $0.plan.provider.freezeRule != .syncPoint } }

    /// Provider `copy`: reads the live files while the application is quiet, and looks whether it was.
    func copyFiles() throws(Failure) {
        let indices = volumes.indices.filter { volumes[$0].plan.provider.freezeRule == .syncPoint }
        try store(indices, view: MountView())
        for index in indices {
            let mount = volumes[index].plan.mount
            let changes = ChangeScan.changes(below: mount.mountPoint, since: syncPoint)
            volumes[index].changedDuringCopy = changes.count > 0
            guard let example = changes.example else { continue }
            note(
                .changedDuringCopy(volume: mount.mountPoint, example: example, count: changes.count),
                severity: .error, phase: PhaseName.copy.rawValue)
        }
        try requireLevel(atMost: level)
    }

    func storeSnapshots() throws(Failure) {
        let indices = volumes.indices.filter { volumes[$0].plan.provider.freezeRule != .syncPoint }
        var view = MountView()
        for index in indices {
            let wasFrozen = volumes[index].freeze?.held ?? false
            if let layer = try volumes[index].snapshot?.open(wasFrozen: wasFrozen) { view.layers.append(layer) }
        }
        try store(indices, view: view)
    }

    private func store(_ indices: [Int], view: MountView) throws(Failure) {
        writeReportFile(report(failed: false))
        let mountPoints = indices.map { volumes[$0].plan.mount.mountPoint }
        let stored = try vault.store(
            request(.data, paths: mountPoints + [state.reportFolder], volumes: mountPoints, view: view)
        ) { [observer] in observer?.stored($0) }
        dataSnapshots.append(stored.id)
        // The vault counts a whole snapshot: shared equally where it holds several volumes.
        for index in indices {
            volumes[index].report.snapshot = stored.id
            volumes[index].report.bytesRead = stored.bytesRead / Int64(indices.count)
            volumes[index].report.bytesStored = stored.bytesStored / Int64(indices.count)
        }
    }

    /// Stores the final report: from this moment on the recovery point exists.
    func seal() throws(Failure) {
        try requireLevel(atMost: level)
        sealed = true
        writeReportFile(report(failed: false))
        do throws(Failure) {
            let mountPoints = volumes.map(\.plan.mount.mountPoint)
            _ = try vault.store(
                request(.manifest, paths: [state.reportFolder], volumes: mountPoints, view: MountView())) { _ in }
        } catch {
            sealed = false
            throw error
        }
    }

    private func request(_ kind: StoreRequest.Kind, paths: [String], volumes: [String], view: MountView) -> StoreRequest {
        let journal = journal
        return StoreRequest(
            recoveryPoint: recoveryPoint, kind: kind, paths: paths, excludes: [], volumes: volumes, level: level.rawValue,
            outcome: "", dataSnapshots: dataSnapshots, view: view, host: MachineIdentity.hostName, time: startedAt,
            onStart: { pid in journal.update { $0.resticPIDs.append(pid) } })
    }

    private func writeReportFile(_ report: Report) {
        try? Files.makeFolder(state.reportFolder)
        try? Files.replace(state.reportFolder + "/report.json", with: report.json(), isDurable: false)
    }
}

/// Looks for files that changed after an instant: what a copy of live files cannot vouch for.
enum ChangeScan {
    /// Walks one file system by status changes, which no program can set back.
    static func changes(below folder: String, since instant: timespec) -> (count: Int, example: String?) {
        var count = 0
        var example: String?
        guard let arguments = strdup(folder) else { return (1, folder) }
        defer { free(arguments) }
        var paths: [UnsafeMutablePointer<CChar>?] = [arguments, nil]
        guard let walk = fts_open(&paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nil) else { return (1, folder) }
        defer { fts_close(walk) }
        while let entry = fts_read(walk) {
            if entry.pointee.fts_info == FTS_DP { continue }
            guard let status = entry.pointee.fts_statp?.pointee else { continue }
            let changed = status.st_ctim
            if (changed.tv_sec, changed.tv_nsec) >= (instant.tv_sec, instant.tv_nsec) {
                count += 1
                if example == nil { example = String(cString: entry.pointee.fts_path) }
            }
        }
        return (count, example)
    }
}
