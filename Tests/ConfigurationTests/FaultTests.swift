import Messages
import Testing

@Suite struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let yaml: String
        let line: Int
        let key: String
        let fault: ConfigurationFault

        init(_ yaml: String, _ line: Int, _ key: String, _ fault: ConfigurationFault) {
            (self.yaml, self.line, self.key, self.fault) = (yaml, line, key, fault)
        }

        var testDescription: String { yaml }
    }

    @Test(arguments: types + values + keys + duplicates)
    func namesFileLineKeyAndExpectation(_ one: Case) throws {
        guard case .configuration(_, let line, let key, let fault) = try problem(Array(one.yaml.utf8)) else {
            Issue.record("no configuration problem")
            return
        }
        #expect(line == one.line)
        #expect(key == one.key)
        #expect(fault == one.fault)
    }

    private static let types: [Case] = [
        Case("hello", 1, "", .wrongType(expected: .object)),
        Case("\n- a", 2, "", .wrongType(expected: .object)),
        Case("null", 1, "", .wrongType(expected: .object)),
        Case("volumes: /srv/db", 1, "volumes", .wrongType(expected: .stringArray)),
        Case("exclude: []\nvolumes:", 2, "volumes", .wrongType(expected: .stringArray)),
        Case("volumes: {a: b}", 1, "volumes", .wrongType(expected: .stringArray)),
        Case("volumes:\n- /a\n- 7", 3, "volumes[1]", .wrongType(expected: .string)),
        Case("volumes:\n- /a\n- [/b]", 3, "volumes[1]", .wrongType(expected: .string)),
        Case("exclude:\n  -\n", 2, "exclude[0]", .wrongType(expected: .string)),
        Case("vault: /backup", 1, "vault", .wrongType(expected: .object)),
        Case("\nvault:\nprovider: x", 2, "vault", .wrongType(expected: .object)),
        Case("vault:\n  repository: 7", 2, "vault.repository", .wrongType(expected: .string)),
        Case("vault:\n  passwordFile:\n    - /a", 2, "vault.passwordFile", .wrongType(expected: .string)),
        Case("vault:\n\n  environmentFile: ~", 3, "vault.environmentFile", .wrongType(expected: .string)),
        Case("scripts: []", 1, "scripts", .wrongType(expected: .object)),
        Case("scripts: {config: true}", 1, "scripts.config", .wrongType(expected: .string)),
        Case("provider: 1.5", 1, "provider", .wrongType(expected: .string)),
        Case("provider: off", 1, "provider", .wrongType(expected: .string)),
        Case("provider: !!binary aGVsbG8=", 1, "provider", .wrongType(expected: .string)),
        Case("freeze: 10s", 1, "freeze", .wrongType(expected: .object)),
        Case("freeze:\n  deadline: [10s]", 2, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze:\n  deadline: soon", 2, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: 10 s}", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: 10d}", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: 1.2.3s}", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: .5s}", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: 1e2s}", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("freeze: {deadline: }", 1, "freeze.deadline", .wrongType(expected: .duration)),
        Case("retry: 3", 1, "retry", .wrongType(expected: .object)),
        Case("retry: {attempts: '3'}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("retry: {attempts: 3.0}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("retry: {attempts: 03}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("retry: {attempts: 1_0}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("retry: {attempts: ٣}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("retry: {attempts: yes}", 1, "retry.attempts", .wrongType(expected: .integer)),
        Case("require: [crash]", 1, "require", .wrongType(expected: .string)),
        Case("require: null", 1, "require", .wrongType(expected: .string)),
        Case("retention:", 1, "retention", .wrongType(expected: .object)),
        Case("retention:\n  last: 3\n  daily: seven", 3, "retention.daily", .wrongType(expected: .integer)),
    ]

    private static let values: [Case] = [
        Case("volumes: []", 1, "volumes", .empty),
        Case("volumes:\n  - ''", 2, "volumes[0]", .empty),
        Case("volumes: [\n /a,\n srv/db]", 3, "volumes[1]", .notAbsolute("srv/db")),
        Case("exclude: [~/x]", 1, "exclude[0]", .notAbsolute("~/x")),
        Case("volumes: [\"/a\\0b\"]", 1, "volumes[0]", .syntax("NUL in a text")),
        Case("vault:\n  repository: ''", 2, "vault.repository", .empty),
        Case("vault:\n  repository: backup/vault", 2, "vault.repository", .notAbsolute("backup/vault")),
        Case("vault:\n  repository: ./a:b", 2, "vault.repository", .notAbsolute("./a:b")),
        Case("vault: {passwordFile: vault.key}", 1, "vault.passwordFile", .notAbsolute("vault.key")),
        Case("vault: {environmentFile: \"e\\e[2J\"}", 1, "vault.environmentFile", .notAbsolute("e\\u{1b}[2J")),
        Case("scripts:\n  config: x.json", 2, "scripts.config", .notAbsolute("x.json")),
        Case("provider: ''", 1, "provider", .empty),
        Case("freeze: {budget: 1ms}", 1, "freeze.budget", .outOfRange(lowest: "10ms", highest: "1m")),
        Case("freeze:\n  deadline: 10", 2, "freeze.deadline", .durationWithoutUnit("10")),
        Case("freeze: {deadline: '1.5'}", 1, "freeze.deadline", .durationWithoutUnit("1.5")),
        Case("freeze: {deadline: 0s}", 1, "freeze.deadline", .outOfRange(lowest: "100ms", highest: "10m")),
        Case("freeze: {deadline: 99ms}", 1, "freeze.deadline", .outOfRange(lowest: "100ms", highest: "10m")),
        Case("freeze: {deadline: 601s}", 1, "freeze.deadline", .outOfRange(lowest: "100ms", highest: "10m")),
        Case("freeze: {deadline: -1s}", 1, "freeze.deadline", .outOfRange(lowest: "100ms", highest: "10m")),
        Case("retry:\n  delay: 30", 2, "retry.delay", .durationWithoutUnit("30")),
        Case("retry:\n  delay: 25h", 2, "retry.delay", .outOfRange(lowest: "0s", highest: "24h")),
        Case("retry: {attempts: 0}", 1, "retry.attempts", .outOfRange(lowest: "1", highest: "100")),
        Case("retry: {attempts: 101}", 1, "retry.attempts", .outOfRange(lowest: "1", highest: "100")),
        Case(
            "retry: {attempts: 99999999999999999999}", 1, "retry.attempts", .outOfRange(lowest: "1", highest: "100")),
        Case("require: none", 1, "require", .notOneOf(["application", "filesystem", "crash"])),
        Case("\n\nrequire: Crash", 3, "require", .notOneOf(["application", "filesystem", "crash"])),
        Case("retention:\n  last: -1", 2, "retention.last", .outOfRange(lowest: "0", highest: "9999")),
        Case("retention:\n  yearly: 10000", 2, "retention.yearly", .outOfRange(lowest: "0", highest: "9999")),
        Case("retention: {}", 1, "retention", .outOfRange(lowest: "1", highest: "9999")),
        Case("\nretention:\n  last: 0", 2, "retention", .outOfRange(lowest: "1", highest: "9999")),
    ]

    private static let root = [
        "volumes", "exclude", "vault", "scripts", "applications", "provider", "freeze", "retry", "require", "retention",
    ]

    private static let keys: [Case] = [
        Case("provider: x\nvolume: [/a]", 2, "volume", .unknownKey(known: root)),
        Case("7: x", 1, "7", .unknownKey(known: root)),
        Case("'': x", 1, "", .unknownKey(known: root)),
        Case("<<: {provider: x}", 1, "<<", .unknownKey(known: root)),
        Case("\"a\\nb\": x", 1, "a\\u{a}b", .unknownKey(known: root)),
        Case("? [a]\n: x", 1, "", .wrongType(expected: .string)),
        Case(
            "vault:\n  password: x", 2, "vault.password",
            .unknownKey(known: ["repository", "passwordFile", "environmentFile"])),
        Case("scripts:\n  config: /a\n  pre: /b", 3, "scripts.pre", .unknownKey(known: ["config"])),
        Case("freeze: {timeout: 10s}", 1, "freeze.timeout", .unknownKey(known: ["deadline", "budget"])),
        Case("retry: {attempt: 3}", 1, "retry.attempt", .unknownKey(known: ["attempts", "delay"])),
        Case(
            "retention: {hourly: 3}", 1, "retention.hourly",
            .unknownKey(known: ["last", "daily", "weekly", "monthly", "yearly"])),
    ]

    private static let duplicates: [Case] = [
        Case("volumes: [/a]\nexclude: []\nvolumes: [/b]", 3, "volumes", .duplicateKey),
        Case("vault:\n  repository: /a\n\n  repository: /b", 4, "vault.repository", .duplicateKey),
        Case("vault:\n  'repository': /a\n  repository: /b", 3, "vault.repository", .duplicateKey),
        Case(
            "# ñ 😀\r\nvault: {\r\n  \"passwordFile\": /a,\r\n  passwordFile: /b}", 4, "vault.passwordFile",
            .duplicateKey),
        Case("retry:\n  delay: 1s\n  delay: 1s\n  delay: 1s", 3, "retry.delay", .duplicateKey),
        Case("a:\n - b: 1\n - c: {x: 1,\n   x: 2}", 4, "a[1].c.x", .duplicateKey),
        Case("a: 1\nb: 1\nb: 2\na: 2", 4, "a", .duplicateKey),
        Case("vault: {repository: /a}\nretry: {delay: 1s, delay: 2s}\nvault: {}", 2, "retry.delay", .duplicateKey),
        Case("!!str provider: a\nprovider: b", 2, "provider", .duplicateKey),
        Case("!x provider: a\nprovider: b", 2, "provider", .duplicateKey),
    ]
}
