import Applications
import Messages
import Testing

@testable import Configuration

@Suite struct ApplicationFaultTests {
    typealias Case = FaultTests.Case

    @Test(arguments: structure + names + limits + drills)
    func namesFileLineKeyAndExpectation(_ one: Case) throws {
        guard case .configuration(_, let line, let key, let fault) = try problem(Array(one.yaml.utf8)) else {
            Issue.record("no configuration problem")
            return
        }
        #expect(line == one.line)
        #expect(key == one.key)
        #expect(fault == one.fault)
    }

    private static let structure: [Case] = [
        Case("applications:", 1, "applications", .wrongType(expected: .objectArray)),
        Case("applications: mariadb", 1, "applications", .wrongType(expected: .objectArray)),
        Case("applications: {type: redis}", 1, "applications", .wrongType(expected: .objectArray)),
        Case("applications: [redis]", 1, "applications[0]", .wrongType(expected: .object)),
        Case("applications:\n- type: redis\n- [redis]", 3, "applications[1]", .wrongType(expected: .object)),
        Case("applications:\n-\n", 2, "applications[0]", .wrongType(expected: .object)),
        Case("applications: [{}]", 1, "applications[0].type", .missing),
        Case("applications:\n\n- name: x\n  port: 1", 3, "applications[0].type", .missing),
        Case("applications: [{type: }]", 1, "applications[0].type", .wrongType(expected: .string)),
        Case("applications: [{type: ''}]", 1, "applications[0].type", .empty),
        Case("applications: [{type: [redis]}]", 1, "applications[0].type", .wrongType(expected: .string)),
        Case("applications:\n- type: oracle", 2, "applications[0].type", .notOneOf(Applications.all.map(\.type))),
        Case("applications: [{type: Redis}]", 1, "applications[0].type", .notOneOf(Applications.all.map(\.type))),
        Case("applications:\n- type: sqlite\n  name: x", 2, "applications[0].files", .missing),
        Case("applications:\n- type: redis\n  type: redis", 3, "applications[0].type", .duplicateKey),
    ]

    private static let names: [Case] = [
        Case("applications:\n- type: redis\n- type: redis", 3, "applications[1]", .notUnique("redis")),
        Case(
            "applications:\n- {type: redis, name: mysql}\n- {type: mysql}", 3, "applications[1]", .notUnique("mysql")),
        Case(
            "applications:\n- {type: redis, name: a}\n- {type: mysql}\n- {type: redis, name: a}", 4, "applications[2]",
            .notUnique("a")),
        Case("applications: [{type: redis, name: ''}]", 1, "applications[0].name", .empty),
        Case("applications: [{type: redis, name: 7}]", 1, "applications[0].name", .wrongType(expected: .string)),
        Case("applications: [{type: redis, name: {}}]", 1, "applications[0].name", .wrongType(expected: .string)),
        Case("applications: [{type: redis, name: \"a\\0\"}]", 1, "applications[0].name", .syntax("NUL in a text")),
        Case(
            "applications:\n- type: redis\n  password: secret", 3, "applications[0].password",
            .unknownKey(known: ["type", "name", "deadline", "drill"] + keys("redis"))),
        Case(
            "applications:\n- type: redis\n  files: [/a]", 3, "applications[0].files",
            .unknownKey(known: ["type", "name", "deadline", "drill"] + keys("redis"))),
        Case(
            "applications:\n- {type: mysql, host: a, socket: /b}", 2, "applications[0].host", .excludedBy("socket")),
        Case("applications:\n- {type: redis, socket: /b, port: 1}", 2, "applications[0].port", .excludedBy("socket")),
    ]

    private static func keys(_ type: String) -> [String] { Applications.kind(type)?.options.map(\.key) ?? [] }

