import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

@Suite struct RedisFaultTests {
    private static let secret = "kept out of sight"

    /// The fault of a survey.
    private func surveyFault(_ settings: ApplicationSettings) throws -> ApplicationFault? {
        try applicationFault { try Work.with(settings) { _ = try $0.session.survey() } }
    }

    @Test func logsInWithPasswordAndWithUser() throws {
        try RedisStage.with(["requirepass \"\(Self.secret)\"", "user keeper on >short ~* +@all"]) { stage in
            let sandbox = stage.sandbox
            let plain = try sandbox.write("plain", "password = \(Self.secret)\n")
            try expect(surveyFault(stage.settings(["credentials": .text(plain)])), is: nil)
            let user = try sandbox.write("user", "user = keeper\npassword = short\n")
            try expect(surveyFault(stage.settings(["credentials": .text(user)])), is: nil)
            let wrong = try sandbox.write("wrong", "password = wrong\n")
            let refused = ApplicationFault.refused(
                detail: "AUTH: WRONGPASS invalid username-password pair or user is disabled.")
            try expect(surveyFault(stage.settings(["credentials": .text(wrong)])), is: refused)
            try expect(surveyFault(stage.settings()), is: .refused(detail: "INFO: NOAUTH Authentication required."))
            chmod(plain, 0o644)
            try expect(
                surveyFault(stage.settings(["credentials": .text(plain)])),
                is: .credentialsUnusable(path: plain, reason: "mode 0644"))
        }
    }

    @Test func keepsThePasswordOutOfSight() throws {
        try RedisStage.with(["requirepass \"\(Self.secret)\""]) { stage in
            let file = try stage.sandbox.write("credentials", "password = \(Self.secret)\n")
            let settings = stage.settings(["credentials": .text(file)])
            try Holder.with(settings, in: stage.sandbox) { holder in
                #expect(holder.traces.contains("application-tool"))
                #expect(!holder.traces.contains(Self.secret))
            }
        }
    }

    @Test func saysThatNobodyListens() throws {
        try Sandbox.with { sandbox in
            var settings = ApplicationSettings(type: "redis", name: "cache")
            settings.values = ["socket": .text(sandbox.path("none"))]
            let path = sandbox.path("none")
            try expect(surveyFault(settings), is: .unreachable(detail: "\(path): No such file or directory"))
            let port = try LoopbackPort.free()
            settings.values = ["port": .integer(port)]
            try expect(surveyFault(settings), is: .unreachable(detail: "127.0.0.1:\(port): Connection refused"))
            settings.values = ["socket": .text("/" + String(repeating: "long", count: 30))]
            guard case .unreachable? = try surveyFault(settings) else { throw FixtureError("a path that is too long") }
        }
    }

    @Test func saysThatTheServerLoads() throws {
        try Sandbox.with { sandbox in
            try RedisStage.with(in: sandbox) { stage in
                try stage.fill(2_000)
                try stage.ask("SAVE")
                stage.kill()
                let slowly = ["key-load-delay 5000", "loading-process-events-interval-bytes 1024"]
                try stage.start(slowly, waits: false)
                expect(Wait.until { (try? stage.information("loading")) == "1" }, is: true)
                try expect(surveyFault(stage.settings()), is: .notReady(detail: "loading:1"))
            }
        }
    }

    @Test func saysThatAScriptKeepsEverybodyWaiting() throws {
        try RedisStage.with(["busy-reply-threshold 50"]) { stage in
            try Background.with("redis-cli", ["-s", stage.socket, "EVAL", "while true do end", "0"]) {
                try expect(Wait.until { try stage.ask("PING").contains("BUSY") }, is: true)
                guard case .busy? = try surveyFault(stage.settings()) else { throw FixtureError("not busy") }
                try stage.ask("SCRIPT", "KILL")
            }
        }
    }

    @Test func refusesAModeThatTheServerWouldNotStartFrom() throws {
        try RedisStage.with(["appendonly yes"]) { stage in
            let settings = stage.settings(["mode": .text("save")])
            try expect(surveyFault(settings), is: .setting(key: "mode", reason: "save; appendonly yes"))
        }
        try RedisStage.with { stage in
            let settings = stage.settings(["mode": .text("aof")])
            try expect(surveyFault(settings), is: .setting(key: "mode", reason: "aof; appendonly no"))
        }
    }

    @Test(arguments: ["yes", "no"]) func findsTheFilesWhereCONFIGIsForbidden(_ appendonly: String) throws {
        let lines = [
            "rename-command CONFIG \"\"", "appendonly \(appendonly)", "appendfilename \"my log.aof\"",
            "dbfilename my.rdb",
        ]
        try RedisStage.with(lines) { stage in
            try stage.fill(10)
            let settings = stage.settings()
            let record = try Work.with(settings) { work in
                let survey = try work.hold()
                #expect(survey.folders == [stage.folder])
                return Work.record(settings, survey, try work.session.release(work.steps))
            }
            let copy = try stage.copy("copy")
            let moved = record.moved(to: copy)
            let results = try DrillRun.run(moved, as: "redis", in: stage.sandbox, query: "DBSIZE")
            #expect(results["query"] == "10")
        }
    }

    /// The names come from a file that says something else than the server does.
    @Test(arguments: ["yes", "no"]) func doesNotHoldFilesThatTheServerDoesNotWrite(_ appendonly: String) throws {
        try RedisStage.with(["rename-command CONFIG \"\"", "appendonly \(appendonly)"]) { stage in
            try stage.fill(10)
            let file = Files.parent(of: stage.folder) + "/redis.conf"
            try Sandbox.write(file, "appendfilename other.aof\ndbfilename other.rdb\n", mode: 0o644)
            try Work.with(stage.settings()) { work in
                let found = try applicationFault { try work.hold() }
                guard case .quiesceFailed? = found else { throw FixtureError("\(String(describing: found))") }
            }
            try stage.fill(10, from: 10)
        }
    }

    @Test func asksForTheRightsThatItNeeds() throws {
        let user = "user keeper on >short ~* +info +ping +config|get +client|unpause"
        try RedisStage.with([user]) { stage in
            let file = try stage.sandbox.write("user", "user = keeper\npassword = short\n")
            try Work.with(stage.settings(["credentials": .text(file)])) { work in
                guard case .refused(let detail)? = try applicationFault({ try work.hold() }) else {
                    throw FixtureError("held")
                }
                #expect(detail.hasPrefix("CLIENT: NOPERM"))
            }
        }
    }

    /// What the manual says is enough.
    @Test(arguments: ["yes", "no"]) func worksWithFewRights(_ appendonly: String) throws {
        let user = "user keeper on >short +info +config|get +client|pause +client|unpause +bgsave"
        try RedisStage.with([user, "appendonly \(appendonly)"]) { stage in
            let file = try stage.sandbox.write("user", "user = keeper\npassword = short\n")
            try Work.with(stage.settings(["credentials": .text(file)])) { work in
                try work.hold()
                _ = try work.session.release(work.steps)
            }
        }
    }
}
