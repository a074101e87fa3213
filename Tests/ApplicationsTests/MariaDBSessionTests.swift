import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct MariaDBSessionTests {
    // MARK: Survey

    @Test func aSurveyTellsWhereTheDataIsAndHowItIsServed() throws {
        try Sandbox.with { sandbox in
            let elsewhere = sandbox.path("elsewhere")
            try Files.makeFolder(elsewhere)
            let (uid, gid) = try MariaDBStage.identity()
            chown(elsewhere, uid, gid)
            try MariaDBStage.with(["innodb_page_size=8k"], in: sandbox) { stage in
                try stage.ask(
                    """
                    CREATE TABLE shop.far (a INT) ENGINE=InnoDB DATA DIRECTORY='\(elsewhere)';
                    CREATE TABLE shop.my (a INT) ENGINE=MyISAM DATA DIRECTORY='\(elsewhere)'
                    """)
                let survey = try Work.with(try stage.settings()) { try $0.session.survey() }
                #expect(survey.version.contains("MariaDB"))
                let others = ["\(elsewhere)/my.MYD", "\(elsewhere)/shop/far.ibd"]
                #expect(survey.folders == [stage.data] + others)
                #expect(survey.facts["program"] == "/usr/sbin/mariadbd")
                #expect(survey.facts["innodb_page_size"] == "8192")
                #expect(survey.facts["log_bin_basename"] == "\(stage.data)/bin")
                #expect(survey.facts["innodb_undo_directory"] == stage.data)
            }
        }
    }

    @Test func withoutCredentialsRootIsKnownByItsProcess() throws {
        try MariaDBStage.with { stage in
            var settings = try stage.settings()
            settings.values = ["socket": .text(stage.socket)]
            try Work.with(settings) { work in
                try work.hold()
                _ = try work.session.release(work.steps)
            }
        }
    }

    // MARK: Holding

    @Test(arguments: ["backup", "tables"])
    func commitsStopBetweenQuiesceAndReleaseOnly(lock: String) throws {
        try MariaDBStage.with { stage in
            try MariaDBWriter.with(stage) { writer in
                try Work.with(try stage.settings(["lock": .text(lock)])) { work in
                    _ = try work.session.survey()
                    try work.session.prepare(work.steps)
                    #expect(writer.passes(writer.count + 100))
                    try work.session.quiesce(work.steps)
                    let count = try writer.countAtRest()
                    usleep(500_000)
                    #expect(writer.count == count)
                    let position = try stage.ask("SHOW MASTER STATUS").split(separator: "\t").map(String.init)
                    let gtid = try stage.ask("SELECT @@gtid_binlog_pos")
                    let release = try work.session.release(work.steps)
                    #expect(release.facts["binlogFile"] == position[0])
                    #expect(release.facts["binlogPosition"] == position[1])
                    #expect(release.facts["gtid_binlog_pos"] == gtid)
                    #expect(writer.passes(count + 100))
                }
            }
        }
    }

    @Test func preparingStopsNobodyAndHoldingStopsWritersOfEveryEngine() throws {
        try MariaDBStage.with { stage in
            try stage.ask("CREATE TABLE shop.m (a INT) ENGINE=MyISAM; CREATE TABLE shop.i (a INT) ENGINE=InnoDB")
            let create = "CREATE TABLE shop.n (a INT)"
            let writes = ["INSERT INTO shop.m VALUES (1)", "INSERT INTO shop.i VALUES (1)", create]
            try Work.with(try stage.settings()) { work in
                _ = try work.session.survey()
                try work.session.prepare(work.steps)
                for statement in writes + ["DROP TABLE shop.n"] { #expect(try stage.passes(statement)) }
                try work.session.quiesce(work.steps)
                for statement in writes { #expect(try stage.isHeldUp(statement)) }
                #expect(try stage.passes("SELECT * FROM shop.m, shop.i"))
                _ = try work.session.release(work.steps)
                #expect(
                    work.steps.actions == [
                        "BACKUP STAGE START", "BACKUP STAGE FLUSH", "BACKUP STAGE BLOCK_DDL",
                        "BACKUP STAGE BLOCK_COMMIT", "FLUSH LOCAL ENGINE LOGS", "BACKUP STAGE END",
                    ])
            }
        }
    }

    @Test func aHoldThatSomebodyEndedIsNotPassedOffAsHeld() throws {
        try MariaDBStage.with { stage in
            try Work.with(try stage.settings()) { work in
                try work.hold()
                let holder = try stage.ask("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'remanso'")
                try stage.ask("KILL \(holder)")
                let fault = try applicationFault { _ = try work.session.release(work.steps) }
                guard case .sessionLost = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(try stage.passes("CREATE TABLE shop.n (a INT)"))
            }
        }
    }

    // MARK: Long queries

    @Test func behindALongWriteItDoesNotQueue() throws {
        try MariaDBStage.with { stage in
            try stage.ask("CREATE TABLE shop.m (a INT) ENGINE=MyISAM; CREATE TABLE shop.other LIKE shop.m")
            try stage.whileRunning("INSERT INTO shop.m SELECT SLEEP(60) + 'secret'") {
                usleep(1_200_000)
                try Work.with(try stage.settings(["longQuery": .seconds(1)])) { work in
                    let fault = try applicationFault { try work.hold() }
                    guard case .busy(let detail) = fault else {
                        Issue.record("\(String(describing: fault))")
                        return
                    }
                    #expect(detail.contains("INSERT INTO shop.m SELECT SLEEP(60)"))
                    #expect(!detail.contains("secret"))
                    #expect(try stage.passes("INSERT INTO shop.other VALUES (1)"))
                }
            }
        }
    }

    @Test func aLongReadStopsTheOldLockAndNotTheNew() throws {
        try MariaDBStage.with { stage in
            try stage.ask("CREATE TABLE shop.i (a INT); INSERT INTO shop.i VALUES (1)")
            try stage.whileRunning("SELECT SLEEP(60) FROM shop.i") {
                usleep(1_200_000)
                let values: [String: ApplicationSettings.Value] = ["longQuery": .seconds(1)]
                try Work.with(try stage.settings(values)) { work in
                    try work.hold()
                    _ = try work.session.release(work.steps)
                }
                let old = values.merging(["lock": .text("tables")]) { $1 }
                try Work.with(try stage.settings(old)) { work in
                    let fault = try applicationFault { try work.hold() }
                    guard case .busy = fault else {
                        Issue.record("\(String(describing: fault))")
                        return
                    }
                    #expect(try stage.passes("INSERT INTO shop.i VALUES (2)"))
                }
            }
        }
    }

    /// A write that is not old enough to be refused, a lock that looks like a read, and another backup.
    @Test(arguments: [
        ("INSERT INTO shop.m SELECT SLEEP(60)", "BACKUP STAGE BLOCK_DDL"),
        ("LOCK TABLES shop.m WRITE; SELECT SLEEP(60)", "BACKUP STAGE START"),
        ("BACKUP STAGE START; SELECT SLEEP(60)", "BACKUP STAGE START"),
    ])
    func whatCannotBeSeenBeforehandHasTheDeadlineAsItsLimit(statement: String, stopped: String) throws {
        try MariaDBStage.with { stage in
            try stage.ask("CREATE TABLE shop.m (a INT) ENGINE=MyISAM")
            try stage.whileRunning(statement) {
                var settings = try stage.settings(["longQuery": .seconds(600)])
                settings.deadlineSeconds = 5
                try Work.with(settings) { work in
                    let fault = try applicationFault { try work.hold() }
                    guard case .busy(let detail) = fault else {
                        Issue.record("\(String(describing: fault))")
                        return
                    }
                    #expect(detail.contains(stopped))
                }
                #expect(try stage.passes("CREATE TABLE shop.n (a INT)"))
            }
        }
    }

    // MARK: Interrupting

    @Test func anInterruptEndsAWaitAndLeavesNothingQueued() throws {
        try MariaDBStage.with { stage in
            try stage.ask("CREATE TABLE shop.m (a INT) ENGINE=MyISAM; CREATE TABLE shop.other LIKE shop.m")
            try stage.whileRunning("LOCK TABLES shop.m WRITE; SELECT SLEEP(60)") {
                try Work.with(try stage.settings()) { work in
                    let session = SharedSession(work.session)
                    let waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'BACKUP STAGE%'"
                    let socket = stage.socket
                    let thread = Linux.Thread {
                        _ = Wait.until {
                            let words = ["--no-defaults", "-S", socket, "-N", "-e", waiting]
                            return (try? Shell.run("mariadb", words)) == "1\n"
                        }
                        session.value.interrupt()
                    }
                    let fault = try applicationFault { try work.hold() }
                    thread?.join()
                    #expect(fault != nil)
                    #expect(try stage.passes("INSERT INTO shop.other VALUES (1)"))
                    #expect(try stage.passes("CREATE TABLE shop.n (a INT)"))
                    #expect(try stage.ask(waiting) == "0")
                }
            }
        }
    }

    @Test func anInterruptLetsGoWhatIsHeld() throws {
        try MariaDBStage.with { stage in
            try MariaDBWriter.with(stage) { writer in
                try Work.with(try stage.settings()) { work in
                    try work.hold()
                    let count = try writer.countAtRest()
                    work.session.interrupt()
                    #expect(writer.passes(count))
                    let fault = try applicationFault { _ = try work.session.release(work.steps) }
                    #expect(fault != nil)
                }
            }
        }
    }

    @Test func aServerThatHangsIsLeftAndLetsGoWhenItGoesOn() throws {
        try MariaDBStage.with { stage in
            try Work.with(try stage.settings()) { work in
                try work.hold()
                let session = SharedSession(work.session)
                let fault = try stage.standingStill {
                    let thread = Linux.Thread {
                        usleep(300_000)
                        session.value.interrupt()
                    }
                    defer { thread?.join() }
                    return try applicationFault { _ = try work.session.release(work.steps) }
                }
                #expect(fault != nil)
                work.session.close()
                let goesOn = try Wait.until { try stage.passes("CREATE TABLE IF NOT EXISTS shop.n (a INT)") }
                #expect(goesOn)
            }
        }
    }

    @Test func overTCPItIsHeldLikewise() throws {
        let port = try LoopbackPort.free()
        try MariaDBStage.with(["skip-networking=0", "bind-address=127.0.0.1", "port=\(port)"]) { stage in
            var settings = try stage.settings(["host": .text("127.0.0.1"), "port": .integer(port)])
            settings.values["socket"] = nil
            try Work.with(settings) { work in
                let survey = try work.hold()
                #expect(survey.facts["program"] == "/usr/sbin/mariadbd")
                #expect(try stage.isHeldUp("CREATE TABLE shop.n (a INT)"))
                _ = try work.session.release(work.steps)
                #expect(try stage.passes("CREATE TABLE shop.o (a INT)"))
            }
        }
    }

    // MARK: Refusals

    @Test func aWrongPasswordIsRefused() throws {
        try MariaDBStage.with { stage in
            try Work.with(try stage.settings(password: "wrong")) { work in
                let fault = try applicationFault { _ = try work.session.survey() }
                guard case .refused(let detail) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(detail.contains("Access denied"))
            }
        }
    }

    @Test func anAccountThatMayNotLockIsRefusedBeforeTheBackup() throws {
        try MariaDBStage.with { stage in
            try stage.ask("REVOKE RELOAD ON *.* FROM remanso@localhost")
            try Work.with(try stage.settings()) { work in
                let fault = try applicationFault { _ = try work.session.survey() }
                guard case .refused(let detail) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(detail.contains("RELOAD"))
            }
        }
    }

    @Test func aServerThatIsDownIsUnreachable() throws {
        try MariaDBStage.with { stage in
            stage.stop()
            try Work.with(try stage.settings()) { work in
                let fault = try applicationFault { _ = try work.session.survey() }
                guard case .unreachable = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
            }
        }
    }

    @Test func aServerThatIsTooOldIsNamed() throws {
        try MariaDBStage.with(["version=5.5.68-MariaDB"]) { stage in
            try Work.with(try stage.settings()) { work in
                let fault = try applicationFault { _ = try work.session.survey() }
                guard case .versionTooOld(let found, let needed) = fault else {
                    Issue.record("\(String(describing: fault))")
                    return
                }
                #expect(found.hasPrefix("5.5.68-MariaDB"))
                #expect(needed == "MariaDB 10.1")
            }
        }
    }
}

/// `interrupt` is the one call that may come from another thread.
private struct SharedSession: @unchecked Sendable {
    let value: any ApplicationSession
    init(_ value: any ApplicationSession) { self.value = value }
}
