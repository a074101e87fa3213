internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import Messages

/// The image that changes are counted from.
public struct ParentImage: Sendable, Equatable, Codable {
    /// The id in the repository's configuration: which vault it is.
    public var repository: String
    /// The whole id of the snapshot.
    public var snapshot: String
    /// The image's path in the snapshot.
    public var path: String

    /// An image in a vault.
    public init(repository: String, snapshot: String, path: String) {
        self.repository = repository
        self.snapshot = snapshot
        self.path = path
    }
}

/// What is noted beside the pinned objects of a volume. A reboot takes both away.
struct TrackingState: Sendable, Equatable, Codable {
    /// Grows with every change of what is pinned: another version of the program begins anew.
    static let currentVersion = 2

    var version = currentVersion
    var bootID: String
    /// Where the volume was mounted when tracking began.
    var mountPoint: String
    var device: TrackedDevice
    var filesystem: String?
    var guarding: PathGuard
    var guardKind: PathGuard.Kind
    /// Seconds since 1970.
    var since: Int
    /// `nil` until the volume was frozen once.
    var base: Audit.BaseLine?
    var parent: ParentImage?
    /// Seconds since 1970 at which the parent was noted.
    var parentSince: Int?

    static var currentBootID: String { Files.line("/proc/sys/kernel/random/boot_id") ?? "" }
}

/// The folder `/run/remanso/tracking`: for each device a file of notes and a lock.
public struct TrackingFolder: Sendable {
    /// The folder.
    public let path: String

    /// The folder in a state folder such as `/run/remanso`.
    public init(in stateFolder: String) { path = stateFolder + "/tracking" }

    private func file(_ name: String) -> String { "\(path)/\(name.replacing("!", with: "-"))" }

    /// Takes the lock of a device; it goes with the descriptor. `nil` when another process has it.
    func lock(_ name: String) throws(SystemError) -> Descriptor? {
        try Files.makeFolder(path)
        let lock = try Descriptor.open(file(name) + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        return flock(lock.number, LOCK_EX | LOCK_NB) == 0 ? lock : nil
    }

    /// The notes; `nil` when there are none or they cannot be read.
    func state(_ name: String) -> TrackingState? {
        guard let text = Files.text(file(name) + ".json"),
            let state = try? JSONDecoder().decode(TrackingState.self, from: Data(text.utf8)),
            state.version == TrackingState.currentVersion
        else { return nil }
        return state
    }

    /// The devices of which there are notes.
    var names: [String] {
        let ending = ".json"
        return Files.names(in: path).filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }
    }

    /// Whether there are notes, readable or not.
    func hasState(_ name: String) -> Bool { Files.exists(file(name) + ".json") }

    /// Replaces the notes in one step.
    func save(_ state: TrackingState) throws(SystemError) {
        guard let bytes = try? JSONEncoder().encode(state) else {
            throw SystemError("encode", file(state.device.name), code: EINVAL)
        }
        try Files.replace(file(state.device.name) + ".json", with: bytes, isDurable: false)
    }

    /// Removes the notes.
    func remove(_ name: String) {
        unlink(file(name) + ".json")
        unlink(file(name) + ".unread")
    }

    /// Keeps what the parent's image does not hold.
    func save(unread: BlockSet, of name: String, parent: ParentImage) throws(SystemError) {
        var bytes = Array("\(parent.snapshot) \(unread.size)\n".utf8)
        unread.words.withUnsafeBytes { bytes += $0 }
        try Files.replace(file(name) + ".unread", with: bytes, isDurable: false)
    }

    /// What the parent's image does not hold; `nil` when that is not known.
    func unread(of name: String, parent: ParentImage, size: UInt64) -> BlockSet? {
        guard let file = try? Descriptor.open(file(name) + ".unread", O_RDONLY | O_NOFOLLOW),
            let bytes = try? file.readAll(limit: 1 << 30), let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            String(decoding: bytes[..<end], as: UTF8.self) == "\(parent.snapshot) \(size)"
        else { return nil }
        return BlockSet(size: size, bytes: bytes[(end + 1)...])
    }
}
