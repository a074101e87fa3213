import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// Recovery points that are not sound must not pass.
@Suite struct PostgreSQLDamageTests {
    /// Where one byte is wrong.
    enum Spot: String, CaseIterable {
        /// Bytes of a row that an index holds too.
        case indexedValue
        /// Bytes of a row that no index holds: only a checksum can tell.
        case plainValue
        /// The header of a row.
        case rowHeader
    }

    @Test(arguments: Spot.allCases, [[], ["--data-checksums"]])
    func aFlippedByteInATableFails(_ spot: Spot, initdb: [String]) throws {
        try PostgreSQLStage.with(initdb: initdb) { stage in
            let (record, file) = try Self.table(stage)
            let copy = try PostgreSQLDrillStage.copy(stage)
            try Self.flip(spot, in: "\(copy)/\(file)")
            let fault = try PostgreSQLDrillStage.fault(
                PostgreSQLDrillStage.moved(record, to: copy), in: stage.sandbox)
            if spot == .plainValue && initdb.isEmpty {
                // Another name is as good a name as any: nothing in the data says that it is wrong.
                #expect(fault == nil)
            } else {
                guard case .checkFailed(let check, _) = fault else {
                    throw FixtureError("\(String(describing: fault))")
                }
                #expect(check.hasPrefix("pg_amcheck"))
            }
        }
    }

    /// Pages that `pg_amcheck` does not read: of an index that is no B-tree.
    @Test func aFlippedByteInAnyFileFailsWithChecksums() throws {
        try PostgreSQLStage.with(initdb: ["--data-checksums"]) { stage in
            let (record, _) = try Self.table(stage)
            let file = try stage.sql("select pg_relation_filepath('t_hash')")
            let copy = try PostgreSQLDrillStage.copy(stage)
            try Self.flip(at: 8192 + 4000, in: "\(copy)/\(file)")
            let fault = try PostgreSQLDrillStage.fault(
                PostgreSQLDrillStage.moved(record, to: copy), in: stage.sandbox)
            guard case .checkFailed(let check, _) = fault else { throw FixtureError("\(String(describing: fault))") }
            #expect(check.hasPrefix("pg_basebackup"))
        }
    }

    /// The index was copied first, then much was written, then the rest was copied.
    @Test func anIndexOfAnEarlierInstantFails() throws {
        try Self.expectFailure(copiedFirst: "t_pkey", by: "pg_amcheck")
    }

    /// The table was copied first: the index leads to rows that are not there.
    @Test func aTableOfAnEarlierInstantFails() throws {
        try Self.expectFailure(copiedFirst: "t", by: "select count(*)")
    }

    private static func expectFailure(copiedFirst relation: String, by start: String) throws {
        try PostgreSQLStage.with { stage in
            let (record, _) = try table(stage)
            let file = try stage.sql("select pg_relation_filepath('\(relation)')")
            let early = stage.sandbox.path("early")
            try Shell.run("cp", "-a", "\(stage.data)/\(file)", early)
            try stage.sql("insert into t select n, 'row ' || n from generate_series(10001, 20000) as n")
            try stage.sql("checkpoint")
            let copy = try PostgreSQLDrillStage.copy(stage)
            try Shell.run("cp", "-a", early, "\(copy)/\(file)")
            let fault = try PostgreSQLDrillStage.fault(
                PostgreSQLDrillStage.moved(record, to: copy), in: stage.sandbox)
            guard case .checkFailed(let check, _) = fault else { throw FixtureError("\(String(describing: fault))") }
            #expect(check.hasPrefix(start))
        }
    }

