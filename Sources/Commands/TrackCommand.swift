internal import BlockTracking
internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import Messages
internal import Runs

/// `remanso track enable|disable|status VOLUME`: the notes of changed blocks.
enum TrackCommand {
    static let spec = CommandSpec(
        name: .track, argument: .action, argumentIsRequired: true, secondArgument: .mountPoint, run: run)

    private enum Action: String, CaseIterable {
        case enable, disable, status
    }

    private struct Document: Encodable {
        var ok = true
        var volume: String
        var tracked: Bool
        var changed: Bool?
        var since: String?
        var changedBytes: UInt64?
        var parent: ParentImage?
        var parentTime: String?
        var nextBackupReads: String?
        var reason: String?
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let word = invocation.argument ?? ""
        guard let action = Action(rawValue: word) else {
            let expected = Action.allCases.map(\.rawValue)
            throw invocation.usage(.invalidValue(word, option: CommandName.track.rawValue, expected: expected))
        }
        guard geteuid() == 0 else { throw Failure(.notRoot) }
        let volume = invocation.secondArgument ?? ""
        let state = try StateFolder(RunOptions.defaultStateFolder)
        let folder = TrackingFolder(in: state.path)
        defer { PinnedTracker.endOrphans(in: folder) }
        switch action {
        case .enable: try enable(try mount(volume), state, folder, invocation)
        case .disable: try disable(volume, folder, invocation)
        case .status: try showStatus(try mount(volume), folder, invocation)
        }
        return .success
    }

    private static func mount(_ path: String) throws(Failure) -> Mount {
        let resolved = Files.resolved(path) ?? path
        guard let mount = (try? MountTable.current())?.mount(at: resolved) else {
            throw Failure(.volumeNotFound(path: path))
        }
        return mount
    }

    private static func enable(
        _ mount: Mount, _ state: StateFolder, _ folder: TrackingFolder, _ invocation: Invocation
    ) throws(Failure) {
        // A run freezes too.
        let lock = try state.lock()
        defer { withExtendedLifetime(lock) {} }
        let goesOn = try canGoOn(mount, folder)
        if !goesOn { try begin(mount, state, folder) }
        var document = Document(volume: mount.mountPoint, tracked: true, changed: !goesOn)
        var phrases: [Phrase] = [.trackingOn(volume: mount.mountPoint, again: goesOn)]
        // What speaks against it does so in every backup: it is said now, and not only afterwards.
        if let doubt = try PinnedTracker.open(mount, in: folder).doubt, doubt != .noParent {
            document.nextBackupReads = "everything"
            document.reason = doubt.text(in: invocation.language)
            phrases.append(.nextBackupReads(doubt))
        }
        show(document, phrases, invocation)
    }

    /// Whether there is tracking that the next backup can trust, or could if there were a parent.
    private static func canGoOn(_ mount: Mount, _ folder: TrackingFolder) throws(Failure) -> Bool {
        let opening = try PinnedTracker.open(mount, in: folder)
        return opening.tracker != nil && [nil, .noParent].contains(opening.doubt)
    }

    private static func begin(_ mount: Mount, _ state: StateFolder, _ folder: TrackingFolder) throws(Failure) {
        let tracker = try PinnedTracker.begin(mount, in: folder)
        do throws(Failure) {
            // What was queued before the programs were attached has completed when the volume is frozen.
            try InstantFreeze.run(mount, freezerPath: Settings.freezerPath(), ledgerPath: state.ledgerPath) {
                () throws(Failure) in try tracker.settle()
            }
            try tracker.saveBaseLine()
        } catch {
            tracker.abandon()
            throw error
        }
    }

    /// Also of a volume that is not mounted any more.
    private static func disable(
        _ volume: String, _ folder: TrackingFolder, _ invocation: Invocation
    ) throws(Failure) {
        let mounted: Mount
        do throws(Failure) {
            mounted = try mount(volume)
        } catch {
            guard try PinnedTracker.end(unmounted: Files.resolved(volume) ?? volume, in: folder) else { throw error }
            return showEnd(of: volume, wasOn: true, invocation)
        }
        showEnd(of: mounted.mountPoint, wasOn: try PinnedTracker.end(mounted, in: folder), invocation)
    }

    private static func showEnd(of volume: String, wasOn: Bool, _ invocation: Invocation) {
        show(
            Document(volume: volume, tracked: false, changed: wasOn),
            [.trackingOff(volume: volume, wasOn: wasOn)], invocation)
    }

    private static func showStatus(
        _ mount: Mount, _ folder: TrackingFolder, _ invocation: Invocation
    ) throws(Failure) {
        let opening = try PinnedTracker.open(mount, in: folder)
        let language = invocation.language
        var document = Document(
            volume: mount.mountPoint, tracked: opening.tracker != nil,
            nextBackupReads: opening.doubt == nil ? "changes" : "everything", reason: opening.doubt?.text(in: language))
        var phrases: [Phrase] = []
        if let tracker = opening.tracker {
            let bytes = UInt64(tracker.changedBlocks) * UInt64(BlockSet.blockSize)
            document.since = time(tracker.since)
            document.changedBytes = bytes
            document.parent = tracker.parent
            document.parentTime = tracker.parentSince.map(time)
            phrases.append(.trackedSince(volume: mount.mountPoint, time: time(tracker.since)))
            phrases.append(
                .changedBytes(Figures.bytes(bytes, in: language), parent: tracker.parent.map { $0.snapshot.shortened }))
        }
        phrases.append(.nextBackupReads(opening.doubt))
        show(document, phrases, invocation)
    }

    private static func time(_ seconds: Int) -> String {
        Timestamp.seconds(Date(timeIntervalSince1970: Double(seconds)))
    }

    private static func show(_ document: Document, _ phrases: [Phrase], _ invocation: Invocation) {
        if invocation.has(.json) { return Terminal.print(json: JSONText.encode(document)) }
        phrases.forEach { Terminal.print($0.text(in: invocation.language)) }
    }
}

extension String {
    fileprivate var shortened: String { String(prefix(8)) }
}
