internal import BlockTracking
internal import Freezing
internal import Glibc
internal import ImageVault
internal import Images
internal import Linux
internal import Messages
internal import Snapshots
internal import Vault

/// A volume's image on its way into the vault.
struct VolumeImage {
    let session: ImageSession
    let tracking: VolumeTracking
    /// Milliseconds that the volume was frozen for a new tracker.
    let barrier: Shared<Double>
    /// What was read for it, when it was finished.
    var result: ImageResult?
}

/// Volumes that are stored as images.
extension Attempt {
    /// Freezes that may end without an image before the run fails.
    private static let mostFailedTakes = 3

    var takesImages: Bool {
        options.mode == .backup && volumes.contains { $0.plan.provider.kind == .image && $0.plan.wantsFreeze }
    }

    var imageIndices: [Int] { volumes.indices.filter { volumes[$0].plan.provider.kind == .image } }

    /// Opens the vault's repository for images, where there will be one.
    func openImages() throws(Failure) {
        if imageIndices.isEmpty { return }
        PinnedTracker.endOrphans(in: TrackingFolder(in: state.path))
        // The lock in the repository is this process's own.
        journal.update { $0.resticPIDs.append(getpid()) }
        let store = try ImageStore(options.vault)
        repositoryID = store.repositoryID
        images = store
    }

    /// What the provider of an image needs; `nil` for a volume that is stored as files.
    func imageTask(_ index: Int) throws(Failure) -> ImageTask? {
        guard let images, volumes[index].plan.provider.kind == .image else { return nil }
        let mount = volumes[index].plan.mount
        let tracking = try VolumeTracking.begin(
            mount, repository: images.repositoryID, in: TrackingFolder(in: state.path))
        let session = try images.session(for: mount.mountPoint, size: tracking.tracker.size, parent: tracking.parent)
        let barrier = Shared(0.0)
        volumes[index].image = VolumeImage(session: session, tracking: tracking, barrier: barrier)
        let observer = observer
        var task = ImageTask(
            sink: session, tracker: tracking.tracker, isTrackerSettled: tracking.isSettled,
            freezeForAnInstant: instantFreeze(of: mount, barrier), retrack: tracking.retrack)
        task.unread = tracking.unread
        task.freezeBudget = options.freezeBudgetSeconds
        task.onProgress = { observer?.stored(StoreProgress(bytesDone: $0.bytesDone, bytesTotal: $0.bytesTotal)) }
        return task
    }

    /// The barrier that a new tracker needs.
    private func instantFreeze(of mount: Mount, _ barrier: Shared<Double>) -> ImageTask.FreezeForAnInstant {
        let (freezer, ledger) = (options.freezerPath, state.ledgerPath), deadline = plan?.deadlineSeconds ?? 10
        return { (body) throws(Failure) in
            try InstantFreeze.run(
                mount, freezerPath: freezer, ledgerPath: ledger, deadlineSeconds: deadline,
                onThaw: { milliseconds in barrier.withLock { $0 += milliseconds } }, body)
        }
    }

    /// The last things before the freeze, with the application at rest. An image without a freeze is of no instant: where
    /// the configuration says that nothing is frozen now, the files are copied instead.
    func prepareForFreeze() throws(Failure) {
        guard needsFreeze() else {
            for index in imageIndices { try copyInstead(index) }
            return
        }
        for volume in volumes { try volume.snapshot?.prepareForFreeze() }
    }

    /// Gives up the image of a volume that is not frozen.
    func copyInstead(_ index: Int) throws(Failure) {
        try volumes[index].snapshot?.release()
        volumes[index].image = nil
        volumes[index].plan = volumes[index].plan.copied
        volumes[index].report.provider = volumes[index].plan.provider.name
        for problem in volumes[index].plan.provider.warnings(for: volumes[index].plan.mount) {
            note(problem, severity: .warning, phase: PhaseName.prepare.rawValue)
        }
        try prepareSnapshot(index)
    }

    // MARK: Another freeze

