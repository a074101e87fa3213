internal import Applications
internal import Glibc
internal import Linux
internal import Messages
internal import Vault

/// Files of applications that lie on no volume (PostgreSQL's `backup_label` and the WAL that belongs to it): without them
/// what was restored from volumes of several instants might start and be wrong.
enum ApplicationFiles {
    /// Puts them into what was restored, in the place of what the volumes had there.
    /// - Returns: how many.
    static func restore(_ request: RestoreRequest, from vault: Vault) throws(Failure) -> Int {
        let point = request.point
        guard point.holdsApplicationFiles, let report = Report(json: try vault.report(of: point)) else { return 0 }
        let wanted = report.adapters.flatMap(\.files).filter { isWanted($0, request) }
        if wanted.isEmpty { return 0 }
        let staging = "\(request.target)/.remanso-\(point.id)"
        defer { Files.removeTree(staging) }
        let folder = Files.parent(of: point.reportPath) + "/files"
        try vault.restoreManifest(of: point, at: folder, to: staging)
        for path in wanted { try put(staging + folder + path, at: request.target + path) }
        return wanted.count
    }

    private static func isWanted(_ path: String, _ request: RestoreRequest) -> Bool {
        let volumes = request.volumes.isEmpty ? request.point.volumes : request.volumes
        let isChosen = volumes.contains { Files.path(path, isWithin: $0) }
        return isChosen && (request.paths.isEmpty || request.paths.contains { Files.path(path, isWithin: $0) })
    }

    private static func put(_ source: String, at path: String) throws(Failure) {
        do throws(SystemError) {
            let content = try Descriptor.open(source, O_RDONLY | O_NOFOLLOW).readAll(limit: 1 << 30)
            let owner = try Descriptor.open(Files.parent(of: path), O_RDONLY | O_DIRECTORY).status()
            try Files.replace(path, with: content, isDurable: true)
            try check("chown", path) { chown(path, owner.st_uid, owner.st_gid) }
        } catch {
            throw Failure(.restoreTargetUnusable(path: path, reason: error.reason))
        }
    }
}
