import Messages

/// One example of every problem.
enum Samples {
    /// Every problem once. The chain in `following` has no default, so that a new case does not compile without its
    /// example.
    static let all: [Problem] = Array(sequence(first: first) { following($0) })

    private static let first = Problem.scriptExecutionFailed(.pre, path: "/etc/azure/pre.sh", ending: .exited(3))
    private static let host = "/etc/azure/VMSnapshotPluginHost.conf"
    private static let config = "/etc/azure/VMSnapshotScriptPluginConfig.json"

    private static func following(_ problem: Problem) -> Problem? {
        switch problem {
        case .scriptExecutionFailed: .scriptNotFound(.pre, path: "/etc/azure/pre.sh", key: "preScriptLocation")
        case .scriptNotFound: .scriptPermission(.pre, fault: .tooOpen(path: "/etc/azure/pre.sh", mode: "755"))
        case .scriptPermission: .scriptTimeout(.post, path: "/etc/azure/post.sh", seconds: 30)
        case .scriptTimeout: .pluginHostFile(path: host, fault: .missing(key: "numberOfPlugins"))
        case .pluginHostFile: .pluginHostMissing(path: host)
        case .pluginHostMissing: .pluginHostPermission(fault: .notOwnedByRoot(path: host, owner: 1000))
        case .pluginHostPermission: .scriptConfig(path: config, fault: .syntax(line: 3, column: 14, found: "}"))
        case .scriptConfig: .scriptConfigMissing(path: config)
        case .scriptConfigMissing: .scriptConfigPermission(fault: .tooOpen(path: config, mode: "644"))
        case .scriptConfigPermission: .unknownKey(path: config, key: "preScriptLocatoin")
        case .unknownKey: .unexpectedPluginName(path: config, name: "Other")
        case .unexpectedPluginName: .timeoutClamped(path: config, seconds: 3600, limit: 1800)
        case .timeoutClamped: .noPlugins(path: host)
        case .noPlugins: .configNotInPluginHost(config: "/root/scripts.json", host: host)
        case .configNotInPluginHost: .freezeSettings(path: "/etc/azure/vmbackup.conf", fault: .notUTF8)
        case .freezeSettings: .scriptLeftProcesses(.pre, path: "/etc/azure/pre.sh", count: 2)
        case .scriptLeftProcesses: .workloadFile(path: "/etc/azure/workload.conf", fault: .file(.empty(key: "timeout")))
        case .workloadFile: .freezeFailed(volume: "/srv/db", reason: "Input/output error")
        case .freezeFailed: .freezeDeadlineExceeded(milliseconds: 10_000)
        case .freezeDeadlineExceeded: .mountCannotBeOpened(volume: "/srv/db", reason: "Permission denied")
        case .mountCannotBeOpened: .foreignFreeze(volume: "/srv/db")
        case .foreignFreeze: .freezeLost(volume: "/srv/db")
        case .freezeLost: .freezerDied
        case .freezerDied: .freezerMissing(path: "/usr/libexec/remanso/remanso-freezer")
        case .freezerMissing: .mountVanished(volume: "/srv/db")
        case .mountVanished: .thawFailed(volume: "/srv/db", reason: "Invalid argument")
        case .thawFailed: .permissionListener(process: "fapolicyd", volume: "/srv/db")
        case .permissionListener: .swapFileOnVolume(file: "/srv/db/swap", volume: "/srv/db")
        case .swapFileOnVolume: .auditLogOnVolume(volume: "/var")
        case .auditLogOnVolume: .loopImageOnVolume(inner: "/mnt/image", outer: "/srv/db")
        case .loopImageOnVolume: .vaultOnVolume(repository: "/srv/db/vault", volume: "/srv/db")
        case .vaultOnVolume: .stateOnVolume(folder: "/run/remanso", volume: "/run")
        case .stateOnVolume: .volumeNotFound(path: "/srv/nothing")
        case .volumeNotFound: .volumeUnsupported(volume: "/net/share", filesystem: "nfs4")
        case .volumeUnsupported: .noVolumes
        case .noVolumes: .unknownProvider(name: "zfs", known: ["btrfs", "reflink", "copy"])
        case .unknownProvider: .providerUnsuitable(provider: "reflink", volume: "/srv/db", reason: .noImage)
        case .providerUnsuitable:
            .snapshotFailed(provider: "btrfs", volume: "/srv/db", reason: "No space left on device")
        case .snapshotFailed:
            .snapshotNotReleased(provider: "btrfs", volume: "/srv/db", reason: "Device or resource busy")
        case .snapshotNotReleased: .nestedSubvolumes(volume: "/srv/db", count: 1)
        case .nestedSubvolumes: .copyTakesLong(volume: "/srv/db")
        case .copyTakesLong: .noCommonInstant(volumes: ["/srv/db", "/srv/log"])
        case .noCommonInstant: .changedDuringCopy(volume: "/srv/db", example: "orders.db", count: 3)
        case .changedDuringCopy: .changesTooFast(volume: "/srv/db", megabytesPerSecond: 180, left: 900, limit: 256)
        case .changesTooFast: .imageNotTrusted(volume: "/srv/db", doubt: nil)
        case .imageNotTrusted: .resticMissing
        case .resticMissing: .resticTooOld(version: "0.12.1", needed: "0.14")
        case .resticTooOld: .vaultMissing(repository: "/backup/vault")
        case .vaultMissing: .vaultUnreachable(repository: "s3:store/vault", reason: "no route to host")
        case .vaultUnreachable: .vaultWrongPassword(repository: "/backup/vault", passwordFile: "/root/key")
        case .vaultWrongPassword: .vaultPasswordUnusable(path: "/root/key", reason: "Permission denied")
        case .vaultPasswordUnusable: .vaultEnvironmentUnusable(path: "/root/env", reason: "Permission denied")
        case .vaultEnvironmentUnusable: .vaultLocked(repository: "/backup/vault", holder: "process 4711 on db1")
        case .vaultLocked: .vaultFull(repository: "/backup/vault")
        case .vaultFull: .vaultDamaged(repository: "/backup/vault", detail: "pack 1234 is truncated.")
        case .vaultDamaged: .vaultFailed(repository: "/backup/vault", detail: "Fatal: unexpected end.\n")
        case .vaultFailed: .vaultIncomplete(path: "/srv/db/orders.db")
        case .vaultIncomplete: .imageIncomplete(path: "/srv/db.img", offset: 65536)
        case .imageIncomplete: .imagePathTaken(path: "/srv/db.img")
        case .imagePathTaken: .vaultKeyMade(path: "/etc/remanso/vault.key")
        case .vaultKeyMade: .rcloneMissing(repository: "s3:store/vault")
        case .rcloneMissing: .trackingImpossible(volume: "/srv/db", obstacle: .noStatistics(disk: "sda"))
        case .trackingImpossible: .trackingFailed(volume: "/srv/db", reason: "No space left on device.")
        case .trackingFailed: .trackingBusy(volume: "/srv/db")
        case .trackingBusy: .everythingRead(volume: "/srv/db", doubt: .countMismatch(seen: 8, counted: 16))
        case .everythingRead: .application(name: "ledger", fault: firstFault)
        case .application(let name, let fault):
            following(fault).map { .application(name: name, fault: $0) }
                ?? .drillFailed(application: "ledger", fault: firstDrillFault)
        case .drillFailed(let name, let fault):
            following(fault).map { .drillFailed(application: name, fault: $0) }
                ?? .recoveryPointNotFound(id: "20261121T101500Z-7f3a")
        case .recoveryPointNotFound: .recoveryPointAmbiguous(id: "2026", matches: ["20261121", "20261122"])
        case .recoveryPointAmbiguous: .noRecoveryPoints(repository: "/backup/vault")
        case .noRecoveryPoints: .recoveryPointDamaged(id: "20261121T101500Z-7f3a", detail: "a byte is wrong")
        case .recoveryPointDamaged: .volumeNotInRecoveryPoint(volume: "/home", id: "latest", known: ["/srv/db"])
        case .volumeNotInRecoveryPoint: .pathNotInRecoveryPoint(path: "/srv/db/none", id: "latest")
        case .pathNotInRecoveryPoint: .restoreWouldOverwrite(path: "/srv/restored/orders.db", count: 2)
        case .restoreWouldOverwrite: .restoreTargetUnusable(path: "/srv/restored", reason: "Not a directory")
        case .restoreTargetUnusable: .volumeNotAnImage(volume: "/srv/db", id: "20261121T101500Z-7f3a")
        case .volumeNotAnImage: .deviceWouldBeOverwritten(device: "/dev/sdb1")
        case .deviceWouldBeOverwritten: .cannotMount(folder: "/mnt/old", reason: "Not a directory")
        case .cannotMount: .mountInUse(folder: "/mnt/old")
        case .mountInUse: .notMounted(folder: "/mnt/old")
        case .notMounted:
            .configuration(file: "remanso.yaml", line: 4, key: "retry.delay", fault: .durationWithoutUnit("30"))
        case .configuration: .configurationUnreadable(file: "/root/remanso.yaml", reason: "Permission denied")
        case .configurationUnreadable: .wrongUsage(detail: "there is no option --frobnicate")
        case .wrongUsage: .notRoot
        case .notRoot: .fileExists(path: "/etc/remanso/remanso.yaml")
        case .fileExists: .cannotWrite(path: "/etc/remanso/remanso.yaml", reason: "Read-only file system")
        case .cannotWrite: .alreadyRunning(pid: 4711)
        case .alreadyRunning: .interrupted(signal: 15)
        case .interrupted: .levelNotReached(required: .application, reached: .filesystem)
        case .levelNotReached: .recoveredEarlierRun(recoveryPoint: "20261121T101500Z-7f3a")
        case .recoveredEarlierRun: .earlierRunNotUndone(detail: "the snapshot is busy")
        case .earlierRunNotUndone: .systemCall(operation: "mount", subject: "/mnt", reason: "Permission denied")
        case .systemCall: nil
        }
    }

