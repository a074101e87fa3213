import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// Carries a drill out step by step, with a real server but without the namespaces around it.
enum DrillRun {
    /// - Returns: what each check said, and the answer to `query` under `query`.
    @discardableResult
    static func run(_ record: ApplicationRecord, as user: String, in sandbox: Sandbox, query: String? = nil) throws
        -> [String: String]
    {
        try withServer(record, as: user, in: sandbox) { drill, room in
            guard try drill.process(in: room) ?? 0 == room.serverPID else {
                throw DrillFault.notOurs(pid: room.serverPID)
            }
            var results: [String: String] = [:]
            for check in drill.checks { results[check.name] = try check.run(room) }
            if let query { results["query"] = try drill.ask(query, in: room) }
            return results
        }
    }

    /// Runs `body` while the drill's server answers, if it has one.
    static func withServer<Value>(
        _ record: ApplicationRecord, as user: String, in sandbox: Sandbox,
        _ body: (any ApplicationDrill, DrillRoom) throws -> Value
    ) throws -> Value {
        guard let kind = Applications.kind(record.type) else { throw FixtureError(record.type) }
        let drill = kind.drill(record)
        let folder = sandbox.path("room-\(UInt16.random(in: 0...UInt16.max))")
        let (uid, gid) = try identity(of: user)
        try Files.makeFolder(folder)
        chown(folder, uid, gid)
        let empty = DrillRoom(record: record, folder: folder, user: uid, group: gid)
        guard let server = try drill.server(in: empty) else { return try body(drill, empty) }
        let log = "\(folder)/out"
        let sink = try Descriptor.open(log, O_WRONLY | O_CREAT)
        let (pid, process) = try ChildProcess.spawn(
            empty.asUser(server.program, server.arguments, server.environment), output: sink, errors: sink)
        defer {
            kill(pid, server.stopSignal)
            if !Wait.forEnd(of: process, seconds: 30) { kill(pid, SIGKILL) }
            ChildProcess.wait(for: pid)
        }
        let room = DrillRoom(record: record, folder: folder, user: uid, group: gid, serverPID: pid)
        while !drill.answers(in: room) {
            if Wait.forEnd(of: process, seconds: 0.05) {
                let text = [log, "\(folder)/redis.log"].compactMap { Files.text($0) }.joined()
                throw DrillFault.ended(program: server.program, how: "", log: text)
            }
        }
        return try body(drill, room)
    }

    static func identity(of user: String) throws -> (uid: uid_t, gid: gid_t) {
        guard let entry = getpwnam(user) else { throw FixtureError("there is no user \(user)") }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }
}

/// Flips a bit; done twice, the file is as before.
func flip(_ path: String, at offset: Int) throws {
    let file = try Descriptor.open(path, O_RDWR)
    var byte: UInt8 = 0
    #expect(pread(file.number, &byte, 1, off_t(offset)) == 1)
    byte ^= 0x10
    #expect(pwrite(file.number, &byte, 1, off_t(offset)) == 1)
}
