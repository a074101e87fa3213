internal import Glibc
public import Linux
public import Messages

/// Which mounted file systems a run is about.
public enum VolumeSelection {
    /// The named volumes, or every local file system on a block device less the exclusions, once each.
    /// - Throws: `.volumeNotFound`, `.volumeUnsupported`, `.noVolumes`.
    public static func select(_ names: [String]?, excluding: [String], in table: MountTable) throws(Failure) -> [Mount]
    {
        guard let names else { return try everyLocalVolume(excluding: excluding, in: table) }
        var volumes: [Mount] = []
        for name in names {
            let volume = try named(name, in: table)
            if !volumes.contains(volume) { volumes.append(volume) }
        }
        guard !volumes.isEmpty else { throw Failure(.noVolumes) }
        return volumes
    }

    private static func named(_ name: String, in table: MountTable) throws(Failure) -> Mount {
        let trimmed = withoutSlashAtEnd(name)
        // The kernel's table is asked first: to resolve a path on a dead network mount would hang.
        if let mount = table.mount(at: trimmed) { return try supported(mount) }
        guard let resolved = Files.resolved(trimmed), let mount = table.mount(at: resolved) else {
            throw Failure(.volumeNotFound(path: name))
        }
        return try supported(mount)
    }

    private static func supported(_ mount: Mount) throws(Failure) -> Mount {
        if mount.isNetwork || pseudoFilesystems.contains(mount.filesystem) {
            throw Failure(.volumeUnsupported(volume: mount.mountPoint, filesystem: mount.filesystem))
        }
        return mount
    }

    private static func everyLocalVolume(excluding: [String], in table: MountTable) throws(Failure) -> [Mount] {
        let excluding = excluding.map(withoutSlashAtEnd)
        var seen: Set<String> = []
        // Of several mounts of one file system the whole one, at the shortest path, stands for all.
        let ordered = table.visible.filter(isLocalDisk).sorted {
            ($0.root.utf8.count, $0.mountPoint.utf8.count, $0.mountPoint)
                < ($1.root.utf8.count, $1.mountPoint.utf8.count, $1.mountPoint)
        }
        let chosen = ordered.filter { mount in
            !excluding.contains { Files.path(mount.mountPoint, isWithin: $0) && $0 != "/" || $0 == mount.mountPoint }
                && seen.insert("\(mount.device) \(mount.filesystem == "btrfs" ? mount.root : "")").inserted
        }
        guard !chosen.isEmpty else { throw Failure(.noVolumes) }
        return chosen.sorted { $0.mountPoint < $1.mountPoint }
    }

    private static func withoutSlashAtEnd(_ path: String) -> String {
        var text = path[...]
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    private static func isLocalDisk(_ mount: Mount) -> Bool {
        if mount.isNetwork || pseudoFilesystems.contains(mount.filesystem) { return false }
        return mount.device.major != 0 || BlockDevices.number(ofNode: mount.source) != nil
    }

    /// File systems without files of their own, and media that cannot change.
    private static let pseudoFilesystems: Set = [
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "bpf", "pstore",
        "mqueue", "hugetlbfs", "configfs", "fusectl", "autofs", "binfmt_misc", "rpc_pipefs", "nsfs", "efivarfs",
        "squashfs", "iso9660", "erofs",
    ]
}
