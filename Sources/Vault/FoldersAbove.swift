internal import Glibc
internal import Linux

/// The folders on the way from a restore's target down to what is restored. They belong to whoever made them: restic gives
/// them the owner, mode and time that they had when the snapshot was taken, and this gives them their own back.
public struct FoldersAbove {
    private var states: [(path: String, status: stat)] = []

    /// Notes the folders that exist.
    /// - Parameters:
    ///   - target: the resolved target.
    ///   - wanted: absolute paths in the snapshot.
    public init(of wanted: [String], below target: String) {
        var seen: Set<String> = []
        for path in wanted {
            var folder = (target == "/" ? "" : target) + path
            while folder.utf8.count > target.utf8.count {
                folder = Files.parent(of: folder)
                var status = stat()
                guard seen.insert(folder).inserted, lstat(folder, &status) == 0 else { continue }
                states.append((folder, status))
            }
        }
    }

    /// Gives them back what they had. Best effort: they may be on a file system that is read-only by now.
    public func giveBack() {
        for (path, status) in states {
            lchown(path, status.st_uid, status.st_gid)
            chmod(path, status.st_mode & 0o7777)
            let times = [status.st_atim, status.st_mtim]
            utimensat(AT_FDCWD, path, times, Int32(AT_SYMLINK_NOFOLLOW))
        }
    }
}
