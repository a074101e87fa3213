internal import Glibc

/// The major and minor number of a device.
public struct DeviceNumber: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The driver's number.
    public let major: UInt32
    /// The number of the device within the driver.
    public let minor: UInt32

    /// A device by its two numbers.
    public init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// `major:minor`, as in `/sys/dev/block`.
    public var description: String { "\(major):\(minor)" }
}

/// One line of `/proc/self/mountinfo` (proc(5)).
public struct Mount: Sendable, Equatable {
    /// The mount's id, unique while it exists.
    public let id: UInt64
    /// The id of the mount that this one stands on.
    public let parentID: UInt64
    /// The file system's device number; anonymous (major 0) on btrfs and without a block device.
    public let device: DeviceNumber
    /// The folder of the file system that is visible at `mountPoint`: `/` unless it is a bind mount or a subvolume.
    public let root: String
    /// Where it is mounted.
    public let mountPoint: String
    /// The type, such as `ext4`.
    public let filesystem: String
    /// What was mounted, such as `/dev/loop0`.
    public let source: String
    /// The options of the mount and of the file system.
    public let options: [String]

    /// Whether the file system itself is read-only, whatever its other mounts are.
    public let filesystemIsReadOnly: Bool

    /// Whether nothing can be written through this mount.
    public var isReadOnly: Bool { options.contains("ro") }
    /// Whether the file system is kept by another machine, where even an `open` may hang.
    public var isNetwork: Bool {
        let kinds: Set = [
            "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "glusterfs", "lustre", "ocfs2", "gfs2",
        ]
        return kinds.contains(filesystem) || filesystem.hasPrefix("fuse.")
    }
}

/// The mounts of this process's namespace at one moment, in the kernel's order (a later one hides an earlier one).
public struct MountTable: Sendable {
    /// Every mount, in the kernel's order.
    public let mounts: [Mount]
    /// The mounts that a path leads to: those that no other mount covers.
    public let visible: [Mount]

    /// Reads `/proc/self/mountinfo`.
    public static func current() throws(SystemError) -> MountTable {
        let file = try Descriptor.open("/proc/thread-self/mountinfo", O_RDONLY)
        // One name that is not UTF-8 must not hide all the others.
        return MountTable(parsing: String(decoding: try file.readAll(limit: 256 << 20), as: UTF8.self))
    }

    /// Reads the text of a mountinfo file; lines that it does not understand are left out.
    public init(parsing text: String) {
        mounts = text.split(separator: "\n").compactMap(Self.mount)
        let byID = Dictionary(mounts.map { ($0.id, $0) }) { first, _ in first }
        let children = Dictionary(grouping: mounts, by: \.parentID)
        visible = mounts.filter { !Self.isCovered($0, byID, children) }
    }

    /// Whether another mount stands on this one's whole, or on the way from the root to it.
    private static func isCovered(_ mount: Mount, _ byID: [UInt64: Mount], _ children: [UInt64: [Mount]]) -> Bool {
        if children[mount.id]?.contains(where: { $0.mountPoint == mount.mountPoint && $0.id != mount.id }) ?? false {
            return true
        }
        var step = mount
        for _ in 0..<byID.count {
            let covers = children[step.parentID]?.contains { sibling in
                sibling.id != step.id && sibling.mountPoint != step.mountPoint
                    && Files.path(step.mountPoint, isWithin: sibling.mountPoint)
            }
            if covers ?? false { return true }
            guard let parent = byID[step.parentID], parent.id != step.id else { return false }
            step = parent
        }
        return false
    }

    private static func mount(_ line: Substring) -> Mount? {
        let halves = line.split(separator: " - ", maxSplits: 1)
        guard halves.count == 2 else { return nil }
        // The source may be empty.
        let left = halves[0].split(separator: " ")
        let right = halves[1].split(separator: " ", omittingEmptySubsequences: false)
        let numbers = left.count > 2 ? left[2].split(separator: ":").compactMap { UInt32($0) } : []
        guard left.count >= 6, right.count >= 2, numbers.count == 2, let id = UInt64(left[0]),
            let parent = UInt64(left[1])
        else { return nil }
        let options = left[5].split(separator: ",") + (right.count > 2 ? right[2].split(separator: ",") : [])
        return Mount(
            id: id, parentID: parent, device: DeviceNumber(major: numbers[0], minor: numbers[1]),
            root: unescaped(left[3]), mountPoint: unescaped(left[4]), filesystem: String(right[0]),
            source: unescaped(right[1]), options: options.map(String.init),
            filesystemIsReadOnly: right.count > 2 && right[2].split(separator: ",").contains("ro"))
    }

    /// Undoes the kernel's `\040` for a blank, a tab, a line end or a backslash.
    private static func unescaped(_ field: Substring) -> String {
        guard field.contains("\\") else { return String(field) }
        let bytes = Array(field.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes[index...].dropFirst().prefix(3)
            if bytes[index] == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                result.append(value)
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The visible mount at exactly this mount point.
    public func mount(at mountPoint: String) -> Mount? { visible.last { $0.mountPoint == mountPoint } }

    /// The visible mount that an absolute, resolved path lies on.
    public func mount(containing path: String) -> Mount? {
        var best: Mount?
        for mount in visible where Files.path(path, isWithin: mount.mountPoint) {
            if mount.mountPoint.utf8.count >= (best?.mountPoint.utf8.count ?? 0) { best = mount }
        }
        return best
    }
}
