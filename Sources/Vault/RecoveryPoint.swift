public import Messages

/// What one run left in the vault: volumes at one instant, and the report. It exists since its manifest does.
public struct RecoveryPoint: Sendable, Equatable {
    /// One snapshot that belongs to a recovery point: of files, or of images.
    public struct DataSnapshot: Sendable, Equatable {
        /// restic's id.
        public let id: String
        /// The mount points of the volumes in it.
        public let volumes: [String]
        /// The report that was stored beside the volumes, before its last words were known; `nil` when there is none.
        public let reportPath: String?
        /// Whether each volume is one file in it: its image.
        public var holdsImages = false
    }

    /// The path of a volume's image in its snapshot: `/srv/db.img`, and `/.img` for the root.
    public static func imagePath(of mountPoint: String) -> String { mountPoint + ".img" }

    /// The snapshot that holds a volume; `nil` when none does.
    public func data(holding volume: String) -> DataSnapshot? { data.first { $0.volumes.contains(volume) } }

    /// The id, such as `20260121T101500Z-7f3a`.
    public let id: String
    /// The host that the volumes belong to.
    public let host: String
    /// The instant, `2026-01-21T10:15:00Z`.
    public let time: String
    /// The instant in seconds since 1970.
    public let timeSeconds: Int64
    /// The level that was observed; `.none` when the tag is not understood.
    public let level: Consistency
    /// How the run ended: `succeeded` or `degraded`.
    public let outcome: String
    /// The mount points of the volumes.
    public let volumes: [String]
    /// restic's id of the snapshot that holds the report.
    public let manifest: String
    /// The report's path in the manifest.
    public let reportPath: String
    /// Whether files of applications stand beside the report.
    public let holdsApplicationFiles: Bool
    /// The snapshots that hold the volumes, as the repository has them.
    public let data: [DataSnapshot]
    /// restic's ids of data snapshots that the manifest names and the repository lacks: what is left cannot be whole.
    public let missing: [String]
    /// Bytes in the volumes' files; `nil` when unknown.
    public let bytesRead: UInt64?
    /// Bytes that were new to the vault; `nil` when unknown.
    public let bytesStored: UInt64?
    /// Files in the volumes; `nil` when unknown.
    public let files: UInt64?
    /// What drills have shown of it, newest first.
    public let drills: [Drill]
}

extension RecoveryPoint {
    /// Finds the recovery points among a repository's snapshots, newest first.
    static func all(in snapshots: [ResticSnapshot]) -> [RecoveryPoint] {
        var dataOfPoint: [String: [TaggedSnapshot]] = [:]
        var manifests: [String: TaggedSnapshot] = [:]
        var drills: [String: [Drill]] = [:]
        for snapshot in snapshots.map(TaggedSnapshot.init) {
            guard let id = snapshot.recoveryPoint else { continue }
            switch snapshot.kind {
            case .data: dataOfPoint[id, default: []].append(snapshot)
            case .manifest: manifests[id] = snapshot
            case .drill: if let drill = Drill(snapshot) { drills[id, default: []].append(drill) }
            case nil: break
            }
        }
        let points = manifests.compactMap { RecoveryPoint($0, $1, dataOfPoint[$0] ?? [], drills[$0] ?? []) }
        return points.sorted { ($0.timeSeconds, $0.id) > ($1.timeSeconds, $1.id) }
    }

    private init?(_ id: String, _ manifest: TaggedSnapshot, _ data: [TaggedSnapshot], _ drills: [Drill]) {
        guard let time = CivilTime(manifest.snapshot.time), let path = Self.reportPath(manifest.snapshot)
        else { return nil }
        self.id = id
        host = manifest.snapshot.hostname ?? ""
        self.time = time.text
        timeSeconds = time.seconds
        level = manifest.first("level").flatMap(Consistency.init(rawValue:)) ?? .none
        outcome = manifest.first("outcome") ?? ""
        volumes = manifest.all("volume")
        self.manifest = manifest.snapshot.id
        reportPath = path
        holdsApplicationFiles = manifest.snapshot.paths.count > 1
        // Older versions of restic tell only the start of a new snapshot's id.
        let named = manifest.all("data")
        let found = Self.snapshots(named, in: data)
        self.data = found.compactMap(\.self).map { one in
            let volumes = one.all("volume")
            return DataSnapshot(
                id: one.snapshot.id, volumes: volumes,
                reportPath: one.holdsImages ? nil : one.snapshot.paths.first { !volumes.contains($0) },
                holdsImages: one.holdsImages)
        }
        missing = zip(named, found).filter { $1 == nil }.map(\.0)
        bytesRead = manifest.first("bytes").flatMap { UInt64($0) }
        bytesStored = manifest.first("stored").flatMap { UInt64($0) }
        files = manifest.first("files").flatMap { UInt64($0) }
        self.drills = drills.sorted { $0.mark.time > $1.mark.time }
    }

    /// The data snapshots that a manifest names; `nil` in the place of one that is not there.
    private static func snapshots(_ names: [String], in data: [TaggedSnapshot]) -> [TaggedSnapshot?] {
        var found = names.map { name in
            // A copy that was changed by `restic rewrite` may stand beside what was stored.
            data.first { $0.snapshot.id.hasPrefix(name) } ?? data.first { $0.snapshot.was(name) }
        }
        // Rewritten twice, a snapshot bears no word of its first id, but it is the only one with its volumes.
        for index in found.indices where found[index] == nil {
            let held = found.flatMap { $0?.all("volume") ?? [] }
            found[index] = data.first { one in
                let volumes = one.all("volume")
                return !volumes.isEmpty && !volumes.contains(where: held.contains)
            }
        }
        return found
    }

    /// Files of applications may stand beside the report, and restic sorts the paths.
    private static func reportPath(_ snapshot: ResticSnapshot) -> String? {
        snapshot.paths.first { $0.hasSuffix(".json") } ?? snapshot.paths.first
    }

    /// The point that a typed id means: `latest`, the whole id, or the start of just one.
    static func find(_ typed: String, in points: [RecoveryPoint], repository: String) throws(Failure) -> RecoveryPoint {
        guard let newest = points.first else { throw Failure(.noRecoveryPoints(repository: repository)) }
        if typed == "latest" { return newest }
        if let exact = points.first(where: { $0.id == typed }) { return exact }
        let matches = typed.isEmpty ? [] : points.filter { $0.id.hasPrefix(typed) }
        guard let match = matches.first else { throw Failure(.recoveryPointNotFound(id: typed)) }
        if matches.count > 1 { throw Failure(.recoveryPointAmbiguous(id: typed, matches: matches.map(\.id))) }
        return match
    }
}

/// A snapshot of restic with its tags understood.
struct TaggedSnapshot: Sendable {
    enum Kind { case data, manifest, drill }

    let snapshot: ResticSnapshot
    let kind: Kind?
    private let values: [(name: Substring, value: String)]

    init(_ snapshot: ResticSnapshot) {
        self.snapshot = snapshot
        let tags = snapshot.tags ?? []
        let kinds = [(Tag.manifest, Kind.manifest), (Tag.data, .data), (Tag.drill, .drill)]
        kind = kinds.first { tags.contains($0.0) }?.1
        values = tags.compactMap(Tag.decoded)
    }

    var recoveryPoint: String? { kind == nil ? nil : first("rp") }
    var holdsImages: Bool { snapshot.tags?.contains(Tag.images) ?? false }

    func first(_ name: String) -> String? { values.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { values.filter { $0.name == name }.map(\.value) }
}
