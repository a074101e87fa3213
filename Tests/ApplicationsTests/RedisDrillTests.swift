import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct RedisDrillTests {
    /// Runs `body` with a server and the record and copy of a recovery point with 100 keys, half of them in the AOF's base.
    private func withPoint(
        _ lines: [String], _ body: (RedisStage, ApplicationRecord, _ copy: String) throws -> Void
    ) throws {
        try RedisStage.with(lines) { stage in
            try stage.fill(50)
            if lines.contains("appendonly yes") {
                try stage.ask("BGREWRITEAOF")
                try expect(Wait.until { try stage.information("aof_rewrites") == "1" }, is: true)
                try expect(Wait.until { try stage.information("aof_rewrite_in_progress") == "0" }, is: true)
            }
            for number in 50..<100 { try stage.ask("SET", "key\(number)", "value") }
            let settings = stage.settings()
            let (record, copy) = try Work.with(settings) { work in
                let survey = try work.hold()
                let copy = try stage.copy("copy")
                return (Work.record(settings, survey, try work.session.release(work.steps)).moved(to: copy), copy)
            }
            try body(stage, record, copy)
        }
    }

    private func drill(_ record: ApplicationRecord, _ stage: RedisStage, query: String? = nil) throws -> DrillFault? {
        try drillFault { try DrillRun.run(record, as: "redis", in: stage.sandbox, query: query) }
    }

    @Test(arguments: RedisSessionTests.everyWay) func answersQueries(_ lines: [String]) throws {
        try withPoint(lines) { stage, record, _ in
            for (query, answer) in [
                ("GET key50", "value"), ("DBSIZE", "100"), ("EXISTS nothing", "0"), ("GET nothing", ""),
                ("MGET key51 \"key52\" 'key53'", "value\nvalue\nvalue"),
            ] {
                let results = try DrillRun.run(record, as: "redis", in: stage.sandbox, query: query)
                #expect(results["query"] == answer)
            }
            try expect(drill(record, stage, query: "NOSUCH") != nil, is: true)
            try expect(drill(record, stage, query: "GET \"open"), is: .probeFailed(detail: "GET \"open"))
            try DrillRun.withServer(record, as: "redis", in: stage.sandbox) { drill, room in
                try expect(drill.ask("SET \"two words\" \"a \\\"b\\\"\"", in: room), is: "OK")
                try expect(drill.ask("GET 'two words'", in: room), is: "a \"b\"")
            }
        }
    }

    @Test func failsForAFlippedByte() throws {
        try withPoint(["appendonly no"]) { stage, record, copy in
            try flip("\(copy)/dump.rdb", at: 1_000)
            try expect(drill(record, stage) != nil, is: true)
            try flip("\(copy)/dump.rdb", at: 1_000)
            try expect(drill(record, stage), is: nil)
        }
        try withPoint(["appendonly yes"]) { stage, record, copy in
            let base = "\(copy)/appendonlydir/appendonly.aof.2.base.rdb"
            try flip(base, at: 1_000)
            try expect(drill(record, stage) != nil, is: true)
            try flip(base, at: 1_000)
            let log = "\(copy)/appendonlydir/appendonly.aof.2.incr.aof"
            // "*2\r\n$6\r\nSELECT": the kind of what follows.
            try flip(log, at: 4)
            try expect(drill(record, stage) != nil, is: true)
            try flip(log, at: 4)
            try expect(drill(record, stage), is: nil)
        }
    }

    /// A Redis at rest leaves whole commands. From one at work a torn one may come, and it would start from that.
    @Test func acceptsATornEndOnlyOfARedisAtWork() throws {
        try withPoint(["appendonly yes"]) { stage, record, copy in
            let log = "\(copy)/appendonlydir/appendonly.aof.2.incr.aof"
            let text = try #require(Files.text(log))
            try Sandbox.write(log, String(text.dropLast(3)), mode: 0o666)
            try expect(drill(record, stage) != nil, is: true)
            var atWork = record
            atWork.wasHeld = false
            atWork.facts["lasting keys"] = nil
            var strict = atWork
            strict.facts["aof-load-truncated"] = "no"
            try expect(drill(strict, stage) != nil, is: true)
            let results = try DrillRun.run(atWork, as: "redis", in: stage.sandbox, query: "DBSIZE")
            #expect(results["query"] == "99")
        }
    }

    @Test func failsWithoutItsFile() throws {
        try withPoint(["appendonly no"]) { stage, record, copy in
            unlink("\(copy)/dump.rdb")
            try expect(drill(record, stage), is: .dataMissing(path: "\(copy)/dump.rdb"))
        }
        try withPoint(["appendonly yes"]) { stage, record, copy in
            unlink("\(copy)/appendonlydir/appendonly.aof.manifest")
            try expect(drill(record, stage), is: .dataMissing(path: "\(copy)/appendonlydir/appendonly.aof.manifest"))
        }
    }

    /// An older dump in the place of the right one is whole by itself.
    @Test func failsForAnOlderFile() throws {
        try withPoint(["appendonly no"]) { stage, record, copy in
            try stage.ask("DEL", "key99")
            try stage.ask("SAVE")
            try Shell.run("cp", "-a", "\(stage.folder)/dump.rdb", "\(copy)/dump.rdb")
            let fault = try drill(record, stage)
            let output = "keys without expiry: db0=99; at the backup: db0=100"
            #expect(fault == .checkFailed(check: "INFO keyspace", output: output))
        }
    }

    /// Keys that a clock removes may be gone by the time of the drill.
    @Test func takesNoNoteOfKeysThatExpire() throws {
        try RedisStage.with(["appendonly no"]) { stage in
            try stage.fill(5)
            try stage.ask("SET", "short", "lived", "PX", "1500")
            let settings = stage.settings()
            let record = try Work.with(settings) { work in
                let survey = try work.hold()
                let copy = try stage.copy("copy")
                return Work.record(settings, survey, try work.session.release(work.steps)).moved(to: copy)
            }
            #expect(record.facts["lasting keys"] == "db0=5")
            try expect(Wait.until { try stage.ask("GET", "short").isEmpty }, is: true)
            let results = try DrillRun.run(record, as: "redis", in: stage.sandbox, query: "DBSIZE")
            #expect(results["query"] == "5")
        }
    }

    /// With the adapter off: the list of one instant, and the files of a later one.
    @Test func failsForACopyOfTwoInstants() throws {
        try RedisStage.with(["appendonly yes"]) { stage in
            try stage.fill(50)
            let settings = stage.settings()
            let survey = try Work.with(settings) { try $0.session.survey() }
            let list = "appendonlydir/appendonly.aof.manifest"
            try Shell.run("cp", "-a", "\(stage.folder)/\(list)", stage.sandbox.path("list"))
            try stage.ask("BGREWRITEAOF")
            try expect(Wait.until { try stage.information("aof_rewrites") == "1" }, is: true)
            let first = "\(stage.folder)/appendonlydir/appendonly.aof.1.incr.aof"
            expect(Wait.until { !Files.exists(first) }, is: true)
            let copy = try stage.copy("copy")
            try Shell.run("cp", "-a", stage.sandbox.path("list"), "\(copy)/\(list)")
            let record = Work.record(settings, survey).moved(to: copy)
            guard case .ended? = try drill(record, stage) else { throw FixtureError("it starts") }
        }
    }

    /// Another server takes the drill's place.
    @Test func tellsAServerThatItDidNotStart() throws {
        try withPoint(["appendonly no"]) { stage, record, _ in
            try DrillRun.withServer(record, as: "redis", in: stage.sandbox) { drill, room in
                try expect(drill.process(in: room), is: room.serverPID)
                unlink("\(room.folder)/redis.sock")
                #expect(symlink(stage.socket, "\(room.folder)/redis.sock") == 0)
                #expect(drill.answers(in: room))
                try expect(drill.process(in: room), is: stage.pid)
            }
        }
    }
}
