import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct PostgreSQLSessionTests {
    @Test func aCheckpointIsDoneBeforeTheRest() throws {
        try PostgreSQLStage.with { stage in
            try stage.sql("create table t as select generate_series(1, 1000) as n")
            let before = try stage.sql("select checkpoint_lsn from pg_control_checkpoint()")
            try PostgreSQLWork.with(stage.settings()) { work in
                let (record, files) = try work.hold { try stage.sql("insert into t values (0)") }
                #expect(work.actions == ["CHECKPOINT", "XLogFlush", "pg_postmaster_start_time"])
                #expect(files.isEmpty)
                #expect(record.folders == [stage.data])
            }
            let after = try stage.sql("select checkpoint_lsn from pg_control_checkpoint()")
            #expect(before != after)
        }
    }

    @Test func aServerThatWasStartedAnewIsNoticed() throws {
        try PostgreSQLStage.with { stage in
            try PostgreSQLWork.with(stage.settings()) { work in
                let fault = try PostgreSQLWork.fault {
                    _ = try work.hold {
                        stage.stop(SIGINT)
                        try stage.start()
                    }
                }
                guard case .sessionLost = fault else { throw FixtureError("\(String(describing: fault))") }
            }
        }
    }

    @Test(arguments: ["checkpoint", "backup"])
    func aSessionThatStandsStillIsEndedByTheServer(mode: String) throws {
        try PostgreSQLStage.with { stage in
            var settings = stage.settings(["mode": .text(mode)])
            settings.deadlineSeconds = 4
            try PostgreSQLWork.with(settings) { work in
                let fault = try PostgreSQLWork.fault {
                    _ = try work.hold { try Self.waitForNoSession(of: stage) }
                }
                #expect(fault == .deadlineExceeded(seconds: 4))
            }
            try Self.expectNothingIsHeld(stage)
        }
    }

    /// The checkpointer is stopped, so the checkpoint would last for ever.
    @Test(arguments: ["checkpoint", "backup"])
    func aCallThatHangsIsInterrupted(mode: String) throws {
        try PostgreSQLStage.with { stage in
            try PostgreSQLWork.with(stage.settings(["mode": .text(mode)])) { work in
                _ = try work.session.survey()
                let checkpointer = try #require(
                    pid_t(try stage.sql("select pid from pg_stat_activity where backend_type = 'checkpointer'")))
                Standstill.begin(checkpointer)
                defer { Standstill.end(checkpointer) }
                nonisolated(unsafe) let session = work.session
                let thread = Thread {
                    // By then the statement waits for the checkpointer.
                    _ = Wait.until { (try? Self.waits(stage)) ?? false }
                    session.interrupt()
                }
                let fault = try PostgreSQLWork.fault { try work.session.prepare(work) }
                thread?.join()
                #expect(fault == .deadlineExceeded(seconds: 120))
            }
            try Self.expectNothingIsHeld(stage)
        }
    }

    @Test(arguments: ["surveyed", "prepared", "quiesced"], ["checkpoint", "backup"])
    func aKilledSessionLeavesNothing(after step: String, mode: String) throws {
        try PostgreSQLStage.with { stage in
            let password = "correct-horse-battery"
            let file = try stage.addRole("keeper", password: password)
            try stage.sql("create table t (n int)")
            let settings = stage.settings(["mode": .text(mode), "credentials": .text(file)])
            try PostgreSQLWork.withHolder(settings, in: stage.sandbox, stage: step) { pid in
                let holds = mode == "backup" && step != "surveyed"
                let slots = try stage.sql("select count(*) from pg_replication_slots")
                #expect(slots == (holds ? "1" : "0"))
                let traces = ["cmdline", "environ"].compactMap { Files.text("/proc/\(pid)/\($0)") }.joined()
                #expect(traces.contains("application-tool"))
                #expect(!traces.contains(password))
                kill(pid, SIGKILL)
                try stage.sql("insert into t values (1)")
            }
            try Self.expectNothingIsHeld(stage)
            try stage.sql("insert into t values (2)")
        }
    }

    @Test func aReplicaIsNamedAsOne() throws {
        try Sandbox.with { sandbox in
            try PostgreSQLStage.with(sandbox) { primary in
                try PostgreSQLReplica.with(primary) { replica in
                    let (record, _) = try PostgreSQLWork.with(replica.settings()) { try $0.hold() }
                    #expect(record.facts["pg_is_in_recovery"] == "t")
                    #expect(record.folders == [replica.data])
                }
            }
        }
    }

    private static func sessions(of stage: PostgreSQLStage) throws -> Int {
        Int(try stage.sql("select count(*) from pg_stat_activity where application_name = 'remanso'")) ?? -1
    }

    private static func waitForNoSession(of stage: PostgreSQLStage) throws {
        let isGone = try Wait.until { try sessions(of: stage) == 0 }
        if !isGone { throw FixtureError("the session is still there") }
    }

    private static func waits(_ stage: PostgreSQLStage) throws -> Bool {
        try stage.sql(
            """
            select count(*) from pg_stat_activity
            where application_name = 'remanso' and state = 'active' and wait_event like 'Checkpoint%'
            """) == "1"
    }

    /// No session, and so no backup mode, and no slot that would keep WAL for ever.
    private static func expectNothingIsHeld(_ stage: PostgreSQLStage) throws {
        try waitForNoSession(of: stage)
        let slots = try stage.sql("select count(*) from pg_replication_slots")
        #expect(slots == "0")
        // Only while a backup runs is full_page_writes forced; then a checkpoint can be done as ever.
        try stage.sql("checkpoint")
    }
}

/// A streaming standby.
enum PostgreSQLReplica {
    static func with<Value>(_ primary: PostgreSQLStage, _ body: (PostgreSQLStage) throws -> Value) throws -> Value {
        let replica = try PostgreSQLStage(primary.sandbox, "replica")
        try PostgreSQLStage.run(
            "pg_basebackup", ["-h", primary.socket, "-D", replica.data, "-c", "fast", "-R", "--no-sync"])
        try replica.configure([])
        defer { replica.stop() }
        try replica.start()
        guard try Wait.until(seconds: 120, { try primary.sql("select state from pg_stat_replication") == "streaming" })
        else { throw FixtureError("the standby does not stream") }
        return try body(replica)
    }

    /// Waits until it has applied all that the primary has written.
    static func catchUp(_ replica: PostgreSQLStage, with primary: PostgreSQLStage) throws {
        let position = try primary.sql("select pg_current_wal_lsn()")
        let isThere = try Wait.until(seconds: 120) {
            try replica.sql("select pg_last_wal_replay_lsn() >= '\(position)'") == "t"
        }
        if !isThere { throw FixtureError("the standby does not follow") }
    }
}
