public import Glibc
public import Linux
public import Messages

/// What is to be stored as one snapshot of restic.
public struct StoreRequest: Sendable {
    /// The kinds of snapshot that belong to a recovery point.
    public enum Kind: Sendable, Equatable {
        /// The volumes' files and the report as it stands before they are stored.
        case data
        /// Volumes as images, each one file.
        case images
        /// The report alone, stored last: it makes the recovery point exist.
        case manifest
        /// The evidence of a drill, stored later: `time` is that of the drill.
        case drill(DrillMark)
    }

    /// The recovery point's id.
    public var recoveryPoint: String
    /// Which kind of snapshot.
    public var kind: Kind
    /// Absolute paths: those of the volumes, and the report's. Keep the report's path the same in every run: restic
    /// finds what has not changed by host and paths.
    public var paths: [String]
    /// Absolute paths that are left out, with all below them. The vault's own folders are left out always.
    public var excludes: [String] = []
    /// The mount points of the volumes.
    public var volumes: [String]
    /// The level that was observed.
    public var level: Consistency
    /// How the run ended; for a manifest.
    public var outcome: String?
    /// The data snapshots that the manifest stands for.
    public var data: [StoredSnapshot] = []
    /// What restic sees in place of the live file systems.
    public var view = MountView()
    /// The host that the volumes belong to.
    public var host: String
    /// The instant of the volumes, `2026-01-21T10:15:00Z`.
    public var time: String
    /// When storing is given up.
    public var deadline: Instant?
    /// Called with restic's pid as soon as it runs, for the journal.
    public var onStart: (@Sendable (pid_t) -> Void)?

    /// A request for one snapshot.
    public init(
        recoveryPoint: String, kind: Kind, paths: [String], volumes: [String], level: Consistency, host: String,
        time: String
    ) {
        self.recoveryPoint = recoveryPoint
        self.kind = kind
        self.paths = paths
        self.volumes = volumes
        self.level = level
        self.host = host
        self.time = time
    }

    /// The tags that make a snapshot part of a recovery point.
    public var tags: [String] {
        if case .drill(let mark) = kind { return [Tag.drill, Tag.encoded("rp", recoveryPoint)] + mark.tags }
        var tags = [kind == .manifest ? Tag.manifest : Tag.data]
        if kind == .images { tags.append(Tag.images) }
        tags += [Tag.encoded("rp", recoveryPoint), Tag.encoded("level", level.rawValue)]
        tags += volumes.map { Tag.encoded("volume", $0) }
        guard kind == .manifest else { return tags }
        if let outcome { tags.append(Tag.encoded("outcome", outcome)) }
        tags += data.map { Tag.encoded("data", $0.id) }
        tags.append("bytes=\(data.reduce(0) { $0 + $1.bytesRead })")
        tags.append("stored=\(data.reduce(0) { $0 + $1.bytesStored })")
        tags.append("files=\(data.reduce(0) { $0 + $1.files })")
        return tags
    }
}

/// A snapshot that was stored.
public struct StoredSnapshot: Sendable, Equatable {
    /// restic's id; versions before 0.17 tell only its first 8 digits.
    public let id: String
    /// Bytes in the files.
    public let bytesRead: UInt64
    /// Bytes that were new to the vault: as stored where restic tells that (from 0.16), else before compression.
    public let bytesStored: UInt64
    /// Files.
    public let files: UInt64

    /// A snapshot by its figures.
    public init(id: String, bytesRead: UInt64, bytesStored: UInt64, files: UInt64) {
        self.id = id
        self.bytesRead = bytesRead
        self.bytesStored = bytesStored
        self.files = files
    }
}

/// How far a store, a restore or a verification has come.
public struct StoreProgress: Sendable, Equatable {
    /// Bytes done.
    public var bytesDone: UInt64 = 0
    /// Bytes in all; `nil` while unknown.
    public var bytesTotal: UInt64?
    /// Files done; `nil` when restic does not tell.
    public var filesDone: UInt64?
    /// Seconds left as restic estimates them; `nil` while unknown.
    public var secondsLeft: Double?

    /// How far it has come.
    public init(
        bytesDone: UInt64 = 0, bytesTotal: UInt64? = nil, filesDone: UInt64? = nil, secondsLeft: Double? = nil
    ) {
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.filesDone = filesDone
        self.secondsLeft = secondsLeft
    }
}
