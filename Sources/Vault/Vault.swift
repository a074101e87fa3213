internal import Glibc
internal import Linux
public import Messages

/// How a vault's program is run.
public struct VaultOptions: Sendable {
    /// The name or path of restic.
    public var program = "restic"
    /// Holds restic's cache of a remote repository and its temporary files. Made when missing; where a run hides it
    /// behind a snapshot, it must exist when the snapshot is taken: call `open()` before.
    public var workFolder = "/var/cache/remanso"
    /// Seconds that a remote repository may take without any progress.
    public var patience = 300.0
    /// Seconds to wait for a lock that somebody holds.
    public var lockPatience = 120.0

    /// The defaults.
    public init() {}
}

/// Recovery points in a restic repository. Everything it knows is in the repository; nothing is kept elsewhere.
public struct Vault: Sendable {
    /// Where it is.
    public let location: VaultLocation
    let restic: Restic
    let onNotice: @Sendable (Problem) -> Void

    /// A vault at `location`; nothing is read yet.
    /// - Parameter onNotice: told of what is wrong but ends nothing, such as one damaged snapshot in a list.
    public init(
        _ location: VaultLocation, options: VaultOptions = VaultOptions(),
        onNotice: @escaping @Sendable (Problem) -> Void = { _ in }
    ) {
        self.location = location
        self.onNotice = onNotice
        restic = Restic(location, options)
    }

    /// Proves that the vault can be used: restic is there and new enough, the password file is safe, the repository
    /// exists and opens with that password.
    /// - Parameter isReadNext: the caller reads the recovery points at once, which proves the password of a local
    ///   repository as well. Each proof costs the time that the key was made to cost, up to a second.
    /// - Throws: `.resticMissing`, `.resticTooOld`, `.vaultPasswordUnusable`, `.vaultEnvironmentUnusable`,
    ///   `.vaultMissing`, `.vaultWrongPassword`, `.vaultUnreachable`, `.vaultFailed`.
    public func open(isReadNext: Bool = false) throws(Failure) {
        try restic.version()
        try PasswordFile.check(location.passwordFile)
        if let state = try localState(), state != .repository {
            throw Failure(.vaultMissing(repository: location.displayName))
        }
        // A remote one may not answer: only this question has a short deadline.
        if !isReadNext || location.localFolder == nil { try readConfiguration() }
    }

    /// Whether a repository is there. The password is proved too, so that a wrong one is not taken for none.
    /// - Throws: as `open`, without `.vaultMissing`.
    public func exists() throws(Failure) -> Bool {
        do throws(Failure) {
            try open()
            return true
        } catch {
            if case .vaultMissing = error.problem { return false }
            throw error
        }
    }

    /// Makes the repository; a local folder with mode 700.
    /// - Throws: `.fileExists` when there is a repository already, `.vaultFailed` when the folder holds something else.
    public func create() throws(Failure) {
        try restic.version()
        try PasswordFile.check(location.passwordFile)
        let name = location.displayName
        switch try localState() {
        case .repository: throw Failure(.fileExists(path: name))
        case .other: throw Failure(.vaultFailed(repository: name, detail: SystemError.reason(of: ENOTEMPTY)))
        case .empty, nil: break
        }
        if let folder = location.localFolder {
            do throws(SystemError) {
                try Files.makeFolder(folder)
            } catch {
                throw Failure(.cannotWrite(path: folder, reason: error.reason))
            }
        }
        do throws(Failure) {
            _ = try restic.run(ResticTask(["init", "--repository-version", "2"], isLocking: false))
        } catch {
            if case .vaultFailed(_, let detail) = error.problem, detail.contains("already") {
                throw Failure(.fileExists(path: name))
            }
            throw error
        }
    }

