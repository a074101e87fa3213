public import Applications
internal import FoundationEssentials
internal import Linux
public import Messages
internal import Mounting
internal import Runs
public import Vault

/// How a drill is carried out.
public struct DrillOptions: Sendable {
    /// The folder below which applications find space for what they change.
    public static let defaultScratch = "/var/lib/remanso/drill"

    /// Where that space is.
    public var scratch = DrillOptions.defaultScratch
    /// Where records of what runs are kept; lost at a reboot.
    public var stateFolder = RunOptions.defaultStateFolder
    /// The language of messages inside the evidence.
    public var language = Language.en
    /// Whether the room has a user namespace, where the kernel allows it.
    public var usesUserNamespace = true
    /// The types of applications that are known.
    public var kinds = Applications.all
    /// What this program is called with to be the process inside the room (`RoomWorker.serve`).
    public var workerArguments: [String]

    /// The defaults.
    public init(workerArguments: [String]) { self.workerArguments = workerArguments }
}

/// The drill of one recovery point: every application in it is started from it, asked and checked, where it can reach
/// neither the live application nor its data.
public struct Drill: Sendable {
    private let point: RecoveryPoint
    private let vault: Vault
    private let options: DrillOptions
    private let observer: @Sendable (DrillStep) -> Void

    /// A drill; nothing is done yet.
    /// - Parameter observer: told of each step as it begins; on any thread.
    public init(
        _ point: RecoveryPoint, in vault: Vault, _ options: DrillOptions,
        observer: @escaping @Sendable (DrillStep) -> Void = { _ in }
    ) {
        self.point = point
        self.vault = vault
        self.options = options
        self.observer = observer
    }

    /// Carries it out, and stores the evidence unless it says nothing of the recovery point.
    /// - Throws: what keeps the vault from being read or written; `.recoveryPointDamaged`.
    public func run() throws(Failure) -> DrillEvidence {
        guard let report = Report(json: try vault.report(of: point)) else {
            throw Failure(.recoveryPointDamaged(id: point.id, detail: "report.json"))
        }
        DrillRecovery.tidyUp(scratch: options.scratch, stateFolder: options.stateFolder)
        let scratch = try Scratch.make(in: options.scratch, state: options.stateFolder)
        defer { scratch.remove() }
        var evidence = DrillEvidence(point.id)
        evidence.startedAt = Timestamp.iso(Date())
        observer(.opening(recoveryPoint: point.id))
        let records = report.adapters
        let (volumes, applications) = try isolated { [self] () throws(Failure) in try show(records, scratch) }
        evidence.volumes = volumes
        evidence.applications = applications
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        if records.isEmpty, evidence.faultyVolume == nil {
            observer(.reading)
            try PointVerification.perform(point, in: vault) { _ in }
        }
        evidence.conclude(options.language)
        try store(evidence, scratch)
        return evidence
    }

