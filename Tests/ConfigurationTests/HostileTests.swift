import Messages
import Testing

@testable import Configuration

/// Files that were written to crash, hang or mislead a reader. Each must end in an orderly error, and soon.
@Suite struct HostileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let line: Int?

        init(_ name: String, line: Int? = nil, _ text: String) { self.init(name, line: line, Array(text.utf8)) }

        init(_ name: String, line: Int? = nil, _ bytes: [UInt8]) {
            (testDescription, self.line, self.bytes) = (name, line, bytes)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: syntax + bombs + bytes)
    func endsInAnOrderlyError(_ one: Case) throws {
        let start = ContinuousClock.now
        guard case .configuration(_, let line, let key, let fault) = try problem(one.bytes) else {
            Issue.record("no configuration problem")
            return
        }
        if let expected = one.line { #expect(line == expected, "\(fault)") }
        #expect(line >= 1)
        #expect(key.count < 200)
        #expect("\(fault)".utf8.count < 2000)
        #expect(ContinuousClock.now - start < .seconds(100))
    }

    @Test func everyPrefixOfAFileIsReadOrRefused() throws {
        let text = "volumes: [/srv/db, \"/a\\u00e9\"] # é\nvault: &v {repository: 's3:x'}\n? a\n: |\n  x\nb: *v\n"
        for length in 0...text.utf8.count {
            let bytes = Array(text.utf8.prefix(length))
            if case .configuration(_, let line, _, _) = try problem(bytes) { #expect(1...7 ~= line) }
        }
    }

    /// The same texts in every run: a crash can be looked into.
    @Test(.timeLimit(.minutes(1))) func damagedFilesAreReadOrRefused() {
        let text = Array(
            "vault: &v {repository: 's3:x'}\n? [a, !!str b]\n: |\n  x\nretry:\n  delay: \"1\\x73\"\n- *v\n".utf8)
        let pieces = Array("\n\t :-?,[]{}#&*!|>'\"%@`<~\\x0é\u{2028}\u{FEFF}".utf8)
        var seed: UInt64 = 20_261_121
        func next(_ limit: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % limit
        }
        for _ in 0..<5000 {
            var damaged = text
            for _ in 0...next(6) {
                let place = next(damaged.count)
                switch next(3) {
                case 0: damaged[place] = pieces[next(pieces.count)]
                case 1: damaged.insert(pieces[next(pieces.count)], at: place)
                default: damaged.remove(at: place)
                }
            }
            do throws(Failure) {
                _ = try Configuration(bytes: damaged, file: "f")
            } catch {
                guard case .configuration("f", 1...20, _, _) = error.problem else {
                    Issue.record("\(error) for \(String(decoding: damaged, as: UTF8.self))")
                    return
                }
            }
        }
    }

    private static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    private static let syntax: [Case] = [
        Case("tab as indentation", line: 2, "vault:\n\trepository: /a\n"),
        Case("tab behind spaces", line: 3, "vault:\n  repository: /a\n \tpasswordFile: /b\n"),
        Case("open list", "volumes: [/a, /b\n"),
        Case("open quote", "volumes: ['/a\n"),
        Case("closing bracket alone", line: 1, "volumes: ]"),
        Case("two documents", line: 2, "provider: a\n---\nprovider: b\n"),
        Case("two empty documents", "---\n---\n"),
        Case("text behind the end", line: 2, "--- {}\nprovider: x\n"),
        Case("undefined alias", line: 2, "provider: x\nexclude: *missing\n"),
        Case("alias of itself", line: 1, "volumes: &a [*a]\n"),
        Case("alias as key", line: 1, "? &a x\n: 1\n? *a\n: 2\n"),
        Case("value without key", line: 1, ": x\n"),
        Case("colon in a value", line: 1, "provider: a: b\n"),
        Case("bad indentation", line: 3, "vault:\n    repository: /a\n  passwordFile: /b\n"),
        Case("unknown escape", line: 1, "provider: \"\\q\"\n"),
        Case("lone surrogate", line: 1, "provider: \"\\ud800\"\n"),
        Case("unknown directive", line: 1, "%YAML 9.9\n---\nprovider: x\n"),
        Case("undeclared tag", line: 1, "provider: !a!b x\n"),
        Case("tag of a type", line: 1, "retry: {attempts: !!int '3'}\n"),
        Case("reserved character", line: 1, "provider: @x\n"),
        Case("JSON with a comment", line: 1, "{\"provider\": \"x\", // why\n}"),
        Case("INI", line: 2, "[vault]\nrepository = /a\n"),
        Case("XML", line: 1, "<vault repository='/a'/>\n"),
        Case("literal block as path", line: 2, "vault:\n  repository: |\n    a\n    b\n"),
        Case("duplicate with an escape", line: 1, "\"a\\x62\": 1\nab: 2\n"),
        Case("twenty duplicates", line: 1, repeated("a: 1\n", 20)),
        Case("name of a helper", "remanso-duplicate-0: 1\na: 1\na: 2\n"),
    ]

    private static let bombs: [Case] = [
        Case("deep lists", line: 1, repeated("[", 500_000)),
        Case("deep mappings", line: 1, repeated("{a: ", 200_000)),
        Case("deep block lists", line: 1, repeated("- ", 400_000)),
        Case("deep complex keys", line: 1, repeated("? ", 400_000)),
        Case("deep indentation", line: 102, (0..<600).map { repeated(" ", $0) + "a:\n" }.joined()),
        Case("deep behind odd line ends", repeated("a\u{2028}" + repeated(" ", 90) + "- - - - - - x", 20)),
        Case(
            "billion laughs", line: 2,
            "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
                + (1..<20).map { "a\($0): &a\($0) [\(repeated("*a\($0 - 1), ", 8))*a\($0 - 1)]\n" }.joined()),
        Case(
            "laughing keys", line: 11,
            "? &a0 [x]\n: 1\n" + (1..<40).map { "? &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n: 1\n" }.joined()),
        Case(
            "few aliases of a large list",
            "? &a [\(repeated("x, ", 100_000))]\n: 1\n? &b [*a, *a, *a]\n: 1\n? &c [*b, *b, *b]\n: 1\n? *c\n: 2\n"),
        Case("large key in deep keys", repeated("? ", 49) + "[\(repeated("x, ", 100_000))]"),
        Case("merge bomb", "a: &a {b: 1}\n<<: [*a, *a, *a, *a]\n"),
        Case("many keys", (0..<50_000).map { "k\($0): 1\n" }.joined()),
        Case("very long key", line: 1, repeated("k", 100_000) + ": 1\n"),
        Case("very long key in quotes", line: 1, "\"\(repeated("k", 100_000))\": 1\n"),
        Case("very long value", line: 1, "require: " + repeated("v", 1_000_000)),
        Case("very long path", line: 1, "volumes: [\(repeated("v", 1_000_000))]"),
        Case("many combining marks", line: 1, "e" + repeated("\u{301}", 100_000) + ": 1\n"),
        Case("huge number", line: 1, "retry: {attempts: \(repeated("9", 500_000))}"),
        Case("huge duration", line: 1, "freeze: {deadline: \(repeated("9", 500_000))s}"),
        Case("many comments before a fault", line: 200_001, repeated("# x\n", 200_000) + "a: b: c"),
        Case("many anchors", (0..<50_000).map { "k\($0): &a\($0) 1\n" }.joined()),
    ]

    private static let bytes: [Case] = [
        Case("NUL", line: 1, [0x61, 0x3A, 0x20, 0x00, 0x62]),
        Case("only NULs", line: 1, [UInt8](repeating: 0, count: 4096)),
        Case("not UTF-8", line: 2, Array("provider: x\nrequire: ".utf8) + [0xFF, 0xFE]),
        Case("overlong UTF-8", line: 1, [0xC0, 0xAF]),
        Case("cut UTF-8", line: 1, Array("provider: ".utf8) + [0xE2, 0x82]),
        Case("UTF-16", line: 1, [0xFF, 0xFE] + "provider: x\n".utf8.flatMap { [$0, 0] }),
        Case("ELF", line: 1, [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0, 0x80, 0x81]),
        Case("control character", line: 2, "provider: x\nrequire: \u{7}\n"),
        Case("escape sequence", line: 1, "\u{1B}[2J: x\n"),
        Case("every byte", line: 2, (0...255).map { UInt8($0) }),
        Case("byte order mark in the middle", line: 2, "provider: x\n\u{FEFF}a: b\n"),
        Case("noncharacters", line: 1, "a\u{FFFF}: b\n"),
    ]
}
