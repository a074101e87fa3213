/// One code as `remanso explain` shows it.
public struct CatalogueEntry: Sendable {
    /// The code; of a range, its first number.
    public let code: Code
    /// The numbers that the entry explains: one, or a range of the reference's that Remanso never emits.
    public let numbers: ClosedRange<Int>
    private let content: Content

    private enum Content: Sendable {
        /// An example with the stand-ins of each language.
        case problem(english: Problem, spanish: Problem)
        case foreign(ForeignCode)
    }

    /// Whether the code is the reference's alone: Remanso explains it but never emits it.
    public var isForeign: Bool {
        switch content {
        case .problem: false
        case .foreign: true
        }
    }

    /// The number, or first and last number of a range, such as `500–512`.
    public var number: String {
        numbers.count == 1 ? "\(numbers.lowerBound)" : "\(numbers.lowerBound)–\(numbers.upperBound)"
    }

    /// What the code means, in general.
    public func meaning(in language: Language) -> String {
        switch content {
        case .problem(let english, let spanish): (language == .en ? english : spanish).meaning(in: language)
        case .foreign(let code): code.meaning(in: language)
        }
    }

    /// What to do; capitals such as `PATH` stand for what is known only where the problem is met.
    public func action(in language: Language) -> String {
        switch content {
        case .problem(let english, let spanish): (language == .en ? english : spanish).action(in: language)
        case .foreign(let code): code.action(in: language)
        }
    }

    init(english: Problem, spanish: Problem) {
        code = english.code
        numbers = code.number...code.number
        content = .problem(english: english, spanish: spanish)
    }

    init(_ foreign: ForeignCode) {
        code = Code(name: foreign.name, number: foreign.numbers.lowerBound)
        numbers = foreign.numbers
        content = .foreign(foreign)
    }
}

/// Every code that Remanso can report, and the reference's codes that people will look up.
public enum Catalogue {
    /// Each code once, ordered by number.
    public static let entries: [CatalogueEntry] =
        (zip(examples(Placeholders(.en)), examples(Placeholders(.es))).map(CatalogueEntry.init(english:spanish:))
        + ForeignCode.allCases.map { CatalogueEntry($0) })
        .sorted { ($0.code.number, $0.code.name) < ($1.code.number, $1.code.name) }

    /// The entries of a name (whatever its capitals and hyphens) or of a number. Several entries can share a name:
    /// IncorrectPluginhostFile is 304, 313 and 314. Empty when there is none.
    public static func find(_ text: String) -> [CatalogueEntry] {
        if let number = Int(text) {
            let found = entries.filter { $0.numbers.contains(number) }
            // A range of the reference's stands for what has no entry of its own.
            let own = found.filter { $0.numbers.count == 1 }
            return own.isEmpty ? found : own
        }
        let wanted = key(text)
        return wanted.isEmpty ? [] : entries.filter { key($0.code.name) == wanted }
    }

    private static func key(_ name: String) -> String {
        String(name.lowercased().filter { $0.isLetter || $0.isNumber })
    }
}

/// Words in capitals that stand for a value in a command of the catalogue.
struct Placeholders: Sendable {
    let path: String
    let volume: String
    let repository: String
    let process: String
    let id: String
    let key: String
    let name: String

    init(_ language: Language) {
        switch language {
        case .en:
            (path, volume, repository, process) = ("PATH", "VOLUME", "REPOSITORY", "PROCESS")
            (id, key, name) = ("ID", "KEY", "NAME")
        case .es:
            (path, volume, repository, process) = ("RUTA", "VOLUMEN", "REPOSITORIO", "PROCESO")
            (id, key, name) = ("ID", "CLAVE", "NOMBRE")
        }
    }
}

extension Catalogue {
    private static func applications(_ words: Placeholders) -> [Problem] {
        let faults: [ApplicationFault] = [
            .libraryMissing(library: "", package: words.name), .refused(detail: ""), .unreachable(detail: ""),
            .notReady(detail: ""), .versionTooOld(found: "", needed: ""), .outsideVolumes(path: words.path),
            .noCommonInstant(volumes: []), .busy(detail: ""), .quiesceFailed(detail: ""),
            .deadlineExceeded(seconds: 0), .sessionLost(detail: ""), .releaseFailed(detail: ""),
            .setting(key: words.key, reason: ""),
        ]
        return faults.map { .application(name: words.name, fault: $0) }
    }

    private static func drills(_ words: Placeholders) -> [Problem] {
        let faults: [DrillFault] = [
            .programMissing(program: words.name), .dataMissing(path: words.path), .scratchFull(path: words.path),
            .fileSystemDamaged(volume: words.volume, detail: ""), .portInUse(detail: ""),
            .ended(program: words.path, how: "", log: ""), .noAnswer(seconds: 0, log: ""), .notOurs(pid: 0),
            .checkFailed(check: "", output: ""), .probeFailed(detail: ""), .probeDiffers(expected: "", found: ""),
            .impossible(detail: ""),
        ]
        return faults.map { .drillFailed(application: words.name, fault: $0) }
    }

