public import Linux
public import Messages

/// What a provider asks of the freeze of its volume.
public enum FreezeRule: String, Sendable, Codable {
    /// The volume must be frozen while the snapshot is taken.
    case needed
    /// The snapshot is of one instant by itself; freezing would block it.
    case forbidden
    /// The freeze only marks the instant: data is read after it.
    case syncPoint
}

/// What a provider's snapshots are stored as.
public enum SnapshotKind: String, Sendable, Codable {
    /// Files, read in the snapshot at the volume's own path.
    case files
    /// One image of the volume's device, which the provider itself puts into `SnapshotSource.image`.
    case image
}

/// Whether a provider can serve a volume, and why.
public struct Suitability: Sendable, Equatable {
    /// It can.
    public let isSuitable: Bool
    /// Why, or why not.
    public let reason: ProviderReason

    static func suitable(_ reason: ProviderReason) -> Suitability { Suitability(isSuitable: true, reason: reason) }
    static func unsuitable(_ reason: ProviderReason) -> Suitability { Suitability(isSuitable: false, reason: reason) }
}

/// A volume as a provider gets it.
public struct SnapshotSource: Sendable {
    /// The mount as the plan saw it.
    public let mount: Mount
    /// Its root, proven to be that mount's.
    public let root: Descriptor
    /// The recovery point that the snapshot is for; unique.
    public let recoveryPoint: String
    /// Where an image goes and who knows what changes; `nil` for a provider of files.
    public let image: ImageTask?

    /// A volume to snapshot.
    public init(mount: Mount, root: Descriptor, recoveryPoint: String, image: ImageTask? = nil) {
        self.mount = mount
        self.root = root
        self.recoveryPoint = recoveryPoint
        self.image = image
    }
}

/// A way to take snapshots. To add one, write one file and name it in `SnapshotProviders.all`; the conformance suite of
/// the tests then runs against it.
public protocol SnapshotProvider: Sendable {
    /// The name in configuration, plan and report.
    var name: String { get }
    /// What its snapshots are stored as; files unless it says otherwise.
    var kind: SnapshotKind { get }
    /// What it asks of the freeze.
    var freezeRule: FreezeRule { get }
    /// Whether it can serve a volume. Changes nothing.
    /// - Parameters:
    ///   - mount: the volume.
    ///   - table: all mounts.
    ///   - frozen: the mounts that the run freezes.
    func assess(_ mount: Mount, in table: MountTable, frozen: [Mount]) -> Suitability
    /// What an administrator should know before this provider serves the volume.
    func warnings(for mount: Mount) -> [Problem]
    /// Does all that is slow, outside the freeze.
    /// - Throws: `.snapshotFailed`.
    func prepare(_ source: SnapshotSource) throws(Failure) -> any PreparedSnapshot
    /// Removes what a crashed run has left behind; nothing is left is success.
    /// - Parameter leftover: from `PreparedSnapshot.leftover`.
    func remove(leftover: String) throws(Failure)
}

/// A snapshot that is ready to be taken.
public protocol PreparedSnapshot: AnyObject, Sendable {
    /// What to tell `SnapshotProvider.remove` after a crash; `nil` when a crash leaves nothing behind.
    var leftover: String? { get }
    /// Does what is best done last before the freeze, when the application is at rest already.
    /// - Throws: `.snapshotFailed`.
    func prepareForFreeze() throws(Failure)
    /// Takes the snapshot: the one call that happens inside the freeze, and fast.
    /// - Throws: `.snapshotFailed`; a provider of images `.changesTooFast` and `.imageNotTrusted` too.
    func take() throws(Failure)
    /// Whether another freeze may succeed after `prepareAgain`; asked when `take` has thrown.
    var canTryAgain: Bool { get }
    /// Prepares another `take` after one that threw, when the volume is thawed.
    func prepareAgain() throws(Failure)
    /// What was read for an image, for the report; `nil` for a provider of files.
    var image: ImageResult? { get }
    /// Makes the snapshot readable, after the thaw. A provider of images puts into its image what it read in the freeze.
    /// - Parameter wasFrozen: the volume was frozen when the snapshot was taken, so that no journal needs replaying.
    /// - Returns: what a reader sees at the volume's mount point; `nil` when the live files are to be read.
    /// - Throws: `.snapshotFailed`.
    func open(wasFrozen: Bool) throws(Failure) -> MountView.Layer?
    /// Gives back all that the snapshot holds. Safe to call at any time, and twice.
    /// - Throws: `.snapshotNotReleased`.
    func release() throws(Failure)
}

extension SnapshotProvider {
    /// Files.
    public var kind: SnapshotKind { .files }
}

extension PreparedSnapshot {
    /// Nothing is left to do.
    public func prepareForFreeze() throws(Failure) {}
    /// What failed once fails again.
    public var canTryAgain: Bool { false }
    /// Nothing is to be prepared again.
    public func prepareAgain() throws(Failure) {}
    /// Files.
    public var image: ImageResult? { nil }
}

/// The providers that there are.
public enum SnapshotProviders {
    /// In the order in which `auto` prefers them.
    public static let all: [any SnapshotProvider] = [
        BtrfsProvider(), ReflinkProvider(), PrecopyProvider(), lastResort,
    ]

    /// The one that serves every volume.
    public static let lastResort: any SnapshotProvider = CopyProvider()

    /// The provider of that name; `nil` when there is none.
    public static func named(_ name: String) -> (any SnapshotProvider)? { all.first { $0.name == name } }

    /// The provider for a volume and the reason: the named one, or with `auto` the first that suits.
    /// - Parameter obstacle: why the volume cannot be stored as an image in this run; `nil` when it can.
    /// - Throws: `.unknownProvider`, `.providerUnsuitable`.
    public static func choose(
        _ name: String, for mount: Mount, in table: MountTable, frozen: [Mount],
        imageObstacle obstacle: ProviderReason? = nil
    ) throws(Failure) -> (provider: any SnapshotProvider, reason: ProviderReason) {
        func assess(_ provider: any SnapshotProvider) -> Suitability {
            if provider.kind == .image, let obstacle { return .unsuitable(obstacle) }
            return provider.assess(mount, in: table, frozen: frozen)
        }
        if name == "auto" {
            for provider in all {
                let answer = assess(provider)
                if answer.isSuitable { return (provider, answer.reason) }
            }
        }
        guard let provider = named(name) else {
            throw Failure(.unknownProvider(name: name, known: ["auto"] + all.map(\.name)))
        }
        let answer = assess(provider)
        guard answer.isSuitable else {
            throw Failure(.providerUnsuitable(provider: name, volume: mount.mountPoint, reason: answer.reason))
        }
        return (provider, answer.reason)
    }
}

extension SnapshotProvider {
    /// Runs system calls of a snapshot and gives their errors the catalogue's words.
    func attempt<Value>(_ volume: String, _ body: () throws(SystemError) -> Value) throws(Failure) -> Value {
        do {
            return try body()
        } catch {
            throw Failure(.snapshotFailed(provider: name, volume: volume, reason: error.description))
        }
    }
}