    private static let limits: [Case] = [
        Case(
            "applications: [{type: redis, deadline: 999ms}]", 1, "applications[0].deadline",
            .outOfRange(lowest: "1s", highest: "10m")),
        Case(
            "applications: [{type: redis, deadline: 601s}]", 1, "applications[0].deadline",
            .outOfRange(lowest: "1s", highest: "10m")),
        Case("applications: [{type: redis, deadline: 30}]", 1, "applications[0].deadline", .durationWithoutUnit("30")),
        Case(
            "applications: [{type: redis, deadline: {}}]", 1, "applications[0].deadline",
            .wrongType(expected: .duration)),
        Case(
            "applications: [{type: redis, drill: {timeout: 25h}}]", 1, "applications[0].drill.timeout",
            .outOfRange(lowest: "1s", highest: "24h")),
        Case(
            "applications: [{type: redis, drill: {timeout: 0s}}]", 1, "applications[0].drill.timeout",
            .outOfRange(lowest: "1s", highest: "24h")),
    ]

    private static func drill(_ yaml: String) -> String { "applications:\n- type: redis\n  drill:\n    \(yaml)" }

    private static let drills: [Case] = [
        Case(drill("true"), 3, "applications[0].drill", .wrongType(expected: .object)),
        Case(drill("query: x"), 4, "applications[0].drill.query", .unknownKey(known: ["probe", "timeout"])),
        Case(drill("probe: SELECT 1"), 4, "applications[0].drill.probe", .wrongType(expected: .object)),
        Case(drill("probe: {}"), 4, "applications[0].drill.probe", .oneNeeded(["query", "script"])),
        Case(drill("probe: {expect: 1}"), 4, "applications[0].drill.probe", .oneNeeded(["query", "script"])),
        Case(
            drill("probe:\n      query: x\n      script: /y"), 6, "applications[0].drill.probe.script",
            .excludedBy("query")),
        Case(
            drill("probe: {sql: x}"), 4, "applications[0].drill.probe.sql",
            .unknownKey(known: ["query", "script", "expect"])),
        Case(drill("probe: {query: 1}"), 4, "applications[0].drill.probe.query", .wrongType(expected: .string)),
        Case(drill("probe: {query: ''}"), 4, "applications[0].drill.probe.query", .empty),
        Case(drill("probe: {script: y.sh}"), 4, "applications[0].drill.probe.script", .notAbsolute("y.sh")),
        Case(
            drill("probe: {query: x, expect: }"), 4, "applications[0].drill.probe.expect", .wrongType(expected: .string)
        ),
        Case(
            drill("probe: {query: x, expect: ~}"), 4, "applications[0].drill.probe.expect",
            .wrongType(expected: .string)),
        Case(
            drill("probe: {query: x, expect: [1]}"), 4, "applications[0].drill.probe.expect",
            .wrongType(expected: .string)),
        Case(drill("probe: {query: x, expect: ''}"), 4, "applications[0].drill.probe.expect", .empty),
    ]

    /// The password must not be told, nor anything that moves a terminal's cursor.
    @Test func anUnknownKeyTellsNothingOfItsValue() throws {
        let yaml = "applications:\n- type: redis\n  \"pass\\e[2Jword\": geheim"
        guard case .configuration(_, 3, let key, let fault)? = try problem(Array(yaml.utf8)) else {
            Issue.record("accepted")
            return
        }
        #expect(key == "applications[0].pass\\u{1b}[2Jword")
        #expect(!"\(fault)".contains("geheim"))
    }

    @Test(.timeLimit(.minutes(1))) func thousandsOfApplicationsAreReadOrRefused() throws {
        let entries = (0..<2000).map { "- type: redis\n  name: r\($0)\n" }
        #expect(try load("applications:\n" + entries.joined()).applications.count == 2000)
        let doubled = "applications:\n" + entries.joined() + entries[0]
        guard case .configuration(_, 4002, "applications[2000]", .notUnique("r0"))? = try problem(Array(doubled.utf8))
        else {
            Issue.record("accepted, or another fault")
            return
        }
    }

    @Test func aliasesAndPrefixesAreReadOrRefused() throws {
        let text = "applications: [&a {type: redis, drill: {probe: {query: 'é', expect: 1.50}}}, *a]\n"
        for length in 0...text.utf8.count {
            if case .configuration(_, let line, _, _) = try problem(Array(text.utf8.prefix(length))) {
                #expect(1...2 ~= line)
            }
        }
        guard case .configuration(_, 1, "applications[1]", .notUnique("redis"))? = try problem(Array(text.utf8)) else {
            Issue.record("an alias makes two of one name")
            return
        }
    }
}
