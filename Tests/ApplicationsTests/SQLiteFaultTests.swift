import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct SQLiteFaultTests {
    private func holdFault(_ settings: ApplicationSettings) throws -> ApplicationFault? {
        try applicationFault { try Work.with(settings) { _ = try $0.hold() } }
    }

    @Test func makesNoFileThatIsMissing() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("none.db")
            var settings = ApplicationSettings(type: "sqlite", name: "data")
            settings.values = ["files": .paths([path])]
            let reason = "\(path): No such file or directory"
            try expect(holdFault(settings), is: .setting(key: "files", reason: reason))
            #expect(!Files.exists(path))
            settings.values = ["files": .paths([sandbox.path])]
            try expect(
                holdFault(settings), is: .setting(key: "files", reason: "\(sandbox.path): Is a directory"))
        }
    }

    @Test func saysThatAFileIsNoDatabase() throws {
        try Sandbox.with { sandbox in
            let path = try sandbox.write("text", String(repeating: "no database\n", count: 500))
            var settings = ApplicationSettings(type: "sqlite", name: "data")
            settings.values = ["files": .paths([path])]
            try expect(
                holdFault(settings), is: .setting(key: "files", reason: "\(path): file is not a database"))
        }
    }

    @Test(arguments: ["wal", "delete"]) func leavesALockedFileAlone(_ mode: String) throws {
        try SQLiteStage.with(mode) { stage in
            let begin = mode == "wal" ? "PRAGMA locking_mode=EXCLUSIVE; " : ""
            try stage.withLock("\(begin)BEGIN EXCLUSIVE") {
                try expect(
                    holdFault(stage.settings(patience: 1)), is: .busy(detail: "\(stage.file): database is locked"))
            }
        }
    }

    /// A file that is locked after it was looked at.
    @Test func givesUpBeforeALongTransaction() throws {
        try SQLiteStage.with("delete") { stage in
            try Work.with(stage.settings(patience: 2)) { work in
                _ = try work.session.survey()
                try work.session.prepare(work.steps)
                try stage.withLock("BEGIN EXCLUSIVE") {
                    let found = try applicationFault { try work.session.quiesce(work.steps) }
                    #expect(found == .busy(detail: "\(stage.file): database is locked"))
                }
            }
        }
    }

    @Test func anInterruptionEndsTheWaiting() throws {
        try SQLiteStage.with("delete") { stage in
            try stage.withLock("BEGIN EXCLUSIVE") {
                let settings = stage.settings(deadline: 7, patience: 50)
                let kind = try #require(Applications.kind("sqlite"))
                let session = try kind.session(settings)
                defer { session.close() }
                let isOver = Shared(false)
                let interruption = Interruption(session)
                let thread = Thread {
                    _ = Wait.until(seconds: 0.3) { isOver.withLock { $0 } }
                    interruption.session.interrupt()
                }
                let found = try applicationFault { _ = try session.survey() }
                isOver.withLock { $0 = true }
                thread?.join()
                #expect(found == .deadlineExceeded(seconds: 7))
            }
        }
    }

    /// A session that another thread interrupts.
    private struct Interruption: @unchecked Sendable {
        let session: any ApplicationSession
        init(_ session: any ApplicationSession) { self.session = session }
    }
}

@Suite struct SQLiteDrillTests {
    private func withPoint(
        _ mode: String, _ body: (SQLiteStage, ApplicationRecord, _ file: String) throws -> Void
    ) throws {
        try SQLiteStage.with(mode) { stage in
            let settings = stage.settings()
            let record = try Work.with(settings) { work in
                let survey = try work.hold()
                let copy = try stage.copy("copy")
                return Work.record(settings, survey, try work.session.release(work.steps)).withFile(in: copy)
            }
            try body(stage, record, stage.sandbox.path("copy/data.db"))
        }
    }

    private func drill(_ record: ApplicationRecord, _ stage: SQLiteStage, query: String? = nil) throws -> DrillFault? {
        try drillFault { try DrillRun.run(record, as: SQLiteStage.user, in: stage.sandbox, query: query) }
    }

    @Test(arguments: SQLiteSessionTests.modes) func answersQueries(_ mode: String) throws {
        try withPoint(mode) { stage, record, _ in
            let query = "SELECT id, n FROM t WHERE id < 3; SELECT NULL, 'x'"
            let results = try DrillRun.run(record, as: SQLiteStage.user, in: stage.sandbox, query: query)
            #expect(results["query"] == "1|1\n2|2\n|x")
            #expect(results.count == 3)
            guard case .probeFailed? = try drill(record, stage, query: "SELECT nothing") else {
                throw FixtureError("it answers")
            }
        }
    }

    @Test(arguments: ["wal", "delete"]) func failsForAFlippedByte(_ mode: String) throws {
        try withPoint(mode) { stage, record, file in
            let root = try stage.query("SELECT rootpage FROM sqlite_master WHERE name = 'i'", of: file)
            // The number of cells of the index's first page.
            let offset = try (#require(Int(root)) - 1) * 4096 + 4
            try flip(file, at: offset)
            guard case .checkFailed? = try drill(record, stage) else { throw FixtureError("it passes") }
            try flip(file, at: offset)
            try expect(drill(record, stage), is: nil)
        }
    }

    @Test func failsForARowWithoutItsParent() throws {
        try withPoint("delete") { stage, record, file in
            try stage.query("PRAGMA foreign_keys=OFF; DELETE FROM t WHERE id = 1", of: file)
            let output = "u|1|t|0\n"
            let check = "PRAGMA foreign_key_check \(file)"
            try expect(drill(record, stage), is: .checkFailed(check: check, output: output))
        }
    }

    @Test func failsWithoutItsFile() throws {
        try withPoint("wal") { stage, record, file in
            unlink(file)
            try expect(drill(record, stage), is: .dataMissing(path: file))
            #expect(!Files.exists(file))
        }
    }
}
