import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct SQLiteSessionTests {
    static let modes = ["wal", "delete", "truncate", "persist"]

    @Test func tellsWhatIsWhere() throws {
        try SQLiteStage.with("wal") { stage in
            let link = stage.sandbox.path("link.db")
            #expect(symlink(stage.file, link) == 0)
            try Work.with(stage.settings([link])) { work in
                let survey = try work.session.survey()
                #expect(survey.folders == [stage.folder])
                #expect(survey.version.hasPrefix("3."))
                #expect(survey.facts["files"] == stage.file)
                #expect(survey.facts["journal_mode \(stage.file)"] == "wal")
                #expect(survey.facts["page_size \(stage.file)"] == "4096")
            }
        }
    }

    /// The application must be able to write what lies beside its file, whoever made it.
    @Test(arguments: modes) func leavesEverythingToTheOwner(_ mode: String) throws {
        try SQLiteStage.with(mode) { stage in
            let (uid, _) = try DrillRun.identity(of: SQLiteStage.user)
            try Work.with(stage.settings()) { work in
                try work.hold()
                for name in Files.names(in: stage.folder) {
                    // Without opening it: that would take the locks away.
                    var status = stat()
                    #expect(lstat("\(stage.folder)/\(name)", &status) == 0)
                    #expect(status.st_uid == uid, "\(name)")
                }
                _ = try work.session.release(work.steps)
            }
            let names = Files.names(in: stage.folder).filter { !$0.hasSuffix("journal") }
            #expect(names == ["data.db"])
        }
    }

    @Test func letsWritersOfALogGoOn() throws {
        try SQLiteStage.with("wal") { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings()) { work in
                    try work.hold()
                    expect(writer.passes(writer.count + 100), is: true)
                    _ = try work.session.release(work.steps)
                }
                expect(writer.passes(writer.count), is: true)
            }
        }
    }

    @Test(arguments: ["delete", "truncate", "persist"])
    func holdsCommitsToAFileWithARollbackJournal(_ mode: String) throws {
        try SQLiteStage.with(mode) { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings()) { work in
                    try work.hold()
                    let held = try writer.countAtRest()
                    _ = try work.session.release(work.steps)
                    expect(writer.passes(held), is: true)
                }
            }
        }
    }

    /// The file of one instant and the log of a later one belong together while they are held.
    @Test func keepsFileAndLogTogether() throws {
        try SQLiteStage.with("wal") { stage in
            try stage.withWriter { writer in
                for round in 1...3 {
                    let settings = stage.settings()
                    let copy = stage.sandbox.path("copy\(round)")
                    let record = try Work.with(settings) { work in
                        let survey = try work.hold()
                        try copyInTwoInstants(stage, to: copy, writer)
                        return Work.record(settings, survey, try work.session.release(work.steps))
                    }
                    let moved = record.withFile(in: copy)
                    let query = "SELECT count(*) FROM t"
                    let results = try DrillRun.run(moved, as: SQLiteStage.user, in: stage.sandbox, query: query)
                    let rows = try #require(results["query"].flatMap(Int.init))
                    #expect(rows > 2_100)
                }
            }
        }
    }

    /// Without the adapter, the log may begin anew in between.
    @Test func fileAndLogOfTwoInstantsFail() throws {
        try SQLiteStage.with("wal") { stage in
            let settings = stage.settings()
            let survey = try Work.with(settings) { try $0.session.survey() }
            let copy = stage.sandbox.path("copy")
            // Somebody who has the file open keeps its log from being removed.
            try stage.withLock("SELECT count(*) FROM t") {
                try copyFile(stage, to: copy)
                let change = "UPDATE t SET n = n + 10000, pad = hex(randomblob(50))"
                try stage.query("\(change); PRAGMA wal_checkpoint(TRUNCATE)")
                try stage.query("\(change) WHERE id % 97 = 3")
                try Shell.run("cp", "-a", "\(stage.file)-wal", copy)
            }
            let record = Work.record(settings, survey).withFile(in: copy)
            let found = try drillFault { try DrillRun.run(record, as: SQLiteStage.user, in: stage.sandbox) }
            guard case .checkFailed? = found else { throw FixtureError("\(String(describing: found))") }
        }
    }

    private func copyFile(_ stage: SQLiteStage, to copy: String) throws {
        let (uid, gid) = try DrillRun.identity(of: SQLiteStage.user)
        try Files.makeFolder(copy)
        chown(copy, uid, gid)
        try Shell.run("cp", "-a", stage.file, copy)
    }

    private func copyInTwoInstants(_ stage: SQLiteStage, to copy: String, _ writer: Recorder) throws {
        try copyFile(stage, to: copy)
        expect(writer.passes(writer.count + 100), is: true)
        try stage.query("PRAGMA busy_timeout=60000; PRAGMA wal_checkpoint(PASSIVE)")
        expect(writer.passes(writer.count + 100), is: true)
        try Shell.run("cp", "-a", "\(stage.file)-wal", copy)
    }

    @Test(arguments: modes) func filesHoldWhatWasCommitted(_ mode: String) throws {
        try SQLiteStage.with(mode) { stage in
            try stage.withWriter { writer in
                let settings = stage.settings()
                let (record, before) = try Work.with(settings) { work in
                    let survey = try work.hold()
                    let before = writer.count
                    // One instant: the writer stands still while its files are copied.
                    let copy = try writer.paused { try stage.copy("copy") }
                    return (
                        Work.record(settings, survey, try work.session.release(work.steps)).withFile(in: copy), before
                    )
                }
                let query = "SELECT count(*), max(id) FROM t"
                let results = try DrillRun.run(record, as: SQLiteStage.user, in: stage.sandbox, query: query)
                let rows = try #require(results["query"]?.split(separator: "|").first.flatMap { Int($0) })
                #expect(results["query"] == "\(rows)|\(rows)")
                #expect(rows >= 2_000 + before)
                expect(writer.passes(rows - 2_000), is: true)
            }
        }
    }

    @Test(arguments: modes) func writersGoOnWhenTheHolderIsKilled(_ mode: String) throws {
        try SQLiteStage.with(mode) { stage in
            try stage.withWriter { writer in
                for state in ["surveyed", "prepared", "quiesced"] {
                    let settings = stage.settings(deadline: 600)
                    let count = try Holder.with(settings, in: stage.sandbox, stage: state) { holder in
                        holder.kill()
                        return writer.count
                    }
                    expect(writer.passes(count), is: true)
                }
            }
        }
    }

    @Test func anInterruptionLetsGo() throws {
        try SQLiteStage.with("delete") { stage in
            try stage.withWriter { writer in
                try Work.with(stage.settings()) { work in
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

    /// Any part of this process may open the file and close it, and with that the kernel takes the locks away.
    @Test func noticesThatItsLocksAreGone() throws {
        try SQLiteStage.with("delete") { stage in
            try Work.with(stage.settings()) { work in
                try work.hold()
                _ = try Descriptor.open(stage.file, O_RDONLY)
                let lost = try applicationFault { _ = try work.session.release(work.steps) }
                #expect(lost == .sessionLost(detail: "\(stage.file): /proc/locks"))
            }
        }
    }
}

extension Recorder {
    /// Stops the writer for `body`.
    func paused<Value>(_ body: () throws -> Value) throws -> Value {
        try Standstill.with(pid, body)
    }
}
