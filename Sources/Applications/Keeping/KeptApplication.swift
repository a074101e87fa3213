internal import Glibc
internal import Linux
internal import Messages

/// One application in the keeper: its session, what was done, and its deadline.
final class KeptApplication: @unchecked Sendable {
    private let settings: ApplicationSettings
    private var session: (any ApplicationSession)?
    private var result: ApplicationResult
    private var deadline: KeptDeadline?
    private var quiesced: Instant?

    init(_ settings: ApplicationSettings) {
        self.settings = settings
        result = ApplicationResult(record: ApplicationRecord(settings))
    }

    /// Carries out one request. After a failure the application is free, and every later request says the same.
    func perform(_ work: KeeperWork) -> ApplicationResult {
        if result.fault != nil { return result }
        do throws(ApplicationFault) {
            switch work {
            case .survey: try survey()
            case .prepare: try session?.prepare(self)
            case .quiesce: try quiesce()
            case .release: try release()
            case .refuse(let faults): if let fault = faults[settings.name] { throw fault }
            }
        } catch {
            result.fault = deadline?.isOver == true ? .deadlineExceeded(seconds: settings.deadlineSeconds) : error
            result.record.wasHeld = false
            close()
        }
        return result
    }

    /// From another thread: what is under way fails soon.
    func interrupt() { session?.interrupt() }

    /// Lets the application go, in whatever state it is.
    func close() {
        deadline?.cancel()
        session?.close()
        session = nil
        noteHeld()
    }

    private func survey() throws(ApplicationFault) {
        guard let kind = Applications.kind(settings.type) else {
            throw .setting(key: "type", reason: settings.type)
        }
        let session = try kind.session(settings)
        self.session = session
        let survey = try session.survey()
        result.record.version = survey.version
        result.record.folders = survey.folders
        result.record.facts = survey.facts
    }

    private func quiesce() throws(ApplicationFault) {
        guard let session else { return }
        quiesced = .now
        deadline = KeptDeadline(seconds: settings.deadlineSeconds) { [self] in interrupt() }
        try session.quiesce(self)
        result.record.wasHeld = true
    }

    private func release() throws(ApplicationFault) {
        guard let session else { return }
        let release = try session.release(self)
        deadline?.cancel()
        noteHeld()
        result.record.facts.merge(release.facts) { $1 }
        result.files = release.files
        // Its deadline may have let it go although the server did not notice.
        if deadline?.isOver == true { throw .deadlineExceeded(seconds: settings.deadlineSeconds) }
        close()
    }

    private func noteHeld() {
        guard let quiesced else { return }
        result.record.heldMs = Instant.now.milliseconds(since: quiesced)
        self.quiesced = nil
    }
}

extension KeptApplication: StepLog {
    func measure<Value>(_ action: String, _ body: () throws(ApplicationFault) -> Value) throws(ApplicationFault)
        -> Value
    {
        let start = Instant.now
        defer { result.record.steps.append(.init(action, durationMs: Instant.now.milliseconds(since: start))) }
        return try body()
    }
}

/// Calls a closure once when a time is over, unless it is cancelled first.
final class KeptDeadline: Sendable {
    private enum State { case waiting, cancelled, over }

    private let state = Shared(State.waiting)
    private let thread: Thread?

    init(seconds: Double, _ body: @escaping @Sendable () -> Void) {
        let end = Instant.now.advanced(bySeconds: seconds)
        thread = Thread { [state] in
            while state.withLock({ $0 == .waiting }), end.millisecondsLeft > 0 {
                poll(nil, 0, min(50, end.millisecondsLeft))
            }
            let isOver = state.withLock { state in
                if state == .waiting { state = .over }
                return state == .over
            }
            if isOver { body() }
        }
    }

    var isOver: Bool { state.withLock { $0 == .over } }

    func cancel() { state.withLock { if $0 == .waiting { $0 = .cancelled } } }
}
