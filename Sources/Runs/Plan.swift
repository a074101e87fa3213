internal import Glibc
internal import Freezing
public import Linux
public import Messages
public import Scripts
public import Snapshots

/// What a run is going to do, decided before anything is touched.
public struct Plan: Sendable {
    /// A volume with the way it is snapshotted.
    public struct Volume: Sendable {
        /// The mounted file system.
        public let mount: Mount
        /// How its snapshot is taken.
        public let provider: any SnapshotProvider
        /// Why this provider.
        public let reason: ProviderReason
        /// The framework's settings say to leave it unfrozen (`MountsToSkip`).
        public let isSkipped: Bool

        var wantsFreeze: Bool { provider.freezeRule != .forbidden && !isSkipped && canFreeze }

        /// `false` for a volume that nobody named and whose file system knows no freeze, such as an EFI system partition:
        /// its files are only looked at, so that it does not lower the level of every run. A named one must freeze.
        let canFreeze: Bool

        /// The same with its files copied, whatever else could have been done.
        var copied: Volume {
            Volume(
                mount: mount, provider: SnapshotProviders.lastResort, reason: .lastResort, isSkipped: isSkipped,
                canFreeze: canFreeze)
        }

        static let withoutFreeze: Set = [
            "vfat", "msdos", "exfat", "ntfs", "ntfs3", "udf", "tmpfs", "ramfs", "overlay",
        ]
    }

    /// The volumes.
    public var volumes: [Volume]
    /// The scripts and what is wrong with their files.
    public var framework: ScriptFramework
    /// Warnings and errors of the plan as a whole.
    public var findings: [Finding]
    /// The longest freeze in seconds.
    public var deadlineSeconds: Double
    /// Whether the machine has one disk, where the documents promise a crash-consistent backup whatever
    /// `continueBackupOnFailure` says.
    public var machineHasOneDisk: Bool

    /// Mount points in the order of freezing, those of one step together.
    public var freezeOrder: [[String]] {
        let targets = FreezeTarget.ordered(
            freezeTargets.targets, in: (try? MountTable.current()) ?? MountTable(parsing: ""))
        return Dictionary(grouping: targets, by: \.wave).sorted { $0.key < $1.key }.map {
            $0.value.map(\.mount.mountPoint)
        }
    }

    /// Every volume's proven root for the freeze, and why others have none.
    var freezeTargets: (targets: [FreezeTarget], problems: [Problem]) {
        var targets: [FreezeTarget] = []
        var problems: [Problem] = []
        for volume in volumes where volume.wantsFreeze {
            do throws(Failure) {
                targets.append(try FreezeTarget.open(volume.mount))
            } catch {
                problems.append(error.problem)
            }
        }
        return (targets, problems)
    }

    /// Reads and checks everything that a run of these options depends on, and changes nothing.
    /// - Throws: what makes a run impossible.
    public static func make(_ options: RunOptions) throws(Failure) -> Plan {
        let table = try mountTable()
        let mounts = try VolumeSelection.select(options.volumes, excluding: options.exclude, in: table)
        let framework = ScriptFramework.load(
            configPath: options.scriptConfig, isExplicit: options.scriptConfigIsExplicit)
        let skipped = framework.freezeSettings.mountsToSkip
        let obstacles = ImageObstacles(options, framework, in: table)
        let frozen = try mayBeFrozen(mounts, options, in: table)
        var volumes: [Volume] = []
        var findings = framework.findings
        for mount in mounts {
            let others = frozen.filter { $0 != mount }
            let choice = try SnapshotProviders.choose(
                options.provider, for: mount, in: table, frozen: others,
                imageObstacle: obstacles.obstacle(for: mount, beside: volumes))
            volumes.append(
                Volume(
                    mount: mount, provider: choice.provider, reason: choice.reason,
                    isSkipped: skipped.contains(mount.mountPoint),
                    canFreeze: options.volumes != nil || !Volume.withoutFreeze.contains(mount.filesystem)))
            findings += choice.provider.warnings(for: mount).map { Finding($0, severity: .warning, phase: "preflight") }
        }
        let deadline = options.deadlineSeconds ?? framework.freezeSettings.deadlineSeconds ?? 10
        var plan = Plan(
            volumes: volumes, framework: framework, findings: findings, deadlineSeconds: deadline,
            machineHasOneDisk: disks(in: table).count <= 1)
        if let problem = plan.withoutCommonInstant {
            plan.findings.append(Finding(problem, severity: .warning, phase: PhaseName.preflight.rawValue))
        }
        plan.findings += FreezeRisks.find(plan, options: options, in: table)
        return plan
    }

    /// What may be frozen, for providers that write next to an image: all but the volumes that snapshot themselves.
    private static func mayBeFrozen(_ mounts: [Mount], _ options: RunOptions, in table: MountTable) throws(Failure)
        -> [Mount]
    {
        var result: [Mount] = []
        for mount in mounts {
            let choice = try SnapshotProviders.choose(
                options.provider, for: mount, in: table, frozen: [], imageObstacle: nil)
            if choice.provider.freezeRule != .forbidden { result.append(mount) }
        }
        return result
    }

    private static func mountTable() throws(Failure) -> MountTable {
        do {
            return try MountTable.current()
        } catch {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
    }

    /// The disks under all mounted file systems; a loop device counts as one.
    private static func disks(in table: MountTable) -> Set<String> {
        var result: Set<String> = []
        for mount in table.mounts {
            let device = BlockDevices.number(ofNode: mount.source) ?? mount.device
            if device.major != 0 { result.formUnion(BlockDevices.wholeDisks(under: device)) }
        }
        return result
    }

    /// Frozen volumes stand for one instant, and so does any one snapshot taken meanwhile; each further volume adds one.
    private var withoutCommonInstant: Problem? {
        let others = volumes.filter { !freezeIsEnabled || !$0.wantsFreeze }
        let isSnapshotted = others.contains { $0.provider.freezeRule == .forbidden }
        let sharing = isSnapshotted || others.count == volumes.count ? 1 : 0
        return others.count > sharing ? .noCommonInstant(volumes: others.map(\.mount.mountPoint)) : nil
    }

    /// Whether the application stands still while files are copied.
    public var copiesFiles: Bool { volumes.contains { $0.provider.freezeRule == .syncPoint } }
    /// Whether any plugin forbids the freeze (`fsFreezeEnabled`).
    var freezeIsEnabled: Bool { framework.plugins.allSatisfy(\.fsFreezeEnabled) }
}
