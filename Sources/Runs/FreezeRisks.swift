internal import Glibc
internal import Linux
internal import Messages
internal import Vault

/// What can turn a freeze into a deadlock, looked for before each freeze (freeze-safety, "Look before you leap").
enum FreezeRisks {
    static func find(_ plan: Plan, options: RunOptions, in table: MountTable) -> [Finding] {
        let volumes = plan.volumes.filter(\.wantsFreeze).map(\.mount)
        guard !volumes.isEmpty, plan.freezeIsEnabled else {
            return vaultRisks(plan.volumes.map(\.mount), options, table)
        }
        return stateRisks(volumes, options, table) + vaultRisks(plan.volumes.map(\.mount), options, table)
            + swapRisks(volumes, table) + auditRisks(volumes, table) + loopRisks(volumes, table)
            + listenerRisks(volumes)
    }

    private static func warning(_ problem: Problem) -> Finding {
        Finding(problem, severity: .warning, phase: PhaseName.preflight.rawValue)
    }

    private static func error(_ problem: Problem) -> Finding { Finding(problem, phase: PhaseName.preflight.rawValue) }

    /// The volume that a path lies on, links and missing last folders allowed.
    static func volume(of path: String, among volumes: [Mount], _ table: MountTable) -> Mount? {
        var existing = path
        while Files.resolved(existing) == nil, existing != "/", existing != "." {
            existing = Files.parent(of: existing)
        }
        guard let resolved = Files.resolved(existing), let mount = table.mount(containing: resolved) else { return nil }
        return volumes.first { $0.device == mount.device }
    }

    /// The journal and the ledger are written between freeze and thaw.
    private static func stateRisks(_ volumes: [Mount], _ options: RunOptions, _ table: MountTable) -> [Finding] {
        guard let volume = volume(of: options.stateFolder, among: volumes, table) else { return [] }
        return [error(.stateOnVolume(folder: options.stateFolder, volume: volume.mountPoint))]
    }

    private static func vaultRisks(_ volumes: [Mount], _ options: RunOptions, _ table: MountTable) -> [Finding] {
        guard options.mode == .backup, let folder = options.vault.localFolder,
            let volume = volume(of: folder, among: volumes, table)
        else { return [] }
        return [warning(.vaultOnVolume(repository: folder, volume: volume.mountPoint))]
    }

    private static func swapRisks(_ volumes: [Mount], _ table: MountTable) -> [Finding] {
        let lines = (Files.text("/proc/swaps") ?? "").split(separator: "\n").dropFirst()
        return lines.compactMap { line in
            let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard fields.count > 1, fields[1] == "file" else { return nil }
            let file = String(fields[0])
            return volume(of: file, among: volumes, table).map {
                error(.swapFileOnVolume(file: file, volume: $0.mountPoint))
            }
        }
    }

    private static func auditRisks(_ volumes: [Mount], _ table: MountTable) -> [Finding] {
        guard Files.isFolder("/var/log/audit"), Files.exists("/run/auditd.pid") || Files.exists("/var/run/auditd.pid"),
            let volume = volume(of: "/var/log/audit", among: volumes, table)
        else { return [] }
        return [warning(.auditLogOnVolume(volume: volume.mountPoint))]
    }

    /// A mounted image on a frozen volume whose own file system is not frozen first: its writers wait too.
    private static func loopRisks(_ volumes: [Mount], _ table: MountTable) -> [Finding] {
        table.mounts.compactMap { mount in
            let device = BlockDevices.number(ofNode: mount.source) ?? mount.device
            guard table.mount(at: mount.mountPoint) == mount, !volumes.contains(where: { $0.device == mount.device }),
                let image = LoopImage.under(device), let outer = volume(of: image.path, among: volumes, table)
            else { return nil }
            return warning(.loopImageOnVolume(inner: mount.mountPoint, outer: outer.mountPoint))
        }
    }

    /// Programs that must answer before a file may be opened (fapolicyd, virus scanners). When one of them writes to a
    /// frozen volume, every program of the machine may wait for it.
    private static func listenerRisks(_ volumes: [Mount]) -> [Finding] {
        var findings: [Finding] = []
        for process in Files.names(in: "/proc") where process.utf8.first.map({ $0 >= 48 && $0 <= 57 }) ?? false {
            let folder = "/proc/\(process)/fd"
            for number in Files.names(in: folder)
            where Files.linkTarget("\(folder)/\(number)") == "anon_inode:[fanotify]" {
                guard let text = Files.text("/proc/\(process)/fdinfo/\(number)"), asksPermission(text) else { continue }
                let name = Files.line("/proc/\(process)/comm") ?? process
                for volume in volumes where covers(text, volume) {
                    findings.append(
                        warning(.permissionListener(process: "\(name) (\(process))", volume: volume.mountPoint)))
                }
            }
        }
        return findings
    }

    /// FAN_OPEN_PERM, FAN_ACCESS_PERM and FAN_OPEN_EXEC_PERM of fanotify(7).
    private static func asksPermission(_ text: String) -> Bool {
        fields(text, "mask:").contains { UInt64($0, radix: 16).map { $0 & 0x70000 != 0 } ?? false }
    }

    private static func covers(_ text: String, _ volume: Mount) -> Bool {
        let device = UInt64(volume.device.major) << 20 | UInt64(volume.device.minor)
        return fields(text, "sdev:").contains { UInt64($0, radix: 16) == device }
            || fields(text, "mnt_id:").contains { UInt64($0, radix: 16) == volume.id }
    }

    private static func fields(_ text: String, _ name: String) -> [Substring] {
        text.split(separator: "\n").filter { $0.hasPrefix("fanotify") }.flatMap { line in
            line.split(separator: " ").filter { $0.hasPrefix(name) }.map { $0.dropFirst(name.count) }
        }
    }
}
