import Applications
import Fixtures
import FoundationEssentials
import Glibc
import Linux
import Messages

/// A session with a PostgreSQL server, and what it did.
final class PostgreSQLWork: StepLog {
    let session: any ApplicationSession
    private(set) var actions: [String] = []
    private let settings: ApplicationSettings

    private init(_ settings: ApplicationSettings) throws {
        guard let kind = Applications.kind("postgresql") else { throw FixtureError("postgresql") }
        self.settings = settings
        session = try kind.session(settings)
    }

    func measure<Value>(_ action: String, _ body: () throws(ApplicationFault) -> Value) throws(ApplicationFault)
        -> Value
    {
        actions.append(action)
        return try body()
    }

    /// Runs `body` with a session that is closed afterwards.
    static func with<Value>(_ settings: ApplicationSettings, _ body: (PostgreSQLWork) throws -> Value) throws -> Value {
        let work = try PostgreSQLWork(settings)
        defer { work.session.close() }
        return try body(work)
    }

    /// Surveys, prepares, quiesces; and releases after `body`.
    /// - Returns: what goes into the recovery point.
    func hold(_ body: () throws -> Void = {}) throws -> (record: ApplicationRecord, files: [ApplicationRecord.File]) {
        var record = ApplicationRecord(settings)
        let survey = try session.survey()
        try session.prepare(self)
        try session.quiesce(self)
        try body()
        let release = try session.release(self)
        record.version = survey.version
        record.folders = survey.folders
        record.facts = survey.facts.merging(release.facts) { $1 }
        return (record, release.files)
    }

    /// The fault of a survey; `nil` when it ends well.
    static func surveyFault(_ settings: ApplicationSettings) throws -> ApplicationFault? {
        try fault { try with(settings) { _ = try $0.session.survey() } }
    }

    /// The fault that `body` ends with; `nil` when it ends well.
    static func fault(_ body: () throws -> Void) throws -> ApplicationFault? {
        do {
            try body()
            return nil
        } catch let fault as ApplicationFault {
            return fault
        }
    }

    /// Runs `body` beside a process that has come as far as `stage` and then does nothing; it is killed afterwards.
    static func withHolder(
        _ settings: ApplicationSettings, in sandbox: Sandbox, stage: String = "quiesced", _ body: (pid_t) throws -> Void
    ) throws {
        let bytes = [UInt8](try JSONEncoder().encode(settings))
        let file = try sandbox.write("settings.json", String(decoding: bytes, as: UTF8.self))
        let output = sandbox.path("holder.out")
        let sink = try Descriptor.open(output, O_WRONLY | O_CREAT | O_TRUNC)
        let program = Program(.path(try RemansoCommand.path(of: "application-tool")), [file, stage])
        let (pid, _) = try ChildProcess.spawn(program, output: sink, errors: sink)
        defer {
            kill(pid, SIGKILL)
            ChildProcess.wait(for: pid)
        }
        guard Wait.until(seconds: 120, { Files.text(output)?.contains(stage) ?? false }) else {
            throw FixtureError("the holder does not hold: \(Files.text(output) ?? "")")
        }
        try body(pid)
    }
}
