import Applications
import Configuration
import Messages
import Testing

@Suite struct ApplicationTests {
    @Test func everyKeyOfMariaDBAndMySQL() throws {
        for type in ["mariadb", "mysql"] {
            let applications = try load(
                """
                applications:
                  - type: \(type)
                    name: orders
                    deadline: 45s
                    host: db.example
                    port: 3307
                    user: backup
                    credentials: /etc/remanso/orders.credentials
                    longQuery: 2500ms
                    stopReplica: true
                    lock: tables
                  - {type: \(type), name: other, socket: /run/x.sock, stopReplica: false, lock: backup}
                """
            ).applications
            var first = ApplicationSettings(type: type, name: "orders")
            first.deadlineSeconds = 45
            first.values = [
                "host": .text("db.example"), "port": .integer(3307), "user": .text("backup"),
                "credentials": .text("/etc/remanso/orders.credentials"), "longQuery": .seconds(2.5),
                "stopReplica": .flag(true), "lock": .text("tables"),
            ]
            var second = ApplicationSettings(type: type, name: "other")
            second.values = ["socket": .text("/run/x.sock"), "stopReplica": .flag(false), "lock": .text("backup")]
            #expect(applications == [first, second])
        }
    }

    @Test func everyKeyOfRedisAndSQLite() throws {
        let applications = try load(
            """
            applications:
              - {type: redis, host: 127.0.0.1, port: 6380, credentials: /etc/r, mode: save}
              - {type: redis, name: cache, socket: /run/redis.sock, mode: aof, deadline: 1s}
              - {type: sqlite, files: [/srv/a.db, /srv/b.db], busyTimeout: 1m, deadline: 10m}
            """
        ).applications
        var redis = ApplicationSettings(type: "redis", name: "redis")
        redis.values = [
            "host": .text("127.0.0.1"), "port": .integer(6380), "credentials": .text("/etc/r"), "mode": .text("save"),
        ]
        var cache = ApplicationSettings(type: "redis", name: "cache")
        cache.deadlineSeconds = 1
        cache.values = ["socket": .text("/run/redis.sock"), "mode": .text("aof")]
        var sqlite = ApplicationSettings(type: "sqlite", name: "sqlite")
        sqlite.deadlineSeconds = 600
        sqlite.values = ["files": .paths(["/srv/a.db", "/srv/b.db"]), "busyTimeout": .seconds(60)]
        #expect(applications == [redis, cache, sqlite])
    }

    @Test func everyKeyOfPostgreSQL() throws {
        let applications = try load(
            """
            applications:
              - type: postgresql
                host: /run/postgresql
                port: 5433
                database: postgres
                user: backup
                osUser: postgres
                credentials: /etc/p
                mode: backup
              - {type: postgresql, name: second, mode: checkpoint}
            """
        ).applications
        var first = ApplicationSettings(type: "postgresql", name: "postgresql")
        first.values = [
            "host": .text("/run/postgresql"), "port": .integer(5433), "database": .text("postgres"),
            "user": .text("backup"), "osUser": .text("postgres"), "credentials": .text("/etc/p"),
            "mode": .text("backup"),
        ]
        var second = ApplicationSettings(type: "postgresql", name: "second")
        second.values = ["mode": .text("checkpoint")]
        #expect(applications == [first, second])
    }

    @Test func withoutKeysEverythingHasItsDefault() throws {
        let application = try #require(try load("applications: [{type: mariadb}]").applications.first)
        #expect(application == ApplicationSettings(type: "mariadb", name: "mariadb"))
        #expect(application.deadlineSeconds == 30)
        #expect(application.drill.timeoutSeconds == 300)
        #expect(try load("applications: []").applications == [])
    }

    @Test func aDrillAsksAQueryOrRunsAScript() throws {
        let query = try drill("{timeout: 90s, probe: {query: SELECT 1, expect: '1'}}")
        #expect(query.timeoutSeconds == 90)
        #expect(query.query == "SELECT 1")
        #expect(query.expect == "1")
        #expect(query.script == nil)
        let script = try drill("{probe: {script: /etc/remanso/probe.sh}}")
        #expect(script.script == "/etc/remanso/probe.sh")
        #expect(script.expect == nil)
        #expect(try drill("{}") == ApplicationSettings.Drill())
    }

