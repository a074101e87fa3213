public import Linux
public import Messages

/// Whether changed blocks can be tracked on a volume.
public enum TrackingSupport {
    /// Why not, as far as can be told without loading anything; `nil` when nothing speaks against it.
    public static func obstacle(_ mount: Mount) -> TrackingObstacle? {
        if ["gfs2", "ocfs2"].contains(mount.filesystem) { return .sharedFilesystem(mount.filesystem) }
        guard mount.device.major != 0, let device = TrackedDevice.current(mount.device) else { return .noBlockDevice }
        if !Files.exists("/sys/kernel/btf/vmlinux") { return .noBTF }
        let queue = "\(device.diskFolder)/queue"
        if !DiskStatistics.areOn(device) { return .noStatistics(disk: device.diskName) }
        if Files.line(queue + "/dax") == "1" { return .directAccess(disk: device.diskName) }
        if let kind = Files.line(queue + "/zoned"), kind != "none" { return .zoned(disk: device.diskName) }
        return nil
    }

    /// What the kernel has answered, by device: a run asks several times, and each answer costs the kernel a second of
    /// verifying programs on a busy machine.
    private static let answers = Shared<[String: TrackingObstacle?]>([:])

    /// Why not; loads and attaches the programs for a moment, as only that shows what the kernel refuses. A volume that is
    /// tracked already is proof enough.
    public static func provenObstacle(_ mount: Mount) -> TrackingObstacle? {
        if let obstacle = obstacle(mount) { return obstacle }
        guard let device = TrackedDevice.current(mount.device) else { return .noBlockDevice }
        if KernelObjects.isPinned(device.name) { return nil }
        if let answer = answers.withLock({ $0[device.name] }) { return answer }
        let answer = attempt(device)
        answers.withLock { $0[device.name] = .some(answer) }
        return answer
    }

    private static func attempt(_ device: TrackedDevice) -> TrackingObstacle? {
        do {
            _ = try KernelObjects.load(device)
            return nil
        } catch {
            return error.obstacle
        }
    }
}
