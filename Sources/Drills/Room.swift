internal import Applications
internal import Glibc
internal import Linux
internal import Messages
internal import Mounting

/// One application's room: namespaces of its own, in which the restored volumes stand at their original places and nothing
/// of the machine can be written to.
struct Room: Sendable {
    private let options: DrillOptions
    private let layers: RoomLayers
    private let observer: @Sendable (DrillStep) -> Void

    init(_ options: DrillOptions, _ layers: RoomLayers, observer: @escaping @Sendable (DrillStep) -> Void) {
        self.options = options
        self.layers = layers
        self.observer = observer
    }

    /// Does a job in the room, which is gone afterwards.
    func run(_ job: RoomJob, over shown: [ShownVolumes.Volume]) throws(DrillFault) -> DrillEvidence.Application {
        do {
            let volumes = try layers.lay(over: shown, for: job.record.folders)
            return try Threads.isolated(in: MountView()) {
                try RoomMounts(volumes, hiding: ["/etc/remanso"]).furnish()
                return try work(job)
            }
        } catch let fault as DrillFault {
            throw fault
        } catch {
            throw .impossible(detail: String(describing: error))
        }
    }

    private func work(_ job: RoomJob) throws(DrillFault) -> DrillEvidence.Application {
        let answer = Shared<DrillEvidence.Application?>(nil)
        let observer = observer
        var limits = ChildProcess.Limits()
        limits.onLine = { line in
            switch Line.decode(RoomEvent.self, from: line.utf8) {
            case .step(let step): observer(step)
            case .result(let result): answer.withLock { $0 = result }
            case nil: break
            }
        }
        let ended: ProcessResult
        do throws(SystemError) {
            ended = try start(job, limits)
        } catch {
            throw .impossible(detail: error.description)
        }
        if ended.interrupted { throw .impossible(detail: "signal \(Interruption.signal ?? 0)") }
        guard let result = answer.withLock({ $0 }) else {
            throw .impossible(detail: "\(ended.errors.text)\nroom: \(ended.ending)")
        }
        return result
    }

    private func start(_ job: RoomJob, _ limits: ChildProcess.Limits) throws(SystemError) -> ProcessResult {
        var program = Program(.path("/proc/self/exe"), options.workerArguments)
        program.input = try Descriptor.inMemory("job", holding: Line.encode(job))
        program.umask = 0o022
        guard options.usesUserNamespace else {
            program.room = .init(hasOwnUsers: false)
            return try run(program, limits)
        }
        program.room = .init(hasOwnUsers: true)
        do throws(SystemError) {
            return try run(program, limits)
        } catch {
            // Not every kernel lets it: the room is one without.
            guard [EPERM, ENOSPC, EUSERS, EINVAL, ENOSYS].contains(error.code) else { throw error }
            program.room = .init(hasOwnUsers: false)
            return try run(program, limits)
        }
    }

    private func run(_ program: Program, _ limits: ChildProcess.Limits) throws(SystemError) -> ProcessResult {
        if let input = program.input { lseek(input.number, 0, SEEK_SET) }
        return try ChildProcess.run(program, limits)
    }
}
