internal import FoundationEssentials
internal import Glibc
internal import Linux
internal import Messages

/// What is known of one mount outside the process that keeps it: whoever finds the record of a keeper that is gone can
/// tidy up behind it.
struct MountRecord: Codable, Sendable, Equatable {
    /// Where the volume is shown, resolved.
    var directory: String
    /// The keeper.
    var keeper: ProcessName
    /// restic, once it runs.
    var restic: ProcessName?
    /// The mount at the directory, once it is there.
    var mountID: UInt64?

    /// Of a mount that this process keeps.
    init(_ directory: String) throws(SystemError) {
        guard let own = ProcessName(getpid()) else { throw SystemError("open", "/proc", code: ENOENT) }
        self.directory = directory
        keeper = own
    }

    /// Whether somebody has mounted something else over it since.
    var isCovered: Bool {
        // Each mount namespace has numbers of its own.
        let space = Files.linkTarget("/proc/\(keeper.pid)/ns/mnt")
        guard let mountID, space == Files.linkTarget("/proc/self/ns/mnt") else { return false }
        return MountPoint.mountID(directory) != mountID && MountPoint.holds(directory, mountID)
    }

    /// One process for ever.
    struct ProcessName: Codable, Sendable, Equatable {
        let pid: Int32
        let startTime: UInt64

        /// `nil` when there is no such process.
        init?(_ pid: Int32) {
            guard let entry = ProcessTable.entry(pid) else { return nil }
            (self.pid, startTime) = (pid, entry.startTime)
        }

        var isAlive: Bool { ProcessTable.entry(pid).map { $0.startTime == startTime && !$0.isZombie } ?? false }

        func end(_ signal: Int32) { if isAlive { kill(pid, signal) } }
    }
}

/// The folder with one mount's record and restic's mount.
struct MountPlace: Sendable {
    let path: String

    /// Where restic shows the snapshots.
    var vaultFolder: String { path + "/vault" }
    /// Where a volume is shown to nobody but this process.
    var volumeFolder: String { path + "/volume" }
    private var recordPath: String { path + "/record.json" }

    /// The places below a state folder.
    static func all(in state: String) -> [MountPlace] {
        Files.names(in: state + "/mounts").map { MountPlace(path: "\(state)/mounts/\($0)") }
    }

    /// A place for the mount that this process keeps.
    static func make(in state: String) throws(SystemError) -> MountPlace {
        let place = MountPlace(path: "\(state)/mounts/\(getpid())")
        try Files.makeFolder(place.path)
        return place
    }

    /// `nil` when there is none that can be read.
    var record: MountRecord? {
        Files.text(recordPath).flatMap { try? JSONDecoder().decode(MountRecord.self, from: Data($0.utf8)) }
    }

    func write(_ record: MountRecord) throws(SystemError) {
        let bytes = (try? JSONEncoder().encode(record)).map { Array($0) } ?? []
        try Files.replace(recordPath, with: bytes, isDurable: false)
    }

    func remove() {
        unlink(recordPath)
        rmdir(vaultFolder)
        for name in Files.names(in: path) where name.hasPrefix("volume") { rmdir("\(path)/\(name)") }
        rmdir(path)
        // The folder of all places, with the last of them.
        rmdir(Files.parent(of: path))
    }

    /// Undoes what a keeper that is gone has left.
    func tidyUp() {
        guard let record else { return remove() }
        MountPoint.detach(record.directory, record.mountID, shownFrom: vaultFolder)
        umount2(vaultFolder, Int32(MNT_DETACH))
        if let restic = record.restic, restic.isAlive {
            restic.end(SIGINT)
            let end = Instant.now.advanced(bySeconds: 10)
            while restic.isAlive, Instant.now < end { usleep(20_000) }
            restic.end(SIGKILL)
        }
        remove()
    }
}

/// The folder at which a volume is shown.
enum MountPoint {
    /// The folder's path with links resolved in all but, where it cannot be looked at any more, its own name.
    static func resolved(_ path: String) -> String {
        if let whole = Files.resolved(path) { return whole }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let parent = Files.resolved(Files.parent(of: path)) ?? Files.parent(of: path)
        return parent == "/" ? "/" + name : "\(parent)/\(name)"
    }

    /// The id of the mount that is visible there; `nil` when none is.
    static func mountID(_ directory: String) -> UInt64? {
        (try? MountTable.current())?.mounts.last { $0.mountPoint == directory }?.id
    }

    /// Whether a mount of that id is there, visible or below another.
    static func holds(_ directory: String, _ mountID: UInt64) -> Bool {
        (try? MountTable.current())?.mounts.contains { $0.mountPoint == directory && $0.id == mountID } ?? false
    }

    /// Takes away what of ours is shown at a folder, also when it is in use: the mount of that id; where none was noted
    /// yet, a loop device over a file of that restic, or the restic itself. What somebody has mounted over it stays, and
    /// what is below that.
    static func detach(_ directory: String, _ mountID: UInt64?, shownFrom vaultFolder: String) {
        let mounts = (try? MountTable.current())?.mounts ?? []
        let vaultDevice = mounts.last { $0.mountPoint == vaultFolder }?.device
        for mount in mounts.reversed() where mount.mountPoint == directory {
            let isFiles = vaultDevice != nil && mount.device == vaultDevice
            let image = Files.line("/sys/dev/block/\(mount.device)/loop/backing_file")
            let isImage = image?.hasPrefix(vaultFolder + "/") ?? false
            guard mountID.map({ $0 == mount.id }) ?? (isFiles || isImage) else { return }
            umount2(directory, Int32(MNT_DETACH | UMOUNT_NOFOLLOW))
        }
    }
}
