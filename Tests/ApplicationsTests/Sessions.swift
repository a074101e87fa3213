import Applications
import FoundationEssentials
import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// Remembers what a session has done.
final class Steps: StepLog {
    private(set) var actions: [String] = []

    func measure<Value>(_ action: String, _ body: () throws(ApplicationFault) -> Value) throws(ApplicationFault)
        -> Value
    {
        actions.append(action)
        return try body()
    }
}

/// A session that a test works with, and its log.
struct Work {
    let session: any ApplicationSession
    let steps = Steps()

    /// Runs `body` with a session that is closed afterwards.
    static func with<Value>(_ settings: ApplicationSettings, _ body: (Work) throws -> Value) throws -> Value {
        guard let kind = Applications.kind(settings.type) else { throw FixtureError(settings.type) }
        let work = Work(session: try kind.session(settings))
        defer { work.session.close() }
        return try body(work)
    }

    /// Surveys, prepares and quiesces.
    @discardableResult
    func hold() throws -> ApplicationSurvey {
        let survey = try session.survey()
        try session.prepare(steps)
        try session.quiesce(steps)
        return survey
    }

    /// What goes into the recovery point: `survey` from before, and what the release says.
    static func record(
        _ settings: ApplicationSettings, _ survey: ApplicationSurvey, _ release: ApplicationRelease? = nil
    ) -> ApplicationRecord {
        var record = ApplicationRecord(settings)
        record.version = survey.version
        record.folders = survey.folders
        record.facts = survey.facts.merging(release?.facts ?? [:]) { $1 }
        record.wasHeld = release != nil
        return record
    }
}

/// An expectation of something that throws.
func expect<Value: Equatable>(_ found: Value, is expected: Value, at location: SourceLocation = #_sourceLocation) {
    #expect(found == expected, sourceLocation: location)
}

/// The fault that `body` ends with; `nil` when it ends well.
func applicationFault(_ body: () throws -> Void) throws -> ApplicationFault? {
    do {
        try body()
        return nil
    } catch let fault as ApplicationFault {
        return fault
    }
}

/// The fault that a drill ends with; `nil` when it ends well.
func drillFault(_ body: () throws -> Void) throws -> DrillFault? {
    do {
        try body()
        return nil
    } catch let fault as DrillFault {
        return fault
    }
}

/// A process of its own that holds an application, to be killed.
final class Holder {
    private let pid: pid_t
    private let output: String
    /// Its command line and environment.
    var traces: String {
        let files = ["cmdline", "environ"].compactMap { Files.text("/proc/\(pid)/\($0)") }
        return files.joined(separator: " ")
    }

    private init(_ settings: ApplicationSettings, in sandbox: Sandbox) throws {
        let bytes = [UInt8](try JSONEncoder().encode(settings))
        let file = try sandbox.write("settings.json", String(decoding: bytes, as: UTF8.self))
        output = sandbox.path("holder.out")
        let sink = try Descriptor.open(output, O_WRONLY | O_CREAT | O_TRUNC)
        let program = Program(.path(try RemansoCommand.path(of: "application-tool")), [file])
        pid = try ChildProcess.spawn(program, output: sink, errors: sink).pid
    }

    /// Starts a holder, waits until it has come so far, runs `body`, and kills it.
    static func with<Value>(
        _ settings: ApplicationSettings, in sandbox: Sandbox, stage: String = "quiesced",
        _ body: (Holder) throws -> Value
    ) throws -> Value {
        let holder = try Holder(settings, in: sandbox)
        defer {
            holder.kill()
            ChildProcess.wait(for: holder.pid)
        }
        let output = holder.output
        guard Wait.until(seconds: 120, { Files.text(output)?.contains(stage) ?? false }) else {
            throw FixtureError("the holder does not hold: \(Files.text(output) ?? "")")
        }
        return try body(holder)
    }

    func kill() { Glibc.kill(pid, SIGKILL) }
}

/// A real program in Python that writes without pause and keeps a record elsewhere of what it was told is done.
final class Recorder {
    let pid: pid_t
    private let record: String

    private init(_ source: String, _ arguments: [String], in sandbox: Sandbox) throws {
        let name = "writer-\(UInt32.random(in: 0...UInt32.max))"
        record = sandbox.path("\(name).record")
        let script = try sandbox.write("\(name).py", source)
        let sink = try Descriptor.open(sandbox.path("\(name).log"), O_WRONLY | O_CREAT)
        guard let python = Program.find("python3") else { throw FixtureError("python3 is not installed") }
        pid = try ChildProcess.spawn(
            Program(.path(python), [script, record] + arguments), output: sink, errors: sink
        ).pid
        guard Wait.until({ self.count > 0 }) else {
            end()
            throw FixtureError("the writer does not write: \(Files.text(sandbox.path("\(name).log")) ?? "")")
        }
    }

    /// Runs `body` beside a writer: a script with the record's path and then `arguments`, one byte a write that is done.
    static func with<Value>(
        _ source: String, _ arguments: [String], in sandbox: Sandbox, _ body: (Recorder) throws -> Value
    ) throws -> Value {
        let recorder = try Recorder(source, arguments, in: sandbox)
        defer { recorder.end() }
        return try body(recorder)
    }

    private func end() {
        Glibc.kill(pid, SIGKILL)
        ChildProcess.wait(for: pid)
    }

    /// How many writes were done.
    var count: Int {
        var status = stat()
        return stat(record, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Waits until more than `number` writes are done.
    func passes(_ number: Int) -> Bool { Wait.until(seconds: 120) { count > number } }

    /// How many writes are done when none has been for a while: on a busy machine it takes its time to note the last.
    func countAtRest() throws -> Int {
        for _ in 0..<60 {
            let before = count
            usleep(1_000_000)
            if count == before { return before }
        }
        throw FixtureError("the writer goes on")
    }
}
