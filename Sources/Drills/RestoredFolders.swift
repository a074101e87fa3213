internal import Glibc
internal import Linux
internal import Messages
internal import Mounting
internal import Vault

/// The application's folders of volumes that were stored as files, restored to the scratch folder.
///
/// A layer over what `restic mount` shows would save the copy, but restic gives a file another identity each time it is looked
/// up, and the kernel then fails a rename in the layer with ESTALE: a server that should start would not.
struct RestoredFolders: Sendable {
    /// Where they are restored to, each below it at its own path.
    let target: String
    private let shown: [ShownVolumes.Volume]

    init(_ target: String, _ shown: [ShownVolumes.Volume]) {
        self.target = target
        self.shown = shown
    }

    /// - Throws: `.dataMissing`, `.scratchFull`, `.impossible`.
    func restore(_ folders: [String], of point: RecoveryPoint, from vault: Vault) throws(DrillFault) {
        let wanted = folders.map(folder).filter { holder(of: $0)?.image == nil }
        if wanted.isEmpty { return }
        do throws(Failure) {
            _ = try vault.restore(RestoreRequest(point: point, target: target, paths: wanted))
        } catch {
            if case .pathNotInRecoveryPoint(let path, _) = error.problem { throw .dataMissing(path: path) }
            throw .impossible(detail: error.problem.message(in: .en))
        }
        do throws(SystemError) {
            for path in wanted { try giveOwners(above: path) }
        } catch {
            throw .impossible(detail: error.description)
        }
    }

    /// A file is restored with all that lies beside it: its log and its journal are a part of it.
    private func folder(_ path: String) -> String {
        guard let place = place(of: path), !Files.isFolder(place) else { return path }
        return Files.parent(of: path)
    }

    /// The volume that a path lies on.
    func holder(of path: String) -> ShownVolumes.Volume? {
        let holders = shown.filter { Files.path(path, isWithin: $0.mountPoint) }
        return holders.max { $0.mountPoint.utf8.count < $1.mountPoint.utf8.count }
    }

    /// Where a path of the machine that was backed up is shown.
    func place(of path: String) -> String? {
        guard let holder = holder(of: path) else { return nil }
        return holder.mountPoint == "/" ? holder.folder + path : holder.folder + path.dropFirst(holder.mountPoint.count)
    }

    /// What was restored alone has folders above it that are nobody's: the application's user has to get through.
    private func giveOwners(above path: String) throws(SystemError) {
        var folder = Files.parent(of: path)
        while let holder = holder(of: folder), holder.image == nil, let place = place(of: folder) {
            var status = stat()
            try check("stat", place) { stat(place, &status) }
            let restored = target + (folder == "/" ? "" : folder)
            try check("chown", restored) { chown(restored, status.st_uid, status.st_gid) }
            try check("chmod", restored) { chmod(restored, status.st_mode & 0o7777) }
            if folder == holder.mountPoint { return }
            folder = Files.parent(of: folder)
        }
    }

    /// A volume as the room shows it: what was restored, and nothing else. Of the root only the application's folders are
    /// shown: its programs come from this machine.
    func mounts(of volume: ShownVolumes.Volume, _ folders: [String]) throws(SystemError) -> [RoomMounts.Volume] {
        var mounts: [RoomMounts.Volume] = []
        if volume.mountPoint == "/" {
            for path in folders.map(folder) where holder(of: path)?.mountPoint == "/" {
                mounts.append(RoomMounts.Volume(try .cloning(target + path), at: path))
            }
            return mounts
        }
        let folder = target + volume.mountPoint
        // A volume of which the application has nothing is shown as it is, and cannot be written to.
        return [RoomMounts.Volume(try .cloning(Files.isFolder(folder) ? folder : volume.folder), at: volume.mountPoint)]
    }
}