    private static let firstFault = ApplicationFault.libraryMissing(library: "libpq.so.5", package: "libpq5")

    private static func following(_ fault: ApplicationFault) -> ApplicationFault? {
        switch fault {
        case .libraryMissing: .credentialsUnusable(path: "/etc/remanso/ledger.cred", reason: "mode 0644")
        case .credentialsUnusable: .refused(detail: "password authentication failed for user \"remanso\"\n")
        case .refused: .unreachable(detail: "Connection refused")
        case .unreachable: .notReady(detail: "the database system is starting up")
        case .notReady: .versionTooOld(found: "12.3", needed: "13")
        case .versionTooOld: .outsideVolumes(path: "/srv/spaces/a")
        case .outsideVolumes: .noCommonInstant(volumes: ["/srv/db", "/srv/wal"])
        case .noCommonInstant: .busy(detail: "SELECT … (300 s)")
        case .busy: .quiesceFailed(detail: "ERROR: canceled.")
        case .quiesceFailed: .deadlineExceeded(seconds: 2.5)
        case .deadlineExceeded: .sessionLost(detail: "terminating connection due to administrator command")
        case .sessionLost: .releaseFailed(detail: "ERROR")
        case .releaseFailed: .setting(key: "mode", reason: "a replica has no CHECKPOINT")
        case .setting: .cgroup(path: group, .notNamed)
        case .cgroup(_, let obstacle): following(obstacle).map { .cgroup(path: group, $0) }
        }
    }

