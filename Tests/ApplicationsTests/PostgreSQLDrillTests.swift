import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct PostgreSQLDrillTests {
    /// One instant of a server under load; everything that was acknowledged before must be there.
    @Test(arguments: [[], ["--data-checksums"]])
    func aSnapshotUnderLoadStarts(initdb: [String]) throws {
        try Sandbox.with { sandbox in
            try Volume.with(.ext4, megabytes: 400, in: sandbox.path) { volume in
                try PostgreSQLStage.with(sandbox, in: volume.mountPoint, initdb: initdb) { stage in
                    var copy = "", before = 0
                    let record = try stage.underLoad {
                        try PostgreSQLWork.with(stage.settings()) { work in
                            try work.hold {
                                before = try stage.history()
                                try volume.frozen(atMostSeconds: 100) { copy = try PostgreSQLDrillStage.copy(stage) }
                            }.record
                        }
                    }
                    let point = PostgreSQLDrillStage.moved(record, to: copy)
                    let query =
                        "select count(*), (select sum(abalance) from pgbench_accounts) = sum(delta) "
                        + "from pgbench_history"
                    let answer = try PostgreSQLDrillStage.run(point, in: sandbox, query: query).split(separator: "|")
                    #expect(answer.count == 2)
                    #expect(Int(answer.first ?? "") ?? 0 >= before)
                    #expect(answer.last == "t")
                }
            }
        }
    }

    /// Files copied one after the other under load are worth nothing without the backup's label and WAL, and whole with them.
    @Test func aBackupOfSeveralInstantsStarts() throws {
        try PostgreSQLStage.with { stage in
            let settings = stage.settings(["mode": .text("backup")])
            var copy = "", before = 0
            let (record, files) = try stage.underLoad {
                try PostgreSQLWork.with(settings) { work in
                    let held = try work.hold {
                        copy = try Self.copyInSeveralInstants(stage)
                        before = try stage.history()
                    }
                    let expected = [
                        "pg_create_physical_replication_slot", "pg_backup_start", "pg_postmaster_start_time",
                    ]
                    #expect(work.actions == expected + ["pg_backup_stop", "WAL"])
                    return held
                }
            }
            #expect(files.first?.path == "\(stage.data)/backup_label")
            #expect(files.contains { $0.path.hasPrefix("\(stage.data)/pg_wal/0000") })
            let point = PostgreSQLDrillStage.moved(record, to: copy)
            let without = try PostgreSQLDrillStage.fault(point, in: stage.sandbox)
            guard case .ended = without else { throw FixtureError("\(String(describing: without))") }
            try PostgreSQLDrillStage.put(files, from: stage.data, into: copy)
            let answer = try PostgreSQLDrillStage.run(
                point, in: stage.sandbox, query: "select count(*) from pgbench_history")
            #expect(Int(answer) ?? 0 >= before)
        }
    }

    /// The table's files first, then much that happens to them, then the rest. The WAL of its own copy is taken away, as
    /// a snapshot that came before it would not have it.
    private static func copyInSeveralInstants(_ stage: PostgreSQLStage) throws -> String {
        let copy = stage.sandbox.path("copy")
        try PostgreSQLStage.makeFolder(copy)
        chmod(copy, 0o700)
        try Shell.run("cp", "-a", "\(stage.data)/base", copy)
        let start = try stage.history()
        let isMoved = try Wait.until { try stage.history() > start + 200 }
        if !isMoved { throw FixtureError("pgbench stands still") }
        try stage.sql("checkpoint")
        for name in Files.names(in: stage.data) where name != "base" && name != "postmaster.pid" {
            // A file may go while it is copied, as pg_stat_tmp's do.
            _ = try? Shell.run("cp", "-a", "\(stage.data)/\(name)", copy)
        }
        for name in Files.names(in: "\(copy)/pg_wal") { unlink("\(copy)/pg_wal/\(name)") }
        return copy
    }

    @Test func aTablespaceAndAMovedWALStartWhereTheyWere() throws {
        try Sandbox.with { sandbox in
            let wal = sandbox.path("wal"), other = sandbox.path("other")
            for path in [wal, other] { try PostgreSQLStage.makeFolder(path) }
            try PostgreSQLStage.with(sandbox, initdb: ["-X", wal]) { stage in
                try stage.sql("create tablespace other location '\(other)'")
                try stage.sql("create table t (n int) tablespace other")
                let settings = stage.settings(["mode": .text("backup")])
                let (record, files) = try PostgreSQLWork.with(settings) { work in
                    try work.hold {
                        for path in [stage.data, wal, other] { try Shell.run("cp", "-a", path, "\(path).copy") }
                        try stage.sql("insert into t select generate_series(1, 1000)")
                    }
                }
                #expect(files.contains { $0.path == "\(stage.data)/tablespace_map" })
                stage.stop()
                for path in [stage.data, wal, other] {
                    try Shell.run("rm", "-rf", path)
                    try Shell.run("mv", "\(path).copy", path)
                }
                try PostgreSQLDrillStage.put(files, from: stage.data, into: stage.data)
                let answer = try PostgreSQLDrillStage.run(record, in: sandbox, query: "select count(*) from t")
                // The end of the backup is the end of the recovery.
                #expect(answer == "1000")
            }
        }
    }

    @Test(arguments: ["checkpoint", "backup"])
    func theCopyOfAReplicaBecomesAPrimary(mode: String) throws {
        try PostgreSQLStage.with { primary in
            try primary.sql("create table t as select generate_series(1, 1000) as n")
            try PostgreSQLReplica.with(primary) { replica in
                try PostgreSQLReplica.catchUp(replica, with: primary)
                var copy = ""
                let settings = replica.settings(["mode": .text(mode)])
                let (record, files) = try PostgreSQLWork.with(settings) { work in
                    try work.hold {
                        // Nothing is written: the copy is of one instant.
                        copy = try PostgreSQLDrillStage.copy(replica)
                    }
                }
                try PostgreSQLDrillStage.put(files, from: replica.data, into: copy)
                let point = PostgreSQLDrillStage.moved(record, to: copy)
                let query = "select count(*), pg_is_in_recovery() from t"
                let answer = try PostgreSQLDrillStage.run(point, in: primary.sandbox, query: query)
                #expect(answer == "1000|f")
            }
        }
    }

    /// What was acknowledged before the rest is in the snapshot, although the server has not waited for its disk.
    @Test func commitsThatDidNotWaitForTheDiskAreThere() throws {
        try PostgreSQLStage.with(settings: ["synchronous_commit = off", "wal_writer_delay = 10s"]) { stage in
            try stage.sql("create table t (n int)")
            try PostgreSQLWork.with(stage.settings()) { work in
                let survey = try work.session.survey()
                try work.session.prepare(work)
                try stage.sql("insert into t values (1)")
                try work.session.quiesce(work)
                let copy = try PostgreSQLDrillStage.copy(stage)
                _ = try work.session.release(work)
                var record = ApplicationRecord(stage.settings())
                record.facts = survey.facts
                let point = PostgreSQLDrillStage.moved(record, to: copy)
                let answer = try PostgreSQLDrillStage.run(point, in: stage.sandbox, query: "select count(*) from t")
                #expect(answer == "1")
            }
        }
    }

    /// Settings of the live server that would keep a copy from starting, or make it do something outside.
    @Test func settingsOfTheLiveServerAreLeftOut() throws {
        try PostgreSQLStage.with(settings: ["max_prepared_transactions = 7", "wal_level = logical"]) { stage in
            try stage.sql("create table t (n int)")
            try stage.sql("select pg_create_logical_replication_slot('kept', 'pgoutput')")
            try stage.sql("begin; insert into t values (1); prepare transaction 'open'")
            try stage.sql("alter system set archive_command = 'touch \(stage.socket)/archived'")
            try stage.sql("alter system set listen_addresses = '*'")
            try stage.sql("alter system set port = 1")
            let (record, _) = try PostgreSQLWork.with(stage.settings()) { try $0.hold() }
            let copy = try PostgreSQLDrillStage.copy(stage)
            let answer = try PostgreSQLDrillStage.run(
                PostgreSQLDrillStage.moved(record, to: copy), in: stage.sandbox,
                query: "select gid, current_setting('listen_addresses'), current_setting('archive_mode') "
                    + "from pg_prepared_xacts")
            #expect(answer == "open||off")
        }
    }
}
