internal import Glibc
internal import Linux
internal import Messages

/// One run of restic: what it is asked and how it is watched.
struct ResticTask: Sendable {
    /// The command and its arguments; nothing secret.
    var arguments: [String]
    /// Whether the command locks the repository; a reading command that need not, leaves it alone.
    var isLocking: Bool
    /// Paths that must exist where restic runs: it passes over missing ones and calls that success.
    var neededPaths: [String] = []
    var view = MountView()
    /// Exit statuses that are no error.
    var accepted: Set<Int32> = [0]
    /// Bytes of each stream that are kept.
    var keptBytes = 1 << 20
    /// Whether standard output goes to `/dev/null`.
    var discardsOutput = false
    var deadline: Instant?
    /// Whether it runs even though Remanso was asked to stop.
    var isCleanUp = false
    var onLine: (@Sendable (String, Watch) -> Void)?
    var onStart: (@Sendable (pid_t) -> Void)?
    var onTraffic: (@Sendable (Traffic) -> Void)?
    /// Reads the words of a failed run before the common reading does.
    var interpret: (@Sendable (ResticWords) -> Problem?)?

    init(_ arguments: [String], isLocking: Bool) {
        self.arguments = arguments
        self.isLocking = isLocking
    }
}

/// What a run of restic left.
struct ResticOutput: Sendable {
    let status: Int32
    let output: String
    let errors: String
    /// Whether the start of `output` or `errors` was dropped.
    let isTruncated: Bool
}

/// The program restic and the repository that it works on.
struct Restic: Sendable {
    let location: VaultLocation
    let options: VaultOptions
    private let knownVersion = Shared<ResticVersion?>(nil)

    init(_ location: VaultLocation, _ options: VaultOptions) {
        self.location = location
        self.options = options
    }

    /// The version of the program.
    /// - Throws: `.resticMissing`, `.resticTooOld`.
    @discardableResult
    func version() throws(Failure) -> ResticVersion {
        if let known = knownVersion.withLock({ $0 }) { return known }
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: 20)
        let program = Program(.path(try executable()), ["version"])
        guard let result = try? ChildProcess.run(program, limits), let found = ResticVersion(result.output.text) else {
            throw Failure(.resticMissing)
        }
        guard found >= .oldest else {
            throw Failure(.resticTooOld(version: found.description, needed: ResticVersion.oldest.description))
        }
        knownVersion.withLock { $0 = found }
        return found
    }

    /// Runs restic. When the repository is locked, our own stale locks are removed; for a lock that somebody holds, it
    /// is tried again until `VaultOptions.lockPatience` is over.
    /// - Throws: what restic's exit status and words mean.
    func run(_ task: ResticTask) throws(Failure) -> ResticOutput {
        let lastTry = Instant.now.advanced(bySeconds: options.lockPatience)
        var hasTidied = false
        while true {
            do throws(Failure) {
                return try runOnce(task)
            } catch {
                guard case .vaultLocked = error.problem, task.isLocking else { throw error }
                if !hasTidied {
                    hasTidied = true
                    if let count = try? removeOwnStaleLocks(host: Host.name, pids: nil), count > 0 { continue }
                }
                if lastTry < .now || Interruption.signal != nil { throw error }
                pause(seconds: 3)
            }
        }
    }

    private func pause(seconds: Double) {
        var stop = pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&stop, 1, Int32(seconds * 1000))
    }

    private func runOnce(_ task: ResticTask) throws(Failure) -> ResticOutput {
        let program = try program(for: task)
        let pid = Shared<pid_t>(0)
        let rules = Watch.Rules(
            deadline: task.deadline, patience: location.localFolder == nil ? options.patience : nil,
            isInterruptible: !task.isCleanUp, onTraffic: task.onTraffic)
        let watch: Watch
        do throws(SystemError) { watch = try Watch(rules) } catch { throw Failure(error) }
        var limits = ChildProcess.Limits()
        limits.isInterruptible = false
        limits.keptBytes = task.keptBytes
        limits.onStart = { started in
            pid.withLock { $0 = started }
            watch.start(started)
            task.onStart?(started)
        }
        if let onLine = task.onLine { limits.onLine = { onLine($0, watch) } }
        let outcome = start(program, limits, task)
        let (cause, wasKilled) = watch.stop()
        let result = try outcome.get()
        if task.isLocking, wasKilled || isKilled(result) { tidy(after: pid.withLock { $0 }) }
        return try judge(result, cause, task)
    }

    /// Starts the program, in the view if there is one.
    private func start(_ program: Program, _ limits: ChildProcess.Limits, _ task: ResticTask)
        -> Result<ProcessResult, Failure>
    {
        let run: @Sendable () -> Result<ProcessResult, Failure> = {
            if let missing = task.neededPaths.first(where: { !Files.exists($0) }) {
                return .failure(Failure(.vaultIncomplete(path: missing)))
            }
            do throws(SystemError) {
                return .success(try ChildProcess.run(program, limits))
            } catch {
                return .failure(Failure(error))
            }
        }
        if task.view.layers.isEmpty { return run() }
        var view = task.view
        view.liveFolders += [location.localFolder, options.workFolder].compactMap { $0 }
        do {
            return try Threads.isolated(in: view, run)
        } catch let error as SystemError {
            return .failure(Failure(error))
        } catch {
            return .failure(Failure(.systemCall(operation: "unshare", subject: "", reason: "\(error)")))
        }
    }

    private func isKilled(_ result: ProcessResult) -> Bool {
        if case .killed = result.ending { return true }
        return false
    }

    /// A restic that was killed has left its lock: it is ours to remove.
    private func tidy(after pid: pid_t) {
        if pid > 0 { _ = try? removeOwnStaleLocks(host: Host.name, pids: [pid]) }
    }

    private func judge(_ result: ProcessResult, _ cause: Watch.Cause?, _ task: ResticTask) throws(Failure)
        -> ResticOutput
    {
        let errors = scrubbed(result.errors.text)
        let words = ResticWords(errors)
        let name = location.displayName
        switch (cause, result.ending) {
        case (.interruption, _): throw Failure(.interrupted(signal: Interruption.signal ?? SIGTERM))
        case (.deadline, _), (.stall, _):
            let reason = words.retryReason ?? words.lastLine ?? SystemError.reason(of: ETIMEDOUT)
            throw Failure(.vaultUnreachable(repository: name, reason: reason))
        case (nil, .killed(let signal)):
            if let own = Interruption.signal { throw Failure(.interrupted(signal: own)) }
            throw Failure(.vaultFailed(repository: name, detail: "restic: " + String(cString: strsignal(signal))))
        case (nil, .exited(let status)):
            guard task.accepted.contains(status) else {
                if let problem = task.interpret?(words) { throw Failure(problem) }
                throw Failure(words.problem(status: status, location: location, workFolder: options.workFolder))
            }
            return ResticOutput(
                status: status, output: result.output.text, errors: errors,
                isTruncated: result.output.isTruncated || result.errors.isTruncated)
        }
    }

    /// restic's words without the password that an address may hold.
    func scrubbed(_ text: String) -> String {
        guard let secret = location.embeddedSecret else { return text }
        return text.replacing(secret, with: "***")
    }
}

/// This machine's name, as restic writes it into its locks.
enum Host {
    static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension Failure {
    /// A system call that failed where no better words exist.
    init(_ error: SystemError) {
        self.init(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
    }
}
