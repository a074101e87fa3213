internal import CLinux
internal import Glibc

/// A control group of version 2 (cgroups(7)) by its open files, which name it for ever: the number of a file is never
/// given to another.
public struct Cgroup: Sendable, Equatable {
    /// Its folder.
    public let path: String
    /// `cgroup.freeze`: what is asked of it.
    public let control: Descriptor
    /// `cgroup.events`: what it does.
    public let events: Descriptor
    /// The number of `cgroup.freeze`.
    public let inode: UInt64

    /// Opens a group.
    /// - Throws: `ENOENT` without a folder, `EINVAL` where it lies in no file system of version 2, `EOPNOTSUPP` for the root
    ///   of all groups, which cannot freeze, and for any group before Linux 5.2.
    public init(_ path: String) throws(SystemError) {
        let folder = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
        var inode: UInt64 = 0
        guard remanso_cgroup_identity(folder.number, &inode) == 1 else { throw SystemError("open", path, code: EINVAL) }
        do throws(SystemError) {
            control = try folder.open("cgroup.freeze", O_RDWR | O_NOFOLLOW)
            events = try folder.open("cgroup.events", O_RDONLY | O_NOFOLLOW)
        } catch {
            throw error.code == ENOENT ? SystemError("open", error.subject, code: EOPNOTSUPP) : error
        }
        guard remanso_cgroup_identity(control.number, &inode) == 1 else {
            throw SystemError("open", path, code: EINVAL)
        }
        self.inode = inode
        self.path = path
    }

    /// The same group, whatever path it was opened by.
    public static func == (left: Self, right: Self) -> Bool { left.inode == right.inode }

    /// Whether a freeze is asked of this very group.
    public var isAskedToFreeze: Bool { remanso_cgroup_is_asked(control.number) == 1 }
    /// Whether every process of it stands still, also when a group above it was asked to freeze.
    public var isFrozen: Bool { remanso_cgroup_is_frozen(events.number) == 1 }

    /// The processes of the group and of all below it, in this process's numbers; 0 stands for one that has none here.
    public var processes: Set<Int32> { Self.processes(in: path) }

    private static func processes(in folder: String) -> Set<Int32> {
        let lines = (Files.text("\(folder)/cgroup.procs") ?? "").split(separator: "\n")
        return folders(in: folder).reduce(into: Set(lines.compactMap { Int32($0) })) { $0.formUnion(processes(in: $1)) }
    }

    /// The folders of this name below all file systems of version 2 that are mounted.
    public static func folders(named name: String) throws(SystemError) -> [String] {
        let mounts = try MountTable.current().visible.filter { $0.filesystem == "cgroup2" }
        var seen: Set<UInt64> = []
        return mounts.map(\.mountPoint).flatMap { folders(named: name, below: $0) }.filter { path in
            // One hierarchy may be mounted twice.
            (try? Cgroup(path)).map { seen.insert($0.inode).inserted } ?? false
        }
    }

    private static func folders(named name: String, below folder: String) -> [String] {
        folders(in: folder).flatMap { path in
            (path.hasSuffix("/\(name)") ? [path] : []) + folders(named: name, below: path)
        }
    }

    /// Only the kernel makes files here, and none of them is a link.
    private static func folders(in folder: String) -> [String] {
        Files.names(in: folder).map { "\(folder)/\($0)" }.filter(Files.isFolder)
    }
}
