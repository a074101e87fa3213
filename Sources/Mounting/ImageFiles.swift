internal import Glibc
internal import Linux
public import Messages
public import Vault

/// Files that are wanted out of the image of a volume.
public struct ImageFilesRequest: Sendable {
    /// The vault.
    public var vault: Vault
    /// restic's id of the snapshot that holds the image, or the start of it.
    public var snapshot: String
    /// The volume by its mount point: its image is at `/srv/db.img` in the snapshot for `/srv/db`.
    public var volume: String
    /// The original absolute paths wanted, folders with all in them; empty for the whole volume.
    public var paths: [String] = []
    /// The folder; each file comes out below it at its original path.
    public var target: String
    /// Whether files that exist at the target are replaced.
    public var overwrite = false
    /// The folder below which everything private is kept, such as `/run/remanso`.
    public var stateFolder: String

    /// A request for all of a volume unless told otherwise.
    public init(vault: Vault, snapshot: String, volume: String, target: String, stateFolder: String) {
        self.vault = vault
        self.snapshot = snapshot
        self.volume = volume
        self.target = target
        self.stateFolder = stateFolder
    }
}

/// Copies files out of images: the image is mounted where nobody else sees it, and `cp --archive` keeps owners, modes,
/// times, links, holes, ACLs and extended attributes.
public enum ImageFiles {
    /// Copies what is wanted to `target` + its original path. Without `overwrite` nothing at all is written when one of
    /// the files exists.
    /// - Throws: `.restoreWouldOverwrite`, `.restoreTargetUnusable`, `.pathNotInRecoveryPoint`, `.cannotMount`,
    ///   `.vaultDamaged`, and what keeps the vault from being read.
    public static func copy(_ request: ImageFilesRequest) throws(Failure) -> RestoreSummary {
        let place: MountPlace
        do throws(SystemError) {
            place = try MountPlace.make(in: request.stateFolder)
            try Files.makeFolder(place.volumeFolder)
        } catch {
            throw Failure(.cannotMount(folder: request.stateFolder, reason: error.description))
        }
        defer { place.remove() }
        do {
            // In a mount namespace of its own, which the kernel takes away with whoever is in it.
            return try Threads.isolated(in: MountView()) { try copy(request, place) }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.cannotMount(folder: place.volumeFolder, reason: String(describing: error)))
        }
    }

    private static func copy(_ request: ImageFilesRequest, _ place: MountPlace) throws(Failure) -> RestoreSummary {
        let restic = try ResticMount(request.vault, at: place.vaultFolder)
        defer { restic.stop() }
        guard let view = VolumeView(request.volume, in: restic.snapshot(request.snapshot)) else {
            throw Failure(.pathNotInRecoveryPoint(path: request.volume, id: request.snapshot))
        }
        do throws(SystemError) {
            try view.show(at: place.volumeFolder)
        } catch {
            throw Failure(.cannotMount(folder: request.volume, reason: error.description))
        }
        defer { umount2(place.volumeFolder, 0) }
        return try FileCopy(request, from: place.volumeFolder).run()
    }
}

/// One copy from a mounted volume to a target.
private struct FileCopy {
    private let request: ImageFilesRequest
    private let source: String
    /// Paths within the volume, `.` for all of it.
    private let wanted: [String]

    init(_ request: ImageFilesRequest, from source: String) throws(Failure) {
        self.request = request
        self.source = source
        let volume = request.volume == "/" ? "" : request.volume
        var wanted: [String] = []
        for path in request.paths {
            let path = "/" + path.split(separator: "/").joined(separator: "/")
            guard path == volume || path.hasPrefix(volume + "/") else {
                throw Failure(.pathNotInRecoveryPoint(path: path, id: request.snapshot))
            }
            let inside = String(path.dropFirst(volume.count + 1))
            guard inside.isEmpty || Files.exists("\(source)/\(inside)") else {
                throw Failure(.pathNotInRecoveryPoint(path: path, id: request.snapshot))
            }
            wanted.append(inside.isEmpty ? "." : inside)
        }
        self.wanted = wanted.isEmpty || wanted.contains(".") ? ["."] : wanted
    }