    private static let group = "/sys/fs/cgroup/system.slice/ledger.service"

    private static func following(_ obstacle: CgroupObstacle) -> CgroupObstacle? {
        switch obstacle {
        case .notNamed: .missing
        case .missing: .ambiguous(paths: [group, "/sys/fs/cgroup/user.slice/ledger.service"])
        case .ambiguous: .notCgroup
        case .notCgroup: .cannotFreeze
        case .cannotFreeze: .holdsRemanso
        case .holdsRemanso: .overlaps(name: "shop")
        case .overlaps: .frozenByOthers
        case .frozenByOthers: .thawedByOthers
        case .thawedByOthers: .restless
        case .restless: .failed(reason: "Permission denied")
        case .failed: nil
        }
    }

    private static let firstDrillFault = DrillFault.programMissing(program: "/usr/lib/postgresql/17/bin/postgres")

    private static func following(_ fault: DrillFault) -> DrillFault? {
        switch fault {
        case .programMissing: .dataMissing(path: "/srv/db/main")
        case .dataMissing: .scratchFull(path: "/var/lib/remanso/drill")
        case .scratchFull: .fileSystemDamaged(volume: "/srv/db", detail: "Inode 12 is damaged.\n")
        case .fileSystemDamaged: .portInUse(detail: "Address already in use.")
        case .portInUse: .ended(program: "/usr/bin/redis-server", how: "1", log: "one\nBad file format.\n\n")
        case .ended: .noAnswer(seconds: 300, log: "")
        case .noAnswer: .notOurs(pid: 4711)
        case .notOurs: .checkFailed(check: "pg_amcheck --all", output: "heap table is damaged")
        case .checkFailed: .probeFailed(detail: "")
        case .probeFailed: .probeDiffers(expected: "7", found: "8")
        case .probeDiffers: .impossible(detail: "mount overlay: Invalid argument")
        case .impossible: nil
        }
    }

