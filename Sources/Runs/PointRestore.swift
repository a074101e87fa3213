internal import Linux
public import Messages
internal import Mounting
public import Vault

/// Restores files of a recovery point, whether its volumes were stored as files or as images.
public enum PointRestore {
    /// Restores what is wanted to the target + its original path.
    /// - Throws: as `Vault.restore`, and `.cannotMount` for an image.
    public static func perform(
        _ request: RestoreRequest, from vault: Vault, stateFolder: String = RunOptions.defaultStateFolder,
        progress: @escaping @Sendable (StoreProgress) -> Void = { _ in }
    ) throws(Failure) -> RestoreSummary {
        let parts = try parts(of: request)
        var summary = RestoreSummary()
        for part in parts {
            let done: RestoreSummary
            switch part {
            case .files(let request): done = try vault.restore(request, progress: progress)
            case .image(let volume, let paths):
                done = try restoreImage(volume, paths, request, from: vault, stateFolder: stateFolder)
            }
            summary.files += done.files
            summary.bytes += done.bytes
        }
        summary.files += UInt64(try ApplicationFiles.restore(request.tidied, from: vault))
        return summary
    }

    private enum Part {
        case files(RestoreRequest)
        case image(volume: String, paths: [String])
    }

    /// What comes from files and what from images; outer volumes first, because inner ones lie in their folders.
    private static func parts(of original: RestoreRequest) throws(Failure) -> [Part] {
        let request = original.tidied, point = request.point
        for volume in request.volumes where !point.volumes.contains(volume) {
            throw Failure(.volumeNotInRecoveryPoint(volume: volume, id: point.id, known: point.volumes))
        }
        let chosen = request.volumes.isEmpty ? point.volumes : request.volumes
        let images = chosen.filter { point.data(holding: $0)?.holdsImages ?? false }.sorted { $0.count < $1.count }
        if images.isEmpty { return [.files(request)] }
        var pathsOfVolume: [String: [String]] = [:]
        for path in request.paths {
            let holders = chosen.filter { Files.path(path, isWithin: $0) }
            guard let holder = holders.max(by: { $0.count < $1.count }) else {
                throw Failure(.pathNotInRecoveryPoint(path: path, id: point.id))
            }
            pathsOfVolume[holder, default: []].append(path)
        }
        let isWanted = { (volume: String) in request.paths.isEmpty || pathsOfVolume[volume] != nil }
        var parts = images.filter(isWanted).map { Part.image(volume: $0, paths: pathsOfVolume[$0] ?? []) }
        var files = request
        files.volumes = chosen.filter { !images.contains($0) && isWanted($0) }
        files.paths = files.volumes.flatMap { pathsOfVolume[$0] ?? [] }
        guard let outermost = files.volumes.min(by: { $0.count < $1.count }) else { return parts }
        parts.insert(.files(files), at: outermost.count < images[0].count ? 0 : parts.count)
        return parts
    }

    private static func restoreImage(
        _ volume: String, _ paths: [String], _ request: RestoreRequest, from vault: Vault, stateFolder: String
    ) throws(Failure) -> RestoreSummary {
        guard let snapshot = request.point.data(holding: volume) else {
            throw Failure(.volumeNotInRecoveryPoint(volume: volume, id: request.point.id, known: request.point.volumes))
        }
        var files = ImageFilesRequest(
            vault: vault, snapshot: snapshot.id, volume: volume, target: request.target, stateFolder: stateFolder)
        files.paths = paths
        files.overwrite = request.overwrite
        do throws(Failure) {
            return try ImageFiles.copy(files)
        } catch {
            throw error.damaging(request.point)
        }
    }
}