    func run() throws(Failure) -> RestoreSummary {
        let originals = wanted.map(original)
        let target = try Obstacles.usableTarget(request.target, for: originals)
        var survey = Survey(source: source, isEmpty: Files.names(in: target).isEmpty, target: target)
        for path in wanted { survey.walk(path, original(path)) }
        try survey.obstacles.clear(overwrite: request.overwrite)
        let above = FoldersAbove(of: originals, below: target)
        defer { above.giveBack() }
        let root = (target == "/" ? "" : target) + (request.volume == "/" ? "" : request.volume)
        do throws(SystemError) {
            try Files.makeFolder(root.isEmpty ? "/" : root, mode: 0o755)
        } catch {
            throw Failure(.restoreTargetUnusable(path: root, reason: error.reason))
        }
        try callCopy(root.isEmpty ? "/" : root)
        return survey.summary
    }

    private func original(_ path: String) -> String {
        let volume = request.volume == "/" ? "" : request.volume
        return path == "." ? request.volume : "\(volume)/\(path)"
    }

    private func callCopy(_ root: String) throws(Failure) {
        guard let path = Program.find("cp") else {
            throw Failure(.systemCall(operation: "exec", subject: "cp", reason: String(cString: strerror(ENOENT))))
        }
        var arguments = ["--archive", "--remove-destination"]
        arguments +=
            wanted == ["."] ? ["--no-target-directory", "--", ".", root] : ["--parents", "--"] + wanted + [root]
        var program = Program(.path(path), arguments)
        program.environment["LC_ALL"] = "C"
        program.directory = source
        program.umask = 0o022
        let result: ProcessResult
        do throws(SystemError) {
            result = try ChildProcess.run(program)
        } catch {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
        if result.interrupted { throw Failure(.interrupted(signal: Interruption.signal ?? SIGTERM)) }
        if result.ending == .exited(0) { return }
        let lines = result.errors.text.split(whereSeparator: \.isNewline).map(String.init)
        if let line = lines.first(where: { $0.contains("error reading") || $0.contains("Input/output error") }) {
            throw Failure(.vaultDamaged(repository: request.vault.location.displayName, detail: line))
        }
        throw Failure(.restoreTargetUnusable(path: request.target, reason: lines.first ?? "cp"))
    }
}

/// What will come, and what stands in its way.
private struct Survey {
    private(set) var summary = RestoreSummary()
    private(set) var obstacles: Obstacles
    private let source: String
    /// Nothing can stand in the way in an empty folder.
    private let isEmpty: Bool

    init(source: String, isEmpty: Bool, target: String) {
        self.source = source
        self.isEmpty = isEmpty
        obstacles = Obstacles(target: target)
    }

    /// - Parameters:
    ///   - path: within the volume.
    ///   - original: the same on the machine that was backed up.
    mutating func walk(_ path: String, _ original: String) {
        let place = "\(source)/\(path)"
        var status = stat()
        guard lstat(place, &status) == 0 else { return }
        let kind = status.st_mode & S_IFMT
        let size = kind == S_IFREG ? UInt64(max(0, status.st_size)) : 0
        let type = kind == S_IFDIR ? "dir" : kind == S_IFREG ? "file" : "other"
        if kind == S_IFREG { (summary.files, summary.bytes) = (summary.files + 1, summary.bytes + size) }
        if !isEmpty { obstacles.look(at: StoredEntry(path: original, type: type, size: size)) }
        guard kind == S_IFDIR else { return }
        for name in Files.names(in: place) {
            walk("\(path)/\(name)", original == "/" ? "/\(name)" : "\(original)/\(name)")
        }
    }
}
