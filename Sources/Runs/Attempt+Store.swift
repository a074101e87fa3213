internal import FoundationEssentials
internal import Freezing
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
            let changes = ChangeScan.changes(
                below: mount.mountPoint, since: syncPoint, leavingOut: vault.ownFolders + [state.path])
            volumes[index].changedDuringCopy = changes.count > 0
            guard let example = changes.example else { continue }
            note(
                .changedDuringCopy(volume: mount.mountPoint, example: example, count: changes.count),
                severity: .error, phase: PhaseName.copy.rawValue)
        }
        try requireLevel(atMost: level)
    }

    func storeSnapshots() throws(Failure) {
        try storeImages()
        let indices = volumes.indices.filter {
            volumes[$0].plan.provider.freezeRule != .syncPoint && volumes[$0].plan.provider.kind == .files
        }
        if indices.isEmpty { return }
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
        let observer = observer
        let stored = try vault.store(
            request(.data, paths: mountPoints + [state.reportPath], volumes: mountPoints, view: view)
        ) { progress in observer?.stored(progress) }
        dataSnapshots.append(stored)
        // The vault counts a whole snapshot: shared equally where it holds several volumes.
        for index in indices {
            volumes[index].report.snapshot = stored.id
            volumes[index].report.bytesRead = stored.bytesRead / UInt64(indices.count)
            volumes[index].report.bytesStored = stored.bytesStored / UInt64(indices.count)
        }
    }

    /// Stores the final report: from this moment on the recovery point exists.
    func seal() throws(Failure) {
        try requireLevel(atMost: level)
        sealed = true
        let report = report(failed: false)
        do throws(Failure) {
            try store(report)
        } catch {
            sealed = false
            throw error
        }
        rememberImages()
    }

    private func store(_ report: Report) throws(Failure) {
        let files = applicationFilePaths
        let mountPoints = volumes.map(\.plan.mount.mountPoint)
        let request = request(
            .manifest, paths: [state.reportPath] + files, volumes: mountPoints, view: MountView())
        if let images, files.isEmpty {
            try images.storeManifest(report.json(), request)
        } else {
            writeReportFile(report)
            _ = try vault.store(request) { _ in }
        }
    }

    /// Data without a manifest is no recovery point: it would only take up space, and look like one to restic.
    func discardData() {
        // A vault that cannot be reached would only be waited for once more; the next run tidies up.
        let isUnreachable = findings.contains { finding in
            if case .vaultUnreachable = finding.problem { return true }
            return false
        }
        if isUnreachable { return }
        _ = try? vault.discardIncomplete(host: MachineIdentity.hostName)
    }

    func request(_ kind: StoreRequest.Kind, paths: [String], volumes: [String], view: MountView) -> StoreRequest {
        let journal = journal
        var request = StoreRequest(
            recoveryPoint: recoveryPoint, kind: kind, paths: paths, volumes: volumes, level: level,
            host: MachineIdentity.hostName, time: Timestamp.seconds(startedAt))
        request.outcome = level < promisedLevel ? OutcomeName.degraded.rawValue : OutcomeName.succeeded.rawValue
        request.data = dataSnapshots
        request.view = view
        request.onStart = { pid in journal.update { $0.resticPIDs.append(pid) } }
        return request
    }

    private func writeReportFile(_ report: Report) {
        try? Files.replace(state.reportPath, with: report.json(), isDurable: false)
    }
}
