internal import Applications
internal import Glibc
internal import Linux
internal import Messages
internal import Mounting

/// The layers over the volumes of a recovery point that take what an application changes: nothing has to be copied but the
/// files that it opens for writing.
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
            guard let place = Self.place(of: path, in: shown), Files.exists(place) else {
                throw .dataMissing(path: path)
            }
            needed += Self.bytes(below: place)
        }
        if scratch.free < needed { throw .scratchFull(path: scratch.path) }
    }

    /// Where a path of the machine that was backed up is shown.
    private static func place(of path: String, in shown: [ShownVolumes.Volume]) -> String? {
        let holders = shown.filter { Files.path(path, isWithin: $0.mountPoint) }
        guard let holder = holders.max(by: { $0.mountPoint.utf8.count < $1.mountPoint.utf8.count }) else { return nil }
        return holder.mountPoint == "/" ? holder.folder + path : holder.folder + path.dropFirst(holder.mountPoint.count)
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

    /// Lays a layer over each volume.
    func lay(over shown: [ShownVolumes.Volume]) throws(SystemError) -> [RoomMounts.Volume] {
        var volumes: [RoomMounts.Volume] = []
        for (index, volume) in shown.enumerated() {
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