    /// People write what the database prints, and that is seldom in quotes.
    @Test(arguments: [
        ("42", "42"), ("-1", "-1"), ("0.50", "0.50"), ("007", "007"), ("1e3", "1e3"), ("true", "true"), ("No", "No"),
        ("42|ñ", "42|ñ"), ("'42'", "42"), ("\"a\\tb\"", "a\tb"), ("'null'", "null"), ("|\n  1\n  2", "1\n2"),
    ])
    func whatIsExpectedIsTakenAsItIsWritten(yaml: String, text: String) throws {
        let value = yaml.replacing("\n", with: "\n        ")
        let found = try load(
            "applications:\n- type: redis\n  drill:\n    probe:\n      query: DBSIZE\n      expect: \(value)\n")
        #expect(found.applications.first?.drill.expect?.trimmingSuffix(while: \.isNewline) == text[...])
    }

    private func drill(_ yaml: String) throws -> ApplicationSettings.Drill {
        try #require(try load("applications: [{type: redis, drill: \(yaml)}]").applications.first).drill
    }

    /// Whatever a type declares: the value of each key has a type and limits, and the error is at the key.
    @Test(arguments: Applications.all.map(\.type))
    func everyKeyOfATypeRefusesWhatItCannotBe(type: String) throws {
        let kind = try #require(Applications.kind(type))
        let needed = kind.options.filter(\.isRequired).map { "\($0.key): [/a]" }
        for option in kind.options {
            for (value, fault) in ApplicationTests.wrongValues(option.kind) {
                let others = needed.filter { !$0.hasPrefix(option.key + ":") }
                let lines = ["- type: \(type)"] + others.map { "  " + $0 } + ["  \(option.key): \(value)"]
                let yaml = "applications:\n" + lines.joined(separator: "\n")
                let found = try problem(Array(yaml.utf8))
                guard case .configuration(_, let line, let key, let seen) = found else {
                    Issue.record("\(yaml) is accepted")
                    continue
                }
                #expect(line == lines.count + 1, "\(yaml)")
                #expect(key.hasPrefix("applications[0].\(option.key)"), "\(yaml)")
                #expect(seen == fault, "\(yaml)")
            }
        }
    }

    private static func wrongValues(_ kind: ApplicationOption.Kind) -> [(String, ConfigurationFault)] {
        switch kind {
        case .text:
            [
                ("7", .wrongType(expected: .string)), ("[a]", .wrongType(expected: .string)), ("''", .empty),
                ("null", .wrongType(expected: .string)), ("yes", .wrongType(expected: .string)),
                ("\"a\\0\"", .syntax("NUL in a text")),
            ]
        case .path:
            [
                ("x/y", .notAbsolute("x/y")), ("{}", .wrongType(expected: .string)), ("''", .empty),
                ("\"\\e[2J\"", .notAbsolute("\\u{1b}[2J")),
            ]
        case .paths:
            [
                ("/a", .wrongType(expected: .stringArray)), ("[]", .empty), ("[a]", .notAbsolute("a")),
                ("[/a, 7]", .wrongType(expected: .string)), ("{a: /b}", .wrongType(expected: .stringArray)),
            ]
        case .choice(let known):
            [
                ("frobnicate", .notOneOf(known)), (known[0].uppercased(), .notOneOf(known)),
                ("[\(known[0])]", .wrongType(expected: .string)),
            ]
        case .integer(let limits):
            [
                ("many", .wrongType(expected: .integer)), ("'\(limits.lowerBound)'", .wrongType(expected: .integer)),
                ("\(limits.upperBound + 1)", range(limits)), ("\(limits.lowerBound - 1)", range(limits)),
                ("99999999999999999999", range(limits)), ("1.0", .wrongType(expected: .integer)),
            ]
        case .flag:
            [
                ("yes", .wrongType(expected: .boolean)), ("'true'", .wrongType(expected: .boolean)),
                ("1", .wrongType(expected: .boolean)), ("True", .wrongType(expected: .boolean)),
            ]
        case .seconds:
            [
                ("5", .durationWithoutUnit("5")), ("999ms", .outOfRange(lowest: "1s", highest: "1h")),
                ("61m", .outOfRange(lowest: "1s", highest: "1h")), ("soon", .wrongType(expected: .duration)),
            ]
        }
    }

    private static func range(_ limits: ClosedRange<Int>) -> ConfigurationFault {
        .outOfRange(lowest: "\(limits.lowerBound)", highest: "\(limits.upperBound)")
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, predicate(last) { text.removeLast() }
        return text
    }
}
