public import Linux
internal import Messages

/// What is to be restored and to where.
public struct RestoreRequest: Sendable {
    /// The recovery point.
    public var point: RecoveryPoint
    /// The folder; each file comes out below it at its original path.
    public var target: String
    /// The mount points of the volumes wanted; empty for all.
    public var volumes: [String]
    /// The original absolute paths wanted, folders with all in them; empty for all.
    public var paths: [String]
    /// Whether files that exist at the target are replaced.
    public var overwrite: Bool
    /// When restoring is given up.
    public var deadline: Instant?

    /// A request for all of a recovery point unless told otherwise.
    public init(
        point: RecoveryPoint, target: String, volumes: [String] = [], paths: [String] = [], overwrite: Bool = false
    ) {
        self.point = point
        self.target = target
        self.volumes = volumes
        self.paths = paths
        self.overwrite = overwrite
    }
}

/// What was restored.
public struct RestoreSummary: Sendable, Equatable {
    /// Regular files; each name of a file with several counts.
    public var files: UInt64 = 0
    /// Bytes in them.
    public var bytes: UInt64 = 0

    /// So many files with so many bytes.
    public init(files: UInt64 = 0, bytes: UInt64 = 0) {
        self.files = files
        self.bytes = bytes
    }
}

/// A file, folder or link in a snapshot.
public struct StoredEntry: Sendable, Equatable {
    /// Its original absolute path. Bytes that are not UTF-8 are replaced by U+FFFD.
    public let path: String
    /// restic's word for its type: `file`, `dir`, `symlink`, `fifo`, `socket`, `dev`, `chardev`.
    public let type: String
    /// Bytes; 0 for all but regular files.
    public let size: UInt64

    /// An entry at an original path.
    public init(path: String, type: String, size: UInt64) {
        self.path = path
        self.type = type
        self.size = size
    }
}

/// What is taken from one snapshot.
struct RestoreSelection: Sendable {
    let snapshot: String
    /// Paths that are taken with all below them.
    let wanted: [String]
    /// Paths below those that are left out.
    let left: [String]
    /// The report beside the volumes when it lies below a wanted path and cannot be left out.
    let strayReport: String?
    private let arguments: [String]

    var restoreArguments: [String] { arguments }

    func contains(_ path: String) -> Bool {
        wanted.contains { Files.path(path, isWithin: $0) } && !left.contains { Files.path(path, isWithin: $0) }
            && path != strayReport
    }

    /// - Parameters:
    ///   - volumes: the volumes wanted, all in the snapshot.
    ///   - paths: paths in those volumes; empty for the whole volumes.
    init(_ snapshot: RecoveryPoint.DataSnapshot, volumes: [String], paths: [String]) {
        self.snapshot = snapshot.id
        wanted = paths.isEmpty ? volumes : paths
        let wanted = wanted
        func liesInWanted(_ path: String) -> Bool { wanted.contains { Files.path(path, isWithin: $0) } }
        let others = snapshot.volumes.filter { !volumes.contains($0) }
        let inner = paths.isEmpty ? others.filter(liesInWanted) : []
        let report = snapshot.reportPath.flatMap { liesInWanted($0) ? $0 : nil }
        // restic 0.14 takes either patterns of what is wanted or of what is not. The second kind serves only while
        // nothing wanted lies below something unwanted.
        let canExclude =
            paths.isEmpty && !others.contains { other in wanted.contains { Files.path($0, isWithin: other) } }
        if canExclude, !inner.isEmpty || report != nil {
            let unwanted = others + [snapshot.reportPath].compactMap { $0 }
            left = inner + [report].compactMap { $0 }
            strayReport = nil
            arguments = unwanted.flatMap { ["--exclude", Pattern.literal($0)] }
        } else {
            left = []
            strayReport = report
            arguments = wanted.flatMap { ["--include", Pattern.literal($0)] }
        }
    }
}

extension RestoreRequest {
    /// What is taken from each snapshot.
    /// - Throws: `.volumeNotInRecoveryPoint`, `.pathNotInRecoveryPoint`.
    func selections() throws(Failure) -> [RestoreSelection] {
        for volume in volumes where !point.volumes.contains(volume) {
            throw Failure(.volumeNotInRecoveryPoint(volume: volume, id: point.id, known: point.volumes))
        }
        let chosen = volumes.isEmpty ? point.volumes : volumes
        for path in paths where !chosen.contains(where: { Files.path(path, isWithin: $0) }) {
            throw Failure(.pathNotInRecoveryPoint(path: path, id: point.id))
        }
        return point.data.compactMap { snapshot in
            let own = snapshot.volumes.filter(chosen.contains)
            let ownPaths = paths.filter { path in own.contains { Files.path(path, isWithin: $0) } }
            if own.isEmpty || !paths.isEmpty && ownPaths.isEmpty { return nil }
            return RestoreSelection(snapshot, volumes: own, paths: ownPaths)
        }
    }

    /// The request with paths as the repository has them: no slash at the end, none doubled.
    public var tidied: RestoreRequest {
        func tidy(_ path: String) -> String { "/" + path.split(separator: "/").joined(separator: "/") }
        var result = self
        result.volumes = volumes.map(tidy)
        result.paths = paths.map(tidy)
        return result
    }
}