    /// The file that says where recovery starts was copied first, and its WAL is gone by the time the rest is copied.
    @Test func aControlFileOfAnEarlierInstantFails() throws {
        try PostgreSQLStage.with { stage in
            let (record, _) = try Self.table(stage)
            let early = stage.sandbox.path("early")
            try Shell.run("cp", "-a", "\(stage.data)/global/pg_control", early)
            for _ in 1...3 {
                for statement in ["update t set name = 'x' where id = 1", "select pg_switch_wal()", "checkpoint"] {
                    try stage.sql(statement)
                }
            }
            let copy = try PostgreSQLDrillStage.copy(stage)
            try Shell.run("cp", "-a", early, "\(copy)/global/pg_control")
            let fault = try PostgreSQLDrillStage.fault(
                PostgreSQLDrillStage.moved(record, to: copy), in: stage.sandbox)
            guard case .ended = fault else { throw FixtureError("\(String(describing: fault))") }
        }
    }

    @Test func dataThatIsMissingIsNamed() throws {
        try PostgreSQLStage.with { stage in
            let (record, _) = try Self.table(stage)
            let nowhere = PostgreSQLDrillStage.moved(record, to: stage.sandbox.path("nowhere"))
            let fault = try PostgreSQLDrillStage.fault(nowhere, in: stage.sandbox)
            #expect(fault == .dataMissing(path: stage.sandbox.path("nowhere/PG_VERSION")))
            var other = record
            other.facts["server_version_num"] = "990001"
            let missing = try PostgreSQLDrillStage.fault(other, in: stage.sandbox)
            #expect(missing == .programMissing(program: "postgres 99"))
        }
    }

    /// Another server listens where the drill's should.
    @Test func aServerOfOthersIsNotTakenForTheDrills() throws {
        try PostgreSQLStage.with { stage in
            let (record, _) = try Self.table(stage)
            let room = try PostgreSQLDrillStage.room(record, in: stage.sandbox)
            try stage.configure(["unix_socket_directories = '\(stage.socket), \(room.folder)'"])
            stage.stop(SIGINT)
            try stage.start()
            let drill = try PostgreSQLDrillStage.drill(record)
            let process = try drill.process(in: room)
            #expect(process == stage.pid)
            let copy = try PostgreSQLDrillStage.copy(stage)
            let point = PostgreSQLDrillStage.moved(record, to: copy)
            // It answers, but is not the one that was started, which cannot have the socket.
            let fault = try PostgreSQLDrillStage.fault(point, in: stage.sandbox)
            switch fault {
            case .notOurs(stage.pid), .ended: break
            default: throw FixtureError("\(String(describing: fault))")
            }
        }
    }

    /// A table of ten thousand rows with a B-tree and a hash index, all on disk; and its file.
    private static func table(_ stage: PostgreSQLStage) throws -> (record: ApplicationRecord, file: String) {
        try stage.sql("create table t (id int primary key, name text)")
        try stage.sql("insert into t select n, 'row ' || n from generate_series(1, 10000) as n")
        try stage.sql("create index t_hash on t using hash (name)")
        try stage.sql("vacuum (freeze) t")
        let (record, _) = try PostgreSQLWork.with(stage.settings()) { try $0.hold() }
        return (record, try stage.sql("select pg_relation_filepath('t')"))
    }

    /// The first row of a page lies at its end: a header of 24 bytes, the id, the name.
    private static func flip(_ spot: Spot, in file: String) throws {
        let bytes = try Descriptor.open(file, O_RDONLY).readAll(limit: 64 << 20)
        // A line pointer holds the row's place in its lower 15 bits.
        let row = (Int(bytes[24]) | Int(bytes[25]) << 8) & 0x7fff
        switch spot {
        case .indexedValue: try flip(at: row + 24, in: file)
        case .plainValue: try flip(at: row + 30, in: file)
        // Its length to the data.
        case .rowHeader: try flip(at: row + 22, in: file)
        }
    }

    private static func flip(at offset: Int, in path: String) throws {
        let file = try Descriptor.open(path, O_RDWR)
        var byte: UInt8 = 0
        guard pread(file.number, &byte, 1, offset) == 1 else { throw FixtureError("\(path) is too short") }
        byte ^= 1
        guard pwrite(file.number, &byte, 1, offset) == 1 else { throw FixtureError("\(path) cannot be written") }
    }
}