    /// Whether the freeze that brought no image may be followed by another: all of its volumes are snapshotted
    /// again, so that they share one instant.
    var mayTakeAgain: Bool {
        failedTakes < Self.mostFailedTakes && volumes.contains { $0.snapshot?.canTryAgain ?? false }
    }

    /// Another round of copying, the volumes thawed.
    func prepareAgain() throws(Failure) {
        failedTakes += 1
        mustTakeAgain = false
        freezeIssued = false
        session?.close()
        session = nil
        for index in volumes.indices {
            if volumes[index].plan.provider.kind == .image {
                try volumes[index].snapshot?.prepareAgain()
            } else {
                try volumes[index].snapshot?.release()
                try prepareSnapshot(index)
            }
        }
        if let plan { try prepareFreeze(plan) }
        try prepareForFreeze()
    }

    // MARK: Store

    /// Completes the images with what was read in the freeze, and stores their snapshot.
    func storeImages() throws(Failure) {
        guard let images else { return }
        let indices = imageIndices.filter { volumes[$0].wasTaken }
        if indices.isEmpty { return }
        for index in indices {
            guard let image = volumes[index].image else { continue }
            _ = try volumes[index].snapshot?.open(wasFrozen: true)
            let bytes = try image.session.finish()
            volumes[index].report.bytesRead = bytes.read
            volumes[index].report.bytesStored = bytes.stored
            describe(index)
        }
        let mountPoints = indices.map { volumes[$0].plan.mount.mountPoint }
        let request = request(
            .images, paths: mountPoints.map(RecoveryPoint.imagePath), volumes: mountPoints, view: MountView())
        let id = try images.finish(request)
        for index in indices { volumes[index].report.snapshot = id }
        let read = indices.reduce(0) { $0 + volumes[$1].report.bytesRead }
        let stored = indices.reduce(0) { $0 + volumes[$1].report.bytesStored }
        dataSnapshots.append(
            StoredSnapshot(id: id, bytesRead: read, bytesStored: stored, files: UInt64(indices.count)))
    }

    /// What the report tells of an image.
    private func describe(_ index: Int) {
        guard let result = volumes[index].snapshot?.image, let image = volumes[index].image else { return }
        let tracking = image.tracking
        // A parent that the vault has lost is as good as none.
        let lostParent: TrackingDoubt? = tracking.parent != nil && !image.session.hasParent ? .otherVault : nil
        let doubt = result.doubt ?? tracking.doubt ?? lostParent
        if let doubt, result.readEverything, doubt != .notTracked, doubt != .noParent {
            let volume = volumes[index].plan.mount.mountPoint
            note(.everythingRead(volume: volume, doubt: doubt), severity: .warning, phase: PhaseName.prepare.rawValue)
        }
        var entry = Report.Image()
        entry.rounds = result.rounds.map { .init(bytes: $0.bytes, durationMs: rounded($0.seconds * 1000)) }
        entry.finalBytes = result.finalBytes
        entry.finalMs = rounded(result.finalSeconds * 1000)
        entry.readEverything = result.readEverything
        let reason = image.session.parentDoubt?.text(in: options.language) ?? doubt?.text(in: options.language)
        entry.reason = result.readEverything ? reason : nil
        volumes[index].image?.result = result
        entry.barrierMs = rounded(image.barrier.withLock { $0 })
        entry.failedFreezes = result.failedFreezes
        volumes[index].report.image = entry
    }

    /// From now on the trackers count from this recovery point.
    func rememberImages() {
        for index in imageIndices {
            guard let image = volumes[index].image, let snapshot = volumes[index].report.snapshot, let repositoryID
            else {
                continue
            }
            // A tracker that fell into doubt in this run stays in doubt: the next run reads everything.
            guard let result = image.result, result.doubt == nil else { continue }
            let parent = ParentImage(repository: repositoryID, snapshot: snapshot, path: image.session.path)
            do throws(Failure) {
                try image.tracking.commit(parent, unread: result.unread)
            } catch {
                // The recovery point is whole all the same; the next run reads more than it would have to.
                note(error.problem, severity: .warning, phase: PhaseName.store.rawValue)
            }
        }
    }
}
