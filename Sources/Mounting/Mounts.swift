internal import Glibc
internal import Linux
public import Messages

/// The mounts that Remanso has made, seen from outside the processes that keep them.
public enum Mounts {
    /// Seconds that a keeper may take to end.
    private static let keeperSeconds = 45.0

    /// The folder, resolved, when something can be mounted there.
    /// - Throws: `.cannotMount`, also where a mount or files would be hidden.
    public static func usable(_ directory: String, stateFolder: String) throws(Failure) -> String {
        tidyUp(stateFolder)
        let resolved = MountPoint.resolved(directory)
        var reason: Int32?
        if MountPlace.all(in: stateFolder).contains(where: { $0.record?.directory == resolved }) {
            reason = EBUSY
        } else if !Files.exists(resolved) {
            reason = ENOENT
        } else if !Files.isFolder(resolved) {
            reason = ENOTDIR
        } else if MountPoint.mountID(resolved) != nil {
            // Programs that use a volume would find the old files in its place.
            reason = EBUSY
        } else if !Files.names(in: resolved).isEmpty {
            reason = ENOTEMPTY
        }
        guard let reason else { return resolved }
        throw Failure(.cannotMount(folder: directory, reason: String(cString: strerror(reason))))
    }

    /// Ends what Remanso has mounted at a folder.
    /// - Throws: `.notMounted` when that is nothing, and nothing is done then; `.mountInUse`.
    public static func unmount(_ directory: String, stateFolder: String) throws(Failure) {
        let resolved = MountPoint.resolved(directory)
        guard let (place, record) = find(resolved, stateFolder) else {
            tidyUp(stateFolder)
            throw Failure(.notMounted(folder: directory))
        }
        guard record.keeper.isAlive else { return place.tidyUp() }
        if record.isCovered { throw Failure(.mountInUse(folder: directory)) }
        if umount2(resolved, Int32(UMOUNT_NOFOLLOW)) != 0 {
            if errno == EBUSY { throw Failure(.mountInUse(folder: directory)) }
            // It is in another mount namespace, or gone: its keeper knows.
            record.keeper.end(SIGTERM)
        }
        let end = Instant.now.advanced(bySeconds: keeperSeconds)
        while record.keeper.isAlive, Instant.now < end { usleep(20_000) }
        if record.keeper.isAlive { record.keeper.end(SIGKILL) }
        if place.record != nil { place.tidyUp() }
    }

    private static func find(_ directory: String, _ stateFolder: String) -> (MountPlace, MountRecord)? {
        for place in MountPlace.all(in: stateFolder) {
            if let record = place.record, record.directory == directory { return (place, record) }
        }
        return nil
    }

    /// Takes away what keepers that are gone have left.
    public static func tidyUp(_ stateFolder: String) {
        for place in MountPlace.all(in: stateFolder) {
            // A place without a record is just being made, or was left in that instant.
            guard let record = place.record else {
                let pid = place.path.split(separator: "/").last.flatMap { pid_t($0) }
                if pid.map({ ProcessTable.entry($0) == nil }) ?? true { place.remove() }
                continue
            }
            if !record.keeper.isAlive { place.tidyUp() }
        }
    }
}