    /// On a thread with a mount namespace of its own: what is mounted there goes with it.
    private func isolated<Value: Sendable>(_ body: @escaping @Sendable () throws(Failure) -> Value) throws(Failure)
        -> Value
    {
        do {
            return try Threads.isolated(in: MountView()) { try body() }
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.drillFailed(application: point.id, fault: .impossible(detail: String(describing: error))))
        }
    }

    private func show(_ records: [ApplicationRecord], _ scratch: Scratch) throws(Failure)
        -> ([DrillEvidence.Volume], [DrillEvidence.Application])
    {
        var snapshots: [String: String] = [:]
        for volume in point.volumes { snapshots[volume] = point.data(holding: volume)?.id }
        let shown: ShownVolumes
        do throws(Failure) {
            shown = try ShownVolumes(
                point.volumes, snapshots: snapshots, from: vault, stateFolder: options.stateFolder)
        } catch {
            throw error.damaging(point)
        }
        defer { shown.end() }
        let volumes = try checkFileSystems(shown, scratch)
        // A damaged file system says enough; what would be started from it says no more.
        if volumes.contains(where: { $0.outcome == .failed }) { return (volumes, []) }
        let applications = records.enumerated().map { index, record in
            let layers = RoomLayers("\(index)", in: scratch)
            defer { layers.remove() }
            return trial(record, shown, layers)
        }
        return (volumes, applications)
    }

    private func checkFileSystems(_ shown: ShownVolumes, _ scratch: Scratch) throws(Failure) -> [DrillEvidence.Volume] {
        var result: [DrillEvidence.Volume] = []
        for volume in shown.volumes {
            if volume.image != nil { observer(.fileSystem(volume: volume.mountPoint)) }
            do throws(DrillFault) {
                result.append(try FileSystemCheck(scratch: scratch.path).run(volume))
            } catch {
                throw Failure(.drillFailed(application: point.id, fault: error))
            }
        }
        if !shown.isServing {
            throw Failure(.drillFailed(application: point.id, fault: .impossible(detail: "restic mount")))
        }
        return result
    }

    // MARK: One application

    private func trial(_ record: ApplicationRecord, _ shown: ShownVolumes, _ layers: RoomLayers)
        -> DrillEvidence.Application
    {
        var result = DrillEvidence.Application(name: record.name, type: record.type)
        result.version = record.version
        do throws(DrillFault) {
            result = try start(record, shown, layers)
        } catch {
            result.fault = error
            result.outcome = error.isOfThisMachine ? .impossible : .failed
        }
        // What went wrong may be the fault of what it stood on.
        if result.outcome != .proven, let fault = groundFault(shown, layers, options.scratch) {
            result.fault = fault
            result.outcome = .impossible
        }
        return result
    }

    private func groundFault(_ shown: ShownVolumes, _ layers: RoomLayers, _ path: String) -> DrillFault? {
        if !shown.isServing { return .impossible(detail: "restic mount") }
        return layers.isFull ? .scratchFull(path: path) : nil
    }

    private func start(_ record: ApplicationRecord, _ shown: ShownVolumes, _ layers: RoomLayers) throws(DrillFault)
        -> DrillEvidence.Application
    {
        guard options.kinds.contains(where: { $0.type == record.type }) else {
            throw .impossible(detail: "type: \(record.type)")
        }
        try layers.proveSpace(for: record, in: shown.volumes)
        try layers.restored(shown.volumes).restore(record.folders, of: point, from: vault)
        var files: [ApplicationRecord.File] = []
        for path in record.files {
            let place = "\(Files.parent(of: point.reportPath))/files\(path)"
            guard let content = shown.file(place, in: point.manifest) else { throw .dataMissing(path: path) }
            files.append(.init(path: path, content: content))
        }
        let job = RoomJob(recoveryPoint: point.id, record: record, files: files, outside: Namespaces.own)
        return try Room(options, layers, observer: observer).run(job, over: shown.volumes)
    }

    // MARK: The evidence

    private func store(_ evidence: DrillEvidence, _ scratch: Scratch) throws(Failure) {
        guard let mark = evidence.mark else { return }
        observer(.storing)
        let path = scratch.path + "/evidence.json"
        do throws(SystemError) {
            try Files.replace(path, with: JSONText.encode(evidence), isDurable: false)
        } catch {
            throw Failure(.cannotWrite(path: path, reason: error.reason))
        }
        let request = StoreRequest(
            recoveryPoint: point.id, kind: .drill(mark), paths: [path], volumes: [], level: point.level,
            host: MachineIdentity.hostName, time: Timestamp.seconds(Date()))
        _ = try vault.store(request)
    }
}

extension DrillEvidence {
    var faultyVolume: Volume? { volumes.first { $0.outcome == .failed } }

    /// Decides from what was observed.
    mutating func conclude(_ language: Language) {
        finishedAt = Timestamp.iso(Date())
        if let volume = faultyVolume {
            outcome = .failed
            let fault = DrillFault.fileSystemDamaged(volume: volume.mountPoint, detail: volume.output)
            errors = [entry(.drillFailed(application: recoveryPoint, fault: fault), language)]
            return
        }
        // The recovery point's own faults first, then those of this machine.
        let faulty = applications.filter { $0.outcome == .failed } + applications.filter { $0.outcome == .impossible }
        errors = faulty.compactMap { one in
            one.fault.map { entry(.drillFailed(application: one.name, fault: $0), language) }
        }
        let isProven = applications.allSatisfy { $0.outcome == .proven }
        outcome = applications.isEmpty ? .checked : isProven ? .proven : faulty.first?.outcome ?? .impossible
    }

    private func entry(_ problem: Problem, _ language: Language) -> Report.Entry {
        Report.Entry(Finding(problem, phase: "drill"), in: language)
    }
}
