import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct RedisSessionTests {
    static let aof = ["appendonly yes"]
    static let everyWay: [[String]] = [
        ["appendonly no"], ["appendonly yes"], ["appendonly yes", "appendfsync always"],
        ["appendonly yes", "appendfsync no"],
    ]

    @Test func tellsWhatIsWhere() throws {
        try RedisStage.with(Self.aof + ["databases 5", "dbfilename other.rdb"]) { stage in
            try Work.with(stage.settings()) { work in
                let survey = try work.session.survey()
                #expect(survey.folders == [stage.folder])
                #expect(survey.version.split(separator: ".").count == 3)
                #expect(survey.facts["databases"] == "5" && survey.facts["dbfilename"] == "other.rdb")
                #expect(survey.facts["appendonly"] == "yes" && survey.facts["appenddirname"] == "appendonlydir")
                #expect(survey.facts["role"] == "master")
                #expect(survey.facts["program"] == RedisStage.server)
            }
        }
    }

    @Test(arguments: everyWay) func holdsWritersUntilItLetsThemGo(_ lines: [String]) throws {
        try RedisStage.with(lines) { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings()) { work in
                    _ = try work.session.survey()
                    try work.session.prepare(work.steps)
                    let before = writer.count
                    expect(writer.passes(before), is: true)
                    try work.session.quiesce(work.steps)
                    let held = try writer.countAtRest()
                    #expect(held > before)
                    _ = try work.session.release(work.steps)
                    expect(writer.passes(held), is: true)
                }
                expect(writer.passes(writer.count), is: true)
            }
        }
    }

    /// What was acknowledged is in the files, and nothing else.
    @Test(arguments: everyWay) func filesHoldWhatWasAcknowledged(_ lines: [String]) throws {
        try RedisStage.with(lines) { stage in
            try stage.withWriter { writer in
                for round in 1...3 {
                    let settings = stage.settings()
                    let (record, held, atLeast) = try Work.with(settings) { work in
                        let survey = try work.hold()
                        let atLeast = writer.count
                        let copy = try stage.copy("round\(round)")
                        let held = try writer.countAtRest()
                        let release = try work.session.release(work.steps)
                        return (Work.record(settings, survey, release).moved(to: copy), held, atLeast)
                    }
                    #expect(held >= atLeast)
                    #expect(record.facts["lasting keys"] == "db0=\(held)")
                    let results = try DrillRun.run(record, as: "redis", in: stage.sandbox, query: "DBSIZE")
                    #expect(results["query"] == "\(held)")
                    #expect(results.count == 3)
                    expect(writer.passes(held), is: true)
                }
            }
        }
    }

    /// While an fsync takes long, Redis acknowledges writes that it has not written yet.
    @Test func filesHoldWhatRedisKeptBack() throws {
        try RedisStage.with(Self.aof + ["auto-aof-rewrite-percentage 0"]) { stage in
            let load =
                "while :; do dd if=/dev/zero of=\(stage.sandbox.path("big")) bs=1M count=300 conv=fdatasync; done"
            let clients = [
                "-s", stage.socket, "-n", "100000000", "-r", "1000000", "-d", "4000", "-t", "set", "-c", "20",
            ]
            try Background.with("sh", ["-c", load]) {
                try Background.with("redis-benchmark", clients) {
                    let keepsBack = try Wait.until(seconds: 120) {
                        try Int(stage.information("aof_buffer_length")) ?? 0 > 1_000_000
                    }
                    #expect(keepsBack)
                    let settings = stage.settings()
                    let record = try Work.with(settings) { work in
                        let survey = try work.hold()
                        let size = try stage.appendedBytes
                        let copy = try stage.copy("copy")
                        // A copy takes its time: nothing may have been added in the meantime.
                        try expect(stage.appendedBytes, is: size)
                        return Work.record(settings, survey, try work.session.release(work.steps)).moved(to: copy)
                    }
                    let results = try DrillRun.run(record, as: "redis", in: stage.sandbox, query: "DBSIZE")
                    #expect(record.facts["lasting keys"] == results["query"].map { "db0=\($0)" })
                }
            }
        }
    }

    @Test(arguments: everyWay) func writersGoOnWhenTheHolderIsKilled(_ lines: [String]) throws {
        try RedisStage.with(lines) { stage in
            try stage.withWriter { writer in
                for stageName in ["surveyed", "prepared", "quiesced"] {
                    let settings = stage.settings(deadline: 6)
                    let count = try Holder.with(settings, in: stage.sandbox, stage: stageName) { holder in
                        holder.kill()
                        return writer.count
                    }
                    expect(writer.passes(count), is: true)
                }
            }
        }
    }

    @Test func waitsForASaveOrRewriteThatRuns() throws {
        let lines = Self.aof + ["auto-aof-rewrite-percentage 0"]
        try RedisStage.with(lines) { stage in
            // It takes four seconds, so that it is seen at work.
            try stage.fill(1_000)
            try stage.ask("CONFIG", "SET", "rdb-key-save-delay", "4000")
            for (command, field) in [
                ("BGREWRITEAOF", "aof_rewrite_in_progress"), ("BGSAVE", "rdb_bgsave_in_progress"),
            ] {
                try stage.ask(command)
                try expect(stage.information(field), is: "1")
                try Work.with(stage.settings()) { work in
                    _ = try work.session.survey()
                    try work.session.prepare(work.steps)
                    try expect(stage.information(field), is: "0")
                }
            }
        }
    }

    /// A rewrite that begins while Redis is held changes files, and takes nothing away.
    @Test func outlivesARewriteThatBeginsMeanwhile() throws {
        try RedisStage.with(Self.aof) { stage in
            try stage.fill(500)
            let settings = stage.settings()
            let record = try Work.with(settings) { work in
                let survey = try work.hold()
                try stage.ask("BGREWRITEAOF")
                // A copy that takes its time would miss files that come and go.
                let hasEnded = try Wait.until { try stage.information("aof_rewrites") == "1" }
                #expect(hasEnded)
                let copy = try stage.copy("copy")
                return Work.record(settings, survey, try work.session.release(work.steps)).moved(to: copy)
            }
            let results = try DrillRun.run(record, as: "redis", in: stage.sandbox, query: "DBSIZE")
            #expect(results["query"] == "500")
        }
    }

    @Test func letsGoWhenASaveTakesLongerThanTheDeadline() throws {
        try RedisStage.with { stage in
            try stage.fill(1_000)
            try stage.ask("CONFIG", "SET", "rdb-key-save-delay", "10000")
            try stage.withWriter { writer in
                try Work.with(stage.settings(deadline: 1)) { work in
                    try expect(applicationFault { try work.hold() }, is: .deadlineExceeded(seconds: 1))
                }
                expect(writer.passes(writer.count), is: true)
            }
        }
    }

    @Test func stopsNobodyForASaveThatIsKnownToTakeTooLong() throws {
        try RedisStage.with { stage in
            try stage.fill(150)
            try stage.ask("CONFIG", "SET", "rdb-key-save-delay", "10000")
            try stage.ask("BGSAVE")
            try expect(Wait.until { try stage.information("rdb_bgsave_in_progress") == "0" }, is: true)
            let seconds = try stage.information("rdb_last_bgsave_time_sec")
            try Work.with(stage.settings(deadline: 1)) { work in
                try expect(applicationFault { try work.hold() }, is: .busy(detail: "BGSAVE: \(seconds) s"))
                #expect(!work.steps.actions.contains("CLIENT PAUSE WRITE"))
            }
        }
    }

    /// A save that cannot be written, here for want of the right to write there.
    @Test func saysWhenASaveFails() throws {
        try RedisStage.with { stage in
            try stage.fill(1)
            chown(stage.folder, 0, 0)
            try Work.with(stage.settings()) { work in
                try expect(
                    applicationFault { try work.hold() }, is: .quiesceFailed(detail: "rdb_last_bgsave_status:err"))
            }
            try expect(stage.ask("CONFIG", "SET", "stop-writes-on-bgsave-error", "no"), is: "OK")
            try stage.fill(1)
        }
    }

    @Test func anInterruptionLetsGo() throws {
        try RedisStage.with(Self.aof) { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings(deadline: 600)) { work in
                    try work.hold()
                    let held = try writer.countAtRest()
                    work.session.interrupt()
                    expect(writer.passes(held), is: true)
                    let lost = try applicationFault { _ = try work.session.release(work.steps) }
                    guard case .sessionLost? = lost else { throw FixtureError("\(String(describing: lost))") }
                }
            }
        }
    }

    @Test func closingLetsGo() throws {
        try RedisStage.with(Self.aof) { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings(deadline: 600)) { _ = try $0.hold() }
                expect(writer.passes(writer.count), is: true)
            }
        }
    }

    @Test func noticesThatSomebodyElseLetWritersGo() throws {
        try RedisStage.with(Self.aof) { stage in
            try Work.with(stage.settings()) { work in
                try work.hold()
                try stage.ask("CLIENT", "UNPAUSE")
                try stage.ask("SET", "a", "b")
                let lost = try applicationFault { _ = try work.session.release(work.steps) }
                #expect(lost == .sessionLost(detail: "rdb_changes_since_last_save: 0, 1"))
            }
        }
    }

    @Test func noticesThatThePauseIsOver() throws {
        try RedisStage.with(Self.aof) { stage in
            try Work.with(stage.settings(deadline: 4)) { work in
                try work.hold()
                try stage.ask("SET", "a", "b")
                let lost = try applicationFault { _ = try work.session.release(work.steps) }
                guard case .sessionLost? = lost else { throw FixtureError("\(String(describing: lost))") }
            }
        }
    }

    @Test func noticesThatTheServerDied() throws {
        try RedisStage.with(Self.aof) { stage in
            try Work.with(stage.settings()) { work in
                try work.hold()
                stage.kill()
                let lost = try applicationFault { _ = try work.session.release(work.steps) }
                guard case .sessionLost? = lost else { throw FixtureError("\(String(describing: lost))") }
            }
        }
    }

    /// A replica applies nothing of what its master sends while it is held.
    @Test func holdsAReplica() throws {
        try Sandbox.with { sandbox in
            let port = try LoopbackPort.free()
            try RedisStage.with(["port \(port)", "bind 127.0.0.1"], "master", in: sandbox) { master in
                try RedisStage.with(Self.aof + ["replicaof 127.0.0.1 \(port)"], "replica", in: sandbox) { replica in
                    try expect(Wait.until { try replica.information("master_link_status") == "up" }, is: true)
                    try master.withWriter { writer in
                        try expect(Wait.until { try replica.ask("DBSIZE") != "0" }, is: true)
                        let settings = replica.settings()
                        let (record, size) = try Work.with(settings) { work in
                            let survey = try work.hold()
                            let size = try replica.ask("DBSIZE")
                            let copy = try replica.copy("copy")
                            expect(writer.passes(writer.count + 100), is: true)
                            try expect(replica.ask("DBSIZE"), is: size)
                            let release = try work.session.release(work.steps)
                            return (Work.record(settings, survey, release).moved(to: copy), size)
                        }
                        #expect(record.facts["role"] == "slave")
                        let results = try DrillRun.run(record, as: "redis", in: sandbox, query: "DBSIZE")
                        #expect(results["query"] == size)
                        try expect(Wait.until { try replica.ask("DBSIZE") != size }, is: true)
                    }
                }
            }
        }
    }
}