    static let fileFaults: [FileFault] = [
        .syntax(line: 3, column: 14, found: "}"), .syntax(line: 3, column: 14, found: ""), .notUTF8,
        .tooLarge(limit: 1_048_576), .tooDeep(limit: 64), .notRegular, .unreadable(reason: "Permission denied"),
        .missing(key: "KEY"), .duplicate(key: "KEY"), .wrongType(key: "KEY", expected: .stringArray),
        .outOfRange(key: "KEY", value: "7", lowest: 1, highest: 5),
        .outOfRange(key: "KEY", value: "-1", lowest: 0, highest: .max), .empty(key: "KEY"),
        .notAbsolute(key: "KEY", value: "pre.sh"), .holdsNUL(key: "KEY"),
    ]

    static let permissionFaults: [PermissionFault] = [
        .notOwnedByRoot(path: "/a/b", owner: 1000), .tooOpen(path: "/a/b", mode: "755"),
        .notExecutable(path: "/a/b", mode: "600"), .folderWritable(path: "/a/b", mode: "777"),
        .folderWritable(path: "/a/b", mode: "1777"), .notRegular(path: "/a/b"),
    ]

    static let configurationFaults: [ConfigurationFault] = [
        .syntax("mapping values are not allowed here"), .unknownKey(known: ["attempts", "delay"]), .duplicateKey,
        .wrongType(expected: .string), .wrongType(expected: .stringArray), .wrongType(expected: .integer),
        .wrongType(expected: .boolean), .wrongType(expected: .object), .wrongType(expected: .duration),
        .durationWithoutUnit("30"), .outOfRange(lowest: "1s", highest: "1m"), .notOneOf(["crash", "filesystem"]),
        .notAbsolute("srv/db"), .empty, .wrongType(expected: .objectArray), .missing, .notUnique("orders"),
        .excludedBy("script"), .oneNeeded(["query", "script"]),
    ]

    static let workloadFaults: [WorkloadFault] = [
        .file(.missing(key: "workload_name")), .permission(.tooOpen(path: "/etc/azure/workload.conf", mode: "666")),
        .notOneOf(key: "role", value: "arbiter", known: ["master", "slave"]), .openQuote(key: "credString"),
    ]

    static let workloadGaps: [WorkloadGap] = [
        .oracle, .loginPath(credentials: "/c"), .optionFile(credentials: "/c"), .passwordAsked(credentials: "/c"),
        .passwordNotKept, .shellExpansion, .clientOption("--ssl-ca"), .clientWord, .portBesideSocket, .otherUser("dba"),
        .timeout(limit: 600), .commandPath, .ipcFolder, .configurationPath, .databases, .enforceSlaveOnly,
        .customScripts, .logBackup, .unknownKey("colour"), .unknownKey(nil),
    ]

    static let providerReasons: [ProviderReason] = [
        .snapshotsItself, .otherFilesystem(needed: "btrfs"), .notASubvolume, .readOnly,
        .imageCanBeCloned(image: "/srv/disk.img", filesystem: "xfs"), .noImage,
        .imageCannotBeCloned(image: "/srv/disk.img", filesystem: "ext4"),
        .imageOnFrozenVolume(image: "/srv/disk.img", volume: "/srv"), .readsBeforehand, .folderOfVolume, .noBlockDevice,
        .severalDevices, .directAccess, .noImageVault, .lastResort,
    ]

    static let scriptEndings: [ScriptEnding] = [
        .exited(3), .exited(126), .exited(127), .killed(9), .killed(34), .notStarted(reason: "Exec format error"),
    ]
}
