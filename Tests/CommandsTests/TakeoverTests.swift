import Applications
import Configuration
import Fixtures
import Messages
import Testing

@testable import Commands

/// What `workload.conf` says, and what `remanso.yaml` says then.
@Suite struct TakeoverTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let lines: String
        let type: String
        let values: [String: ApplicationSettings.Value]
        var password: String?
        var gaps: [WorkloadGap] = []

        var testDescription: String { lines }
    }

    @Test(arguments: mysql + mysqlPlaces + elsewhere + postgres) func settings(_ one: Case) throws {
        try taken(over: one.lines) { takeover, folder in
            let settings = try #require(takeover.application)
            var values = one.values
            let file = "\(folder)/\(one.type).credentials"
            if let password = one.password {
                values["credentials"] = .text(file)
                #expect(takeover.credentials?.path == file)
                #expect(takeover.credentials?.text == "password = \(password)\n")
            } else {
                #expect(takeover.credentials == nil)
            }
            #expect(settings.type == one.type)
            #expect(settings.values == values)
            #expect(takeover.gaps == one.gaps.map { $0.at(file) })
        }
    }

    private static let mysql: [Case] = [
        Case(lines: "workload_name = mysql\nlinux_user = root", type: "mysql", values: ["user": .text("root")]),
        Case(
            lines: "workload_name = MariaDB\ncredString = -ubackup -pgeheim -h db.example -P 3307", type: "mariadb",
            values: ["user": .text("backup"), "host": .text("db.example"), "port": .integer(3307)], password: "geheim"),
        Case(
            lines: "workload_name = mysql\ncredString = --user=backup --password='a b\"c#d' --host 10.0.0.5 -s -N",
            type: "mysql", values: ["user": .text("backup"), "host": .text("10.0.0.5")], password: "a b\"c#d"),
        Case(
            lines: "WORKLOAD_NAME: mysql\nCredString: -u x\n  -p\"y%%z\\\"\"\n", type: "mysql",
            values: ["user": .text("x")], password: "y%z\""),
        Case(
            lines: "workload_name = mysql\nlinux_user = dba\ncredString = -h db -ppw", type: "mysql",
            values: ["user": .text("dba"), "host": .text("db")], password: "pw"),
        Case(
            lines: "workload_name = mysql\nrole = slave\ncredString = -uroot shop", type: "mysql",
            values: ["user": .text("root"), "stopReplica": .flag(true)]),
        Case(
            lines: "workload_name = mysql\ncredString = --password= -uroot", type: "mysql",
            values: ["user": .text("root")]),
    ]

    private static let mysqlPlaces: [Case] = [
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -S /run/my.sock", type: "mysql",
            values: ["user": .text("root"), "socket": .text("/run/my.sock")]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -hlocalhost -P3306", type: "mysql",
            values: ["user": .text("root")], gaps: [.portBesideSocket]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot --protocol=TCP --port=3308", type: "mysql",
            values: ["user": .text("root"), "host": .text("127.0.0.1"), "port": .integer(3308)]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -hdb -P many -S my.sock", type: "mysql",
            values: ["user": .text("root"), "host": .text("db")], gaps: [.clientOption("--port")]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -S my.sock", type: "mysql",
            values: ["user": .text("root")], gaps: [.clientOption("--socket")]),
    ]

    private static let elsewhere: [Case] = [
        Case(
            lines: "workload_name = mysql\nlinux_user = dba\ncredString = --login-path=backup", type: "mysql",
            values: [:],
            gaps: [.loginPath(credentials: "")]),
        Case(
            lines: "workload_name = mariadb\ncredString = --defaults-file=/root/.my.cnf -h db", type: "mariadb",
            values: ["host": .text("db")], gaps: [.optionFile(credentials: "")]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -p", type: "mysql", values: ["user": .text("root")],
            gaps: [.passwordAsked(credentials: "")]),
        Case(
            lines: "workload_name = mysql\nlinux_user = dba", type: "mysql", values: ["user": .text("dba")],
            gaps: [.otherUser("dba")]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot \"-p blank \" --ssl-ca=/x -Z a b", type: "mysql",
            values: ["user": .text("root")],
            gaps: [.clientOption("--ssl-ca"), .clientOption("-Z"), .clientWord, .passwordNotKept]),
        Case(
            lines: "workload_name = mysql\ncredString = -uroot -p$(cat /root/pw)", type: "mysql",
            values: ["user": .text("root")], password: "$(cat", gaps: [.shellExpansion]),
    ]

    private static let postgres: [Case] = [
        Case(
            lines: "workload_name = postgres\nlinux_user = postgres", type: "postgresql",
            values: ["user": .text("postgres"), "osUser": .text("postgres")]),
        Case(
            lines:
                "workload_name = postgres\nlinux_user = postgres\ncredString = -U admin -h /run/pg -p 5433 -d shop -w",
            type: "postgresql",
            values: [
                "user": .text("admin"), "osUser": .text("postgres"), "host": .text("/run/pg"), "port": .integer(5433),
                "database": .text("shop"),
            ]),
        Case(
            lines: "workload_name = postgres\ncredString = postgresql://a%40b:p%2Fw@[::1]:5433/shop?sslmode=require",
            type: "postgresql",
            values: [
                "user": .text("a@b"), "host": .text("::1"), "port": .integer(5433), "database": .text("shop"),
            ], password: "p/w", gaps: [.clientOption("sslmode")]),
        Case(
            lines: "workload_name = postgres\ncredString = \"host=db user = 'x y' password='it\\\\'s'\"",
            type: "postgresql",
            values: ["host": .text("db"), "user": .text("x y")], password: "it's"),
        Case(
            lines: "workload_name = postgres\nlinux_user = p\ncredString = -W shop admin more", type: "postgresql",
            values: ["database": .text("shop"), "user": .text("admin"), "osUser": .text("p")],
            gaps: [.clientWord, .passwordAsked(credentials: "")]),
    ]

    @Test func whatHasNoEquivalentIsNamed() throws {
        let lines = """
            workload_name = mysql
            linux_user = root
            command_path = /usr/bin/
            ipc_folder = /var/ipc
            configuration_path = /etc/mysql
            dbnames = a;b
            enforceSlaveOnly = 1
            customScriptEnabled = 1
            timeout = 3600
            colour = blue
            [logbackup]
            x = y
            """
        try taken(over: lines) { takeover, _ in
            #expect(takeover.application?.deadlineSeconds == 600)
            let expected: [WorkloadGap] = [
                .timeout(limit: 600), .commandPath, .ipcFolder, .configurationPath, .databases, .enforceSlaveOnly,
                .customScripts, .logBackup, .unknownKey("colour"),
            ]
            #expect(takeover.gaps == expected)
        }
    }

    @Test func emptyKeysOfTheTemplateAreNone() throws {
        let lines = "workload_name = mysql\ncommand_path =\ncredString =\nipc_folder =\ntimeout =\nlinux_user =\n"
        try taken(over: lines) { takeover, _ in
            #expect(takeover.gaps == [])
            #expect(takeover.application == ApplicationSettings(type: "mysql", name: "mysql"))
        }
    }

    @Test func oracleHasNoAdapter() throws {
        try taken(over: "workload_name = oracle\nlinux_user = oracle\ncredString = /") { takeover, _ in
            #expect(takeover.application == nil)
            #expect(takeover.gaps == [.oracle])
            #expect(takeover.text(.en).isEmpty)
        }
    }

    /// What is written must be what the configuration loader accepts, with the keys that the adapters declare.
    @Test(arguments: Language.allCases) func whatIsWrittenIsReadBack(language: Language) throws {
        let cases = TakeoverTests.mysql + TakeoverTests.mysqlPlaces + TakeoverTests.elsewhere + TakeoverTests.postgres
        for one in cases {
            try taken(over: one.lines + "\ntimeout = 90") { takeover, folder in
                let text = Configuration.template(language) + takeover.text(language)
                let path = try Sandbox.write("\(folder)/remanso.yaml", text)
                var expected = Configuration()
                expected.applications = [try #require(takeover.application)]
                #expect(expected.applications[0].deadlineSeconds == 90)
                #expect(try Configuration.load(path: path, isExplicit: true) == expected)
                if let password = one.password { #expect(!takeover.text(language).contains(password)) }
            }
        }
    }

    /// The line that stands there in a comment is a whole one.
    @Test func theCommentedCredentialsCanBeSwitchedOn() throws {
        try taken(over: "workload_name = mysql\ncredString = --login-path=x") { takeover, folder in
            let text = takeover.text(.en).replacing("#credentials", with: "credentials")
            let path = try Sandbox.write("\(folder)/remanso.yaml", text)
            let application = try Configuration.load(path: path, isExplicit: true).applications.first
            #expect(application?.text("credentials") == "\(folder)/mysql.credentials")
        }
    }

    private func taken(over lines: String, _ body: (Takeover, String) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let path = try sandbox.write("workload.conf", "[workload]\n\(lines)\n")
            try body(try Takeover(path, folder: sandbox.path), sandbox.path)
        }
    }
}

extension WorkloadGap {
    /// With the place of the credentials file that only the test knows.
    fileprivate func at(_ file: String) -> WorkloadGap {
        switch self {
        case .loginPath: .loginPath(credentials: file)
        case .optionFile: .optionFile(credentials: file)
        case .passwordAsked: .passwordAsked(credentials: file)
        default: self
        }
    }
}
