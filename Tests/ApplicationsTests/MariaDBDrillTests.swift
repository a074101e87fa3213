import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct MariaDBDrillTests {
    // MARK: What a drill needs

    /// Takes a copy of the data while the server is held, and what the recovery point says of it.
    private func copy(_ stage: MariaDBStage, to folder: String, whileHeld body: () throws -> Void = {}) throws
        -> ApplicationRecord
    {
        let settings = try stage.settings()
        var record = ApplicationRecord(settings)
        try Work.with(settings) { work in
            let survey = try work.hold()
            try body()
            _ = try stage.standingStill { try Shell.run("cp", "-a", stage.data, folder) }
            let release = try work.session.release(work.steps)
            record.folders = survey.folders
            record.facts = survey.facts.merging(release.facts) { $1 }
            record.wasHeld = true
        }
        return record
    }

    /// Ends the server and puts the copy in the place of its data, as a restore does.
    private func restore(_ folder: String, _ stage: MariaDBStage) throws {
        stage.stop()
        try Shell.run("rm", "-rf", stage.data)
        try Shell.run("mv", folder, stage.data)
    }

    /// Runs `body` while the drill's server answers.
    private func withServer<Value>(
        _ record: ApplicationRecord, _ sandbox: Sandbox, _ body: (any ApplicationDrill, DrillRoom) throws -> Value
    ) throws -> Value {
        guard let kind = Applications.kind(record.type) else { throw FixtureError(record.type) }
        let drill = kind.drill(record)
        let folder = sandbox.path("room")
        let (uid, gid) = try MariaDBStage.identity()
        try Files.makeFolder(folder)
        chown(folder, uid, gid)
        let empty = DrillRoom(record: record, folder: folder, user: uid, group: gid)
        guard let server = try drill.server(in: empty) else { throw FixtureError("no server") }
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, process) = try ChildProcess.spawn(
            empty.asUser(server.program, server.arguments), output: sink, errors: sink)
        defer {
            kill(pid, server.stopSignal)
            if !Wait.forEnd(of: process, seconds: 20) { kill(pid, SIGKILL) }
            ChildProcess.wait(for: pid)
        }
        let room = DrillRoom(record: record, folder: folder, user: uid, group: gid, serverPID: pid)
        while !drill.answers(in: room) {
            if Wait.forEnd(of: process, seconds: 0.05) {
                throw DrillFault.ended(program: server.program, how: "", log: Files.text(server.log ?? "") ?? "")
            }
        }
        return try body(drill, room)
    }

    /// The whole drill.
    /// - Returns: what the query answers.
    private func drill(_ record: ApplicationRecord, _ sandbox: Sandbox, _ query: String = "SELECT 1") throws -> String {
        try withServer(record, sandbox) { drill, room in
            let process = try drill.process(in: room)
            #expect(process == room.serverPID)
            for check in drill.checks { _ = try check.run(room) }
            return try drill.ask(query, in: room)
        }
    }

    private func failure(_ body: () throws -> Void) throws -> DrillFault? {
        do {
            try body()
            return nil
        } catch let fault as DrillFault {
            return fault
        }
    }

    // MARK: Whole data

    /// With the lazy settings, commits that were acknowledged are for up to a second in no file.
    @Test(arguments: [
        [], ["innodb_flush_log_at_trx_commit=0", "sync_binlog=0"], ["innodb_page_size=8k", "skip-log-bin"],
    ])
    func aCopyUnderLoadHoldsEveryAcknowledgedCommitAndNoOther(settings: [String]) throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(settings, in: sandbox) { stage in
                var count = 0
                let record = try MariaDBWriter.with(stage) { writer in
                    guard writer.passes(500) else { throw FixtureError("the writer is slow") }
                    return try copy(stage, to: sandbox.path("copy")) { count = try writer.countAtRest() }
                }
                try restore(sandbox.path("copy"), stage)
                let answer = try drill(record, sandbox, "SELECT COUNT(*), MIN(id), MAX(id) FROM shop.orders")
                #expect(answer == "\(count)|1|\(count)")
            }
        }
    }

    @Test func tablesOfOtherEnginesAreWhole() throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                try stage.ask(
                    """
                    CREATE TABLE shop.m (a INT, KEY (a)) ENGINE=MyISAM; CREATE TABLE shop.a (a INT, KEY (a)) ENGINE=Aria;
                    INSERT INTO shop.m VALUES (1), (2); INSERT INTO shop.a SELECT * FROM shop.m;
                    CREATE VIEW shop.v AS SELECT * FROM shop.m; CREATE SEQUENCE shop.s
                    """)
                // Somebody has them open: they must be closed properly in the copy all the same.
                let record = try stage.whileRunning("SELECT SLEEP(60) FROM shop.m, shop.a") {
                    try stage.ask("INSERT INTO shop.m VALUES (3); INSERT INTO shop.a VALUES (3)")
                    try stage.ask("CREATE SEQUENCE shop.late; SELECT NEXTVAL(shop.late)")
                    return try copy(stage, to: sandbox.path("copy"))
                }
                try restore(sandbox.path("copy"), stage)
                #expect(try drill(record, sandbox, "SELECT COUNT(*), SUM(v.a * a.a) FROM shop.v, shop.a") == "9|36")
            }
        }
    }

    // MARK: Damaged data

    /// In the middle of a table's own tree, and in a long value beside it.
    @Test(arguments: ["Alhaurin", "Benalmadena"])
    func oneFlippedByteFailsTheDrill(at word: String) throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                try stage.ask(
                    """
                    CREATE TABLE shop.t (a INT PRIMARY KEY, b VARCHAR(40), c LONGTEXT);
                    INSERT INTO shop.t VALUES (1, 'Alhaurin', REPEAT('Benalmadena', 20000))
                    """)
                var record = try copy(stage, to: sandbox.path("copy"))
                // Its own data in good order, later than the copy.
                record.wasHeld = false
                stage.stop()
                #expect(try drill(record, sandbox, "SELECT b FROM shop.t") == "Alhaurin")
                try Shell.run("rm", "-rf", sandbox.path("room"))
                try flip("\(stage.data)/shop/t.ibd", at: word)
                let fault = try failure { _ = try drill(record, sandbox) }
                guard case .checkFailed = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
            }
        }
    }

    private func flip(_ path: String, at word: String) throws {
        let file = try Descriptor.open(path, O_RDWR)
        let bytes = try file.readAll(limit: 64 << 20)
        let wanted = Array(word.utf8)
        let last = (0..<bytes.count - wanted.count).last { start in
            bytes[start] == wanted[0] && Array(bytes[start..<start + wanted.count]) == wanted
        }
        guard let offset = last else { throw FixtureError("\(word) is not in \(path)") }
        var byte = bytes[offset] ^ 0x20
        guard pwrite(file.number, &byte, 1, off_t(offset)) == 1 else { throw FixtureError("pwrite \(path)") }
    }

    @Test func filesOfTwoInstantsFailTheDrill() throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                let survey = try Work.with(try stage.settings()) { try $0.session.survey() }
                var record = ApplicationRecord(try stage.settings())
                record.folders = survey.folders
                record.facts = survey.facts
                // Tables that have been there for a while: InnoDB does not make them anew from its log.
                try stage.ask(
                    """
                    CREATE TABLE shop.t (a INT PRIMARY KEY, b VARCHAR(200), KEY (b));
                    INSERT INTO shop.t SELECT seq, REPEAT(MD5(seq), 6) FROM shop.seq_1_to_2000
                    """)
                stage.stop()
                try stage.start()
                // Nobody holds it: first the logs, and the tables when more has been written.
                try Shell.run("cp", "-a", stage.data, sandbox.path("copy"))
                try stage.ask("UPDATE shop.t SET b = REVERSE(b); FLUSH TABLES shop.t FOR EXPORT")
                try Shell.run("cp", "-a", "\(stage.data)/shop", sandbox.path("copy"))
                try restore(sandbox.path("copy"), stage)
                let fault = try failure { _ = try drill(record, sandbox) }
                #expect(fault != nil)
            }
        }
    }

    @Test func aBinaryLogOfAnotherMomentFailsTheDrill() throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                var record = try copy(stage, to: sandbox.path("copy"))
                try restore(sandbox.path("copy"), stage)
                record.facts["binlogPosition"] = "4"
                let fault = try failure { _ = try drill(record, sandbox) }
                guard case .checkFailed(_, let output) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(output.contains("4 recorded"))
            }
        }
    }

    @Test func missingDataIsNamed() throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                let record = try copy(stage, to: sandbox.path("copy"))
                stage.stop()
                try Shell.run("rm", "-rf", stage.data)
                let fault = try failure { _ = try drill(record, sandbox) }
                #expect(fault == .dataMissing(path: stage.data))
            }
        }
    }

    // MARK: Somebody else's server

    @Test func anotherServerOnTheSocketIsToldApart() throws {
        try Sandbox.with { sandbox in
            try MariaDBStage.with(in: sandbox) { stage in
                let record = try copy(stage, to: sandbox.path("copy"))
                try restore(sandbox.path("copy"), stage)
                try withServer(record, sandbox) { drill, room in
                    let other = DrillRoom(
                        record: record, folder: room.folder, user: room.user, group: room.group, serverPID: 1)
                    #expect(drill.answers(in: other))
                    let process = try drill.process(in: other)
                    #expect(process == room.serverPID)
                    #expect(process != other.serverPID)
                }
            }
        }
    }
}
