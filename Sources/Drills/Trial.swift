internal import Applications
internal import Glibc
internal import Linux
internal import Messages

/// The trial of one application, inside the room: the first thing that goes wrong ends it and is named.
struct Trial {
    /// Where the application finds an empty folder: on the room's own `/run`, because a socket's path must be short.
    private static let folder = "/run/remanso-drill"
    /// Milliseconds between two questions whether it answers.
    private static let pace: UInt32 = 20

    private let job: RoomJob
    private let drill: any ApplicationDrill
    private let say: @Sendable (RoomEvent) -> Void
    private var result: DrillEvidence.Application

    init(_ job: RoomJob, _ drill: any ApplicationDrill, say: @escaping @Sendable (RoomEvent) -> Void) {
        self.job = job
        self.drill = drill
        self.say = say
        result = DrillEvidence.Application(name: job.record.name, type: job.record.type)
        result.version = job.record.version
        let own = Namespaces.own
        result.namespaces = Namespaces.kinds.filter { own[$0] != nil && own[$0] != job.outside[$0] }
    }

    mutating func run() -> DrillEvidence.Application {
        do throws(DrillFault) {
            let room = try furnish()
            if let server = try drill.server(in: room) {
                try run(server, room)
            } else {
                try check(room)
                try probe(room)
            }
            result.outcome = .proven
        } catch {
            result.fault = error
            result.outcome = error.isOfThisMachine ? .impossible : .failed
            if result.log.isEmpty { result.log = error.log }
        }
        return result
    }

    // MARK: The room

    /// Proves that the data is there, puts the files beside it, and makes the empty folder.
    private mutating func furnish() throws(DrillFault) -> DrillRoom {
        for path in job.record.folders where !Files.exists(path) { throw .dataMissing(path: path) }
        var owner = stat()
        if let path = job.record.folders.first, stat(path, &owner) != 0 { throw .dataMissing(path: path) }
        (result.user, result.group) = (owner.st_uid, owner.st_gid)
        do throws(SystemError) {
            for file in job.files { try put(file, owner) }
            try Files.makeFolder(Self.folder)
            try Linux.check("chown", Self.folder) { chown(Self.folder, owner.st_uid, owner.st_gid) }
        } catch {
            throw .impossible(detail: error.description)
        }
        return DrillRoom(record: job.record, folder: Self.folder, user: owner.st_uid, group: owner.st_gid)
    }

    private func put(_ file: ApplicationRecord.File, _ owner: stat) throws(SystemError) {
        try Files.replace(file.path, with: file.content, isDurable: false)
        try Linux.check("chown", file.path) { chown(file.path, owner.st_uid, owner.st_gid) }
    }

    // MARK: An application with a server

    private mutating func run(_ server: DrillServer, _ room: DrillRoom) throws(DrillFault) {
        (result.program, result.arguments) = (server.program, server.arguments)
        guard access(server.program, X_OK) == 0 else { throw .programMissing(program: server.program) }
        say(.step(.starting(application: result.name, program: server.program)))
        let running = try ServerRun(server, in: room)
        result.process = running.pid
        var room = room
        room = DrillRoom(
            record: room.record, folder: room.folder, user: room.user, group: room.group, serverPID: running.pid)
        do throws(DrillFault) {
            try waitUntilItAnswers(running, room)
            let process = try drill.process(in: room)
            guard process == running.pid else { throw .notOurs(pid: process ?? 0) }
            try check(room, running)
            try probe(room, running)
        } catch {
            result.log = running.stop().log
            throw error
        }
        result.log = running.stop().log
    }

    private mutating func waitUntilItAnswers(_ running: ServerRun, _ room: DrillRoom) throws(DrillFault) {
        let seconds = job.record.settings.drill.timeoutSeconds
        let limit = running.started.advanced(bySeconds: seconds)
        while true {
            try proveAlive(running)
            if drill.answers(in: room) {
                let time = Instant.now.milliseconds(since: running.started)
                // What has answered may have ended since: then it was another.
                try proveAlive(running)
                result.answeredMs = time
                say(.step(.answered(application: result.name, milliseconds: time)))
                return
            }
            if limit < Instant.now { throw .noAnswer(seconds: seconds, log: running.stop().log) }
            usleep(Self.pace * 1000)
        }
    }

    private func proveAlive(_ running: ServerRun) throws(DrillFault) {
        if let signal = Interruption.signal { throw .impossible(detail: "signal \(signal)") }
        guard let ending = running.ending else { return }
        throw .ended(program: running.program, how: ending.how, log: ending.log)
    }

    // MARK: Checks and the probe

    private mutating func check(_ room: DrillRoom, _ running: ServerRun? = nil) throws(DrillFault) {
        for check in drill.checks {
            say(.step(.checking(application: result.name, check: check.name)))
            let start = Instant.now
            do throws(DrillFault) {
                let output = try check.run(room)
                let time = Instant.now.milliseconds(since: start)
                result.checks.append(.init(name: check.name, output: output, durationMs: time, outcome: .proven))
            } catch {
                let time = Instant.now.milliseconds(since: start)
                let outcome: DrillEvidence.Outcome = error.isOfThisMachine ? .impossible : .failed
                result.checks.append(.init(name: check.name, output: error.log, durationMs: time, outcome: outcome))
                throw error
            }
            if let running { try proveAlive(running) }
        }
    }

    private mutating func probe(_ room: DrillRoom, _ running: ServerRun? = nil) throws(DrillFault) {
        let wanted = job.record.settings.drill
        guard let asked = wanted.query ?? wanted.script else { return }
        say(.step(.probing(application: result.name)))
        var probe = DrillEvidence.Probe(asked: asked)
        probe.expected = wanted.expect
        let start = Instant.now
        defer {
            probe.durationMs = Instant.now.milliseconds(since: start)
            result.probe = probe
        }
        if let query = wanted.query {
            probe.found = try drill.ask(query, in: room).trimmed
        } else {
            probe.found = try ProbeScript(asked, seconds: wanted.timeoutSeconds).run(in: room, job.recoveryPoint)
                .trimmed
        }
        if let expected = wanted.expect, expected.trimmed != probe.found {
            throw .probeDiffers(expected: expected.trimmed, found: probe.found)
        }
        if let running { try proveAlive(running) }
        probe.outcome = .proven
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        var text = self[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        return String(text)
    }
}