    /// One example of each code. The values show only in actions; an empty text or 0 stands where they never do.
    private static func examples(_ words: Placeholders) -> [Problem] {
        [
            .scriptExecutionFailed(.pre, path: words.path, ending: .exited(1)),
            .scriptExecutionFailed(.post, path: words.path, ending: .exited(1)),
            .scriptNotFound(.pre, path: words.path, key: "preScriptLocation"),
            .scriptNotFound(.post, path: words.path, key: "postScriptLocation"),
            .pluginHostFile(path: words.path, fault: .notUTF8),
            .scriptConfig(path: words.path, fault: .notUTF8),
            .scriptPermission(.pre, fault: .tooOpen(path: words.path, mode: "")),
            .scriptPermission(.post, fault: .tooOpen(path: words.path, mode: "")),
            .scriptTimeout(.pre, path: words.path, seconds: 0),
            .scriptTimeout(.post, path: words.path, seconds: 0),
            .pluginHostMissing(path: words.path),
            .pluginHostPermission(fault: .tooOpen(path: words.path, mode: "")),
            .scriptConfigMissing(path: words.path),
            .scriptConfigPermission(fault: .tooOpen(path: words.path, mode: "")),
            .unknownKey(path: words.path, key: words.key),
            .unexpectedPluginName(path: words.path, name: words.name),
            .timeoutClamped(path: words.path, seconds: 0, limit: 1800),
            .noPlugins(path: "/etc/azure/VMSnapshotPluginHost.conf"),
            .configNotInPluginHost(config: words.path, host: "/etc/azure/VMSnapshotPluginHost.conf"),
            .freezeSettings(path: "/etc/azure/vmbackup.conf", fault: .notUTF8),
            .scriptLeftProcesses(.pre, path: words.path, count: 1),
            .workloadFile(path: words.path, fault: .file(.notUTF8)),
            .freezeFailed(volume: words.volume, reason: ""),
            .freezeDeadlineExceeded(milliseconds: 0),
            .mountCannotBeOpened(volume: words.volume, reason: ""),
            .foreignFreeze(volume: words.volume),
            .freezeLost(volume: words.volume),
            .freezerDied,
            .freezerMissing(path: words.path),
            .mountVanished(volume: words.volume),
            .thawFailed(volume: words.volume, reason: ""),
            .permissionListener(process: words.process, volume: words.volume),
            .swapFileOnVolume(file: words.path, volume: words.volume),
            .auditLogOnVolume(volume: words.volume),
            .loopImageOnVolume(inner: "\(words.volume)1", outer: "\(words.volume)2"),
            .vaultOnVolume(repository: words.repository, volume: words.volume),
            .stateOnVolume(folder: words.path, volume: words.volume),
            .volumeNotFound(path: words.path),
            .volumeUnsupported(volume: words.volume, filesystem: ""),
            .noVolumes,
            .unknownProvider(name: words.name, known: []),
            .providerUnsuitable(provider: words.name, volume: words.volume, reason: .noImage),
            .snapshotFailed(provider: words.name, volume: words.volume, reason: ""),
            .snapshotNotReleased(provider: words.name, volume: words.volume, reason: ""),
            .nestedSubvolumes(volume: words.volume, count: 1),
            .noCommonInstant(volumes: [words.volume]),
            .copyTakesLong(volume: words.volume),
            .changedDuringCopy(volume: words.volume, example: words.path, count: 1),
            .changesTooFast(volume: words.volume, megabytesPerSecond: 0, left: 0, limit: 0),
            .imageNotTrusted(volume: words.volume, doubt: nil),
            .resticMissing,
            .resticTooOld(version: "", needed: ""),
            .vaultMissing(repository: words.repository),
            .vaultUnreachable(repository: words.repository, reason: ""),
            .vaultWrongPassword(repository: words.repository, passwordFile: words.path),
            .vaultPasswordUnusable(path: words.path, reason: ""),
            .vaultEnvironmentUnusable(path: words.path, reason: ""),
            .vaultLocked(repository: words.repository, holder: ""),
            .vaultFull(repository: words.repository),
            .vaultDamaged(repository: words.repository, detail: ""),
            .vaultFailed(repository: words.repository, detail: ""),
            .vaultIncomplete(path: words.path),
            .imageIncomplete(path: words.path, offset: 0),
            .imagePathTaken(path: words.path),
            .vaultKeyMade(path: words.path),
            .trackingImpossible(volume: words.volume, obstacle: .noBTF),
            .trackingFailed(volume: words.volume, reason: ""),
            .trackingBusy(volume: words.volume),
            .everythingRead(volume: words.volume, doubt: .rebooted),
            .rcloneMissing(repository: words.repository),
        ] + applications(words) + drills(words) + [
            .recoveryPointNotFound(id: words.id),
            .recoveryPointAmbiguous(id: words.id, matches: []),
            .noRecoveryPoints(repository: words.repository),
            .recoveryPointDamaged(id: words.id, detail: ""),
            .volumeNotInRecoveryPoint(volume: words.volume, id: words.id, known: []),
            .pathNotInRecoveryPoint(path: words.path, id: words.id),
            .restoreWouldOverwrite(path: words.path, count: 1),
            .restoreTargetUnusable(path: words.path, reason: ""),
            .volumeNotAnImage(volume: words.volume, id: words.id),
            .deviceWouldBeOverwritten(device: words.path),
            .cannotMount(folder: words.path, reason: ""),
            .mountInUse(folder: words.path),
            .notMounted(folder: words.path),
            .configuration(file: "/etc/remanso/remanso.yaml", line: 0, key: "", fault: .empty),
            .configurationUnreadable(file: "/etc/remanso/remanso.yaml", reason: ""),
            .wrongUsage(detail: ""),
            .notRoot,
            .fileExists(path: words.path),
            .cannotWrite(path: words.path, reason: ""),
            .alreadyRunning(pid: 0),
            .interrupted(signal: 15),
            .levelNotReached(required: .application, reached: .filesystem),
            .recoveredEarlierRun(recoveryPoint: words.id),
            .earlierRunNotUndone(detail: ""),
            .systemCall(operation: "", subject: "", reason: ""),
        ]
    }
}
