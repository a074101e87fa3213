@testable import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct PostgreSQLSurveyTests {
    @Test func namesEveryFolderWithLinksResolved() throws {
        try Sandbox.with { sandbox in
            let wal = sandbox.path("wal")
            try PostgreSQLStage.makeFolder(wal)
            try PostgreSQLStage.with(sandbox, initdb: ["-X", wal, "--data-checksums"]) { stage in
                let real = sandbox.path("tablespace"), link = sandbox.path("link")
                try PostgreSQLStage.makeFolder(real)
                try check("symlink", link) { symlink(real, link) }
                try stage.sql("create tablespace other location '\(link)'")
                let survey = try PostgreSQLWork.with(stage.settings()) { try $0.session.survey() }
                #expect(survey.folders == [stage.data, real, wal] || survey.folders == [stage.data, wal, real])
                #expect(survey.facts["pg_wal"] == wal)
                #expect(survey.facts["data_checksums"] == "on")
                #expect(survey.facts["max_connections"] == "23")
                #expect(survey.facts["pg_is_in_recovery"] == "f")
                #expect(survey.facts["superuser"] == "postgres")
                #expect(survey.facts["bindir"] == PostgreSQLStage.programs)
                #expect(survey.facts.values.contains(real))
                let version = try stage.sql("show server_version")
                #expect(survey.version == version)
            }
        }
    }

    @Test func aWrongPasswordIsRefused() throws {
        try PostgreSQLStage.with { stage in
            let right = try stage.addRole("keeper", password: "right")
            let wrong = try stage.addRole("stranger", password: "right", inFile: "wrong")
            #expect(try PostgreSQLWork.surveyFault(stage.settings(["credentials": .text(right)])) == nil)
            let fault = try PostgreSQLWork.surveyFault(stage.settings(["credentials": .text(wrong)]))
            #expect(
                fault == .refused(detail: "FATAL: password authentication failed for user \"stranger\""))
            let none = try PostgreSQLWork.surveyFault(stage.settings(["user": .text("keeper")]))
            #expect(none == .refused(detail: PostgreSQLSurveyTests.noPassword(stage)))
        }
    }

    private static func noPassword(_ stage: PostgreSQLStage) -> String {
        "connection to server on socket \"\(stage.socket)/.s.PGSQL.5432\" failed: fe_sendauth: no password supplied"
    }

    @Test func missingRightsAndDatabasesAreNamed() throws {
        try PostgreSQLStage.with { stage in
            let file = try stage.addRole("reader", password: "right")
            try stage.sql("alter role reader nosuperuser")
            let refused = try PostgreSQLWork.surveyFault(stage.settings(["credentials": .text(file)]))
            #expect(refused == .refused(detail: "data_directory: pg_read_all_settings"))
            let missing = try PostgreSQLWork.surveyFault(stage.settings(["database": .text("none")]))
            #expect(missing == .setting(key: "database", reason: "FATAL: database \"none\" does not exist"))
            let nobody = try PostgreSQLWork.surveyFault(stage.settings(["osUser": .text("no-such-user")]))
            #expect(nobody == .setting(key: "osUser", reason: "no-such-user"))
        }
    }

    /// A role with the rights that the manual names, and no more, is enough.
    @Test(arguments: ["checkpoint", "backup"])
    func aRoleWithoutSuperuserIsEnough(mode: String) throws {
        try PostgreSQLStage.with { stage in
            let file = try stage.addRole("keeper", password: "right")
            try stage.sql("alter role keeper nosuperuser replication")
            try stage.sql("grant pg_monitor, pg_checkpoint to keeper")
            try stage.sql("grant execute on function pg_backup_start(text, boolean) to keeper")
            try stage.sql("grant execute on function pg_backup_stop(boolean) to keeper")
            let settings = stage.settings(["credentials": .text(file), "mode": .text(mode)])
            _ = try PostgreSQLWork.with(settings) { try $0.hold() }
        }
    }

    @Test func aServerThatIsDownIsUnreachable() throws {
        try PostgreSQLStage.with { stage in
            stage.stop(SIGINT)
            let fault = try PostgreSQLWork.surveyFault(stage.settings())
            guard case .unreachable(let detail) = fault else { throw FixtureError("\(String(describing: fault))") }
            #expect(detail.hasSuffix("No such file or directory"))
        }
    }

    /// A standby that serves no queries stays for ever what a server is for a moment when it starts.
    @Test func aServerThatOnlyStartsIsNotReady() throws {
        try PostgreSQLStage.with { stage in
            stage.stop(SIGINT)
            try Sandbox.write("\(stage.data)/standby.signal", "", mode: 0o644)
            try stage.configure(["hot_standby = off"])
            try stage.start(serves: false)
            let fault = try PostgreSQLWork.surveyFault(stage.settings())
            guard case .notReady = fault else { throw FixtureError("\(String(describing: fault))") }
        }
    }

    /// As with a server in a container: its data directory is another cluster's here.
    @Test func aServerWhoseDataIsElsewhereIsRefused() throws {
        try PostgreSQLStage.with { stage in
            stage.stop(SIGINT)
            let other = try PostgreSQLStage(stage.sandbox, "other")
            try PostgreSQLStage.run("initdb", ["-D", other.data, "-U", "postgres", "--no-sync"])
            try other.configure(["unix_socket_directories = '\(stage.socket)'"])
            try stage.start(seeing: other.data)
            let fault = try PostgreSQLWork.surveyFault(stage.settings())
            guard case .setting("host", let reason) = fault else { throw FixtureError("\(String(describing: fault))") }
            #expect(reason.hasPrefix("\(stage.data)/global/pg_control: system_identifier "))
        }
    }

    @Test func onlyVersionsFrom13AreTaken() throws {
        #expect(throws: ApplicationFault.versionTooOld(found: "12.22", needed: "13.0")) {
            try PostgreSQLVersion.check(120_022)
        }
        #expect(throws: ApplicationFault.versionTooOld(found: "9.6.24", needed: "13.0")) {
            try PostgreSQLVersion.check(90_624)
        }
        try PostgreSQLVersion.check(130_000)
        try PostgreSQLVersion.check(180_001)
    }

    @Test func theServersWordIsFoundInWhateverLanguage() {
        let text = """
            connection to server at "localhost" (::1), port 5432 failed: Connection refused
            \tIs the server running on that host and accepting TCP/IP connections?
            connection to server at "localhost" (127.0.0.1), port 5432 failed: FATAL:  57P03: el sistema: se inicia
            LOCATION:  ProcessStartupPacket, postmaster.c:2390
            """
        let error = PostgreSQLMessage.error(in: text)
        #expect(error.state == "57P03")
        #expect(error.message == "FATAL: el sistema: se inicia")
        let silent = PostgreSQLMessage.error(in: "could not connect: No such file\n\tIs it running?")
        #expect(silent.state.isEmpty)
        #expect(silent.message == "could not connect: No such file")
    }
}
