import Applications
import Fixtures
import Glibc
import Linux
import Messages

/// Copies of a server's data, and drills of them: step by step as the drill does, without the namespaces around it.
enum PostgreSQLDrillStage {
    /// A copy of the data in another place.
    static func copy(_ stage: PostgreSQLStage, to name: String = "copy") throws -> String {
        let copy = stage.sandbox.path(name)
        try Shell.run("cp", "-a", stage.data, copy)
        return copy
    }

    /// The record of a recovery point whose data stands at another place.
    static func moved(_ record: ApplicationRecord, to data: String) -> ApplicationRecord {
        var record = record
        record.facts["data_directory"] = data
        record.facts["pg_wal"] = "\(data)/pg_wal"
        record.folders = [data]
        return record
    }

    /// Puts files where they belong, in a copy of the data that stands at another place.
    static func put(_ files: [ApplicationRecord.File], from data: String, into copy: String) throws {
        for file in files {
            let path = file.path.hasPrefix(data) ? copy + file.path.dropFirst(data.count) : file.path
            try Files.replace(path, with: file.content, isDurable: false)
            try Shell.run("chown", "postgres:", path)
        }
    }

    /// Every check, and the answer to `query`.
    @discardableResult
    static func run(_ record: ApplicationRecord, in sandbox: Sandbox, query: String = "select 1") throws -> String {
        try with(record, in: sandbox) { drill, room in
            let process = try drill.process(in: room)
            guard process == room.serverPID else { throw DrillFault.notOurs(pid: process ?? 0) }
            for check in drill.checks { _ = try check.run(room) }
            return try drill.ask(query, in: room)
        }
    }

    /// The fault that a drill ends with; `nil` when it ends well.
    static func fault(_ record: ApplicationRecord, in sandbox: Sandbox) throws -> DrillFault? {
        do {
            try run(record, in: sandbox)
            return nil
        } catch let fault as DrillFault {
            return fault
        }
    }

    /// An empty room of the application's user.
    static func room(_ record: ApplicationRecord, in sandbox: Sandbox, pid: pid_t = 0) throws -> DrillRoom {
        guard let user = Account(named: "postgres") else { throw FixtureError("there is no user postgres") }
        let folder = sandbox.path("room")
        try PostgreSQLStage.makeFolder(folder)
        return DrillRoom(record: record, folder: folder, user: user.user, group: user.group, serverPID: pid)
    }

    static func drill(_ record: ApplicationRecord) throws -> any ApplicationDrill {
        guard let kind = Applications.kind(record.type) else { throw FixtureError(record.type) }
        return kind.drill(record)
    }

    /// Runs `body` while the drill's server answers.
    static func with<Value>(
        _ record: ApplicationRecord, in sandbox: Sandbox, _ body: (any ApplicationDrill, DrillRoom) throws -> Value
    ) throws -> Value {
        let drill = try drill(record), empty = try room(record, in: sandbox)
        defer { _ = try? Shell.run("rm", "-rf", empty.folder) }
        guard let server = try drill.server(in: empty) else { throw FixtureError("no server") }
        let log = "\(empty.folder)/log"
        let sink = try Descriptor.open(log, O_WRONLY | O_CREAT)
        let (pid, process) = try ChildProcess.spawn(
            empty.asUser(server.program, server.arguments, server.environment), output: sink, errors: sink)
        defer {
            kill(pid, server.stopSignal)
            if !Wait.forEnd(of: process, seconds: 30) { kill(pid, SIGKILL) }
            ChildProcess.wait(for: pid)
        }
        let room = try room(record, in: sandbox, pid: pid)
        let limit = Instant.now.advanced(bySeconds: 120)
        while !drill.answers(in: room) {
            let text = Files.text(log) ?? ""
            if Wait.forEnd(of: process, seconds: 0.05) {
                throw DrillFault.ended(program: server.program, how: "", log: text)
            }
            if limit < .now { throw DrillFault.noAnswer(seconds: 120, log: text) }
        }
        return try body(drill, room)
    }
}
