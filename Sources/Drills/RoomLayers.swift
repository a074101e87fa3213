internal import Applications
internal import Glibc
internal import Linux
internal import Messages
internal import Mounting

/// What takes the changes that an application makes to the volumes of a recovery point: a layer over an image, so that
/// nothing has to be copied but the files that are opened for writing, and restored folders where files were stored.
struct RoomLayers: Sendable {
    /// Bytes beside the data itself that starting an application may need.
    private static let margin: UInt64 = 32 << 20

    private let folder: String
    private let scratch: Scratch

    init(_ name: String, in scratch: Scratch) {
        folder = "\(scratch.path)/\(name)"
        self.scratch = scratch
    }

    /// Proves that there is room for the application's files should it open each of them for writing.
    /// - Throws: `.scratchFull`, `.dataMissing`.
    func proveSpace(for record: ApplicationRecord, in shown: [ShownVolumes.Volume]) throws(DrillFault) {
        var needed = Self.margin
        for path in record.folders {
            guard let place = restored(shown).place(of: path), Files.exists(place) else {
                throw .dataMissing(path: path)
            }
            needed += Self.bytes(below: place)
        }
        if scratch.free < needed { throw .scratchFull(path: scratch.path) }
    }

    private static func bytes(below path: String) -> UInt64 {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return UInt64(max(0, status.st_size))
        case S_IFDIR: return Files.names(in: path).reduce(0) { $0 + bytes(below: "\(path)/\($1)") }
        default: return 0
        }
    }

    /// The folders of volumes that were stored as files.
    func restored(_ shown: [ShownVolumes.Volume]) -> RestoredFolders { RestoredFolders("\(folder)/files", shown) }

    /// What stands at each volume's place.
    func lay(over shown: [ShownVolumes.Volume], for folders: [String]) throws(SystemError) -> [RoomMounts.Volume] {
        var volumes: [RoomMounts.Volume] = []
        for (index, volume) in shown.enumerated() {
            if volume.image == nil {
                volumes += try restored(shown).mounts(of: volume, folders)
                continue
            }
            let upper = "\(folder)/\(index)/upper", work = "\(folder)/\(index)/work"
            try Files.makeFolder(upper)
            try Files.makeFolder(work)
            // The root of what is shown looks like that of the upper layer.
            var root = stat()
            try check("stat", volume.folder) { stat(volume.folder, &root) }
            try check("chown", upper) { chown(upper, root.st_uid, root.st_gid) }
            try check("chmod", upper) { chmod(upper, root.st_mode & 0o7777) }
            let mount = try DetachedMount.overlay(over: volume.folder, upper: upper, work: work)
            volumes.append(RoomMounts.Volume(mount, at: volume.mountPoint))
        }
        return volumes
    }

    /// Whether the room ran out of space.
    var isFull: Bool { scratch.free < 1 << 20 }

    func remove() { Files.removeTree(folder) }
}