    private func readConfiguration() throws(Failure) {
        var task = ResticTask(["cat", "config"], isLocking: false)
        // Long enough for a slow store's first answer, and short enough for somebody who waits before a screen.
        if location.localFolder == nil {
            task.deadline = Instant.now.advanced(bySeconds: min(60, restic.options.patience))
        }
        _ = try restic.run(task)
    }

    private enum LocalState { case empty, repository, other }

    /// What is at a local repository's place; `nil` for a remote one.
    private func localState() throws(Failure) -> LocalState? {
        guard let folder = location.localFolder else { return nil }
        if Files.isFolder(folder) {
            if Files.exists(folder + "/config") { return .repository }
            let names = Files.names(in: folder)
            // What an interrupted `init` leaves can be made whole by another.
            let parts: Set = ["data", "index", "keys", "locks", "snapshots", "lost+found"]
            let isEmpty = names.allSatisfy(parts.contains) && Files.names(in: folder + "/keys").isEmpty
            return isEmpty ? .empty : .other
        }
        var status = stat()
        if stat(folder, &status) == 0 {
            throw Failure(
                .vaultFailed(repository: location.displayName, detail: SystemError.reason(of: ENOTDIR)))
        }
        if errno == ENOENT { return .empty }
        throw Failure(.vaultFailed(repository: location.displayName, detail: SystemError.reason(of: errno)))
    }

    /// The recovery points, newest first.
    /// - Throws: what keeps the repository from being read.
    public func recoveryPoints() throws(Failure) -> [RecoveryPoint] { RecoveryPoint.all(in: try snapshots().all) }

    /// One recovery point.
    /// - Parameter id: `latest`, a whole id, or the start of just one.
    /// - Throws: `.recoveryPointNotFound`, `.recoveryPointAmbiguous`, `.noRecoveryPoints`.
    public func recoveryPoint(_ id: String) throws(Failure) -> RecoveryPoint {
        try RecoveryPoint.find(id, in: try recoveryPoints(), repository: location.displayName)
    }

    /// The report that was stored last with the recovery point, in JSON.
    public func report(of point: RecoveryPoint) throws(Failure) -> [UInt8] {
        try file(point.reportPath, in: point.manifest, of: point)
    }

    /// The evidence of a drill, in JSON.
    public func evidence(_ drill: RecoveryPoint.Drill, of point: RecoveryPoint) throws(Failure) -> [UInt8] {
        try file(drill.path, in: drill.id, of: point)
    }

    private func file(_ path: String, in snapshot: String, of point: RecoveryPoint) throws(Failure) -> [UInt8] {
        var task = ResticTask(["dump", snapshot, path], isLocking: false)
        task.keptBytes = 256 << 20
        do throws(Failure) {
            return Array(try restic.run(task).output.utf8)
        } catch {
            throw error.damaging(point)
        }
    }

    /// Every snapshot of the repository, and whether all of them could be read.
    func snapshots() throws(Failure) -> (all: [ResticSnapshot], isComplete: Bool) {
        var task = ResticTask(["snapshots", "--json"], isLocking: false)
        task.keptBytes = 512 << 20
        let result = try restic.run(task)
        let text = result.output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("[") }.map(String.init)
        // An empty repository is `[]` or, in some versions, `null`.
        let list = text.map { ResticJSON.decode([ResticSnapshot].self, from: $0) } ?? []
        guard let list else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: "restic snapshots --json"))
        }
        // restic 0.14 leaves out what it cannot read and calls that success; newer versions fail instead.
        if let line = ResticWords(result.errors).line(with: ["could not load snapshot", "ignoring"]) {
            onNotice(.vaultDamaged(repository: location.displayName, detail: line))
            return (list, false)
        }
        return (list, true)
    }
}

extension Failure {
    /// Damage that was met in one recovery point's own data, in the words for that.
    public func damaging(_ point: RecoveryPoint) -> Failure {
        guard case .vaultDamaged(_, let detail) = problem else { return self }
        return Failure(.recoveryPointDamaged(id: point.id, detail: detail))
    }
}
