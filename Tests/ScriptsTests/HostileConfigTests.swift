import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

/// A configuration that somebody got wrong, or made wrong on purpose.
struct HostileFile: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let faults: [FileFault]

    var testDescription: String { name }

    init(_ name: String, bytes: [UInt8], _ faults: FileFault...) {
        self.name = name
        self.bytes = bytes
        self.faults = faults
    }

    init(_ name: String, text: String, _ fault: FileFault) { self.init(name, bytes: Array(text.utf8), fault) }

    /// A configuration that is good but for these members.
    init(_ name: String, _ members: String, _ fault: FileFault) {
        self.init(name, bytes: Array(JSONText.object(members).utf8), fault)
    }

    private static let utf16 = Array(JSONText.object().utf16)
    private static let end = JSONText.object().unicodeScalars.count
    private static func nested(_ open: String) -> String { #""x":"# + String(repeating: open, count: 100_000) }
    private static func range(_ key: String, _ value: String, _ lowest: Int, _ highest: Int) -> FileFault {
        .outOfRange(key: key, value: value, lowest: lowest, highest: highest)
    }
    private static func after(_ offset: Int, _ found: String) -> FileFault {
        .syntax(line: 1, column: end + offset, found: found)
    }

    static let texts: [HostileFile] = [
        .init("empty", text: "", .syntax(line: 1, column: 1, found: "")),
        .init("only blanks", text: " \n ", .syntax(line: 2, column: 2, found: "")),
        .init("only a byte order mark", bytes: [0xEF, 0xBB, 0xBF], .syntax(line: 1, column: 1, found: "")),
        .init("one NUL", bytes: [0], .syntax(line: 1, column: 1, found: "U+0000")),
        .init("an array", text: "[]", .syntax(line: 1, column: 1, found: "[")),
        .init("null", text: "null", .syntax(line: 1, column: 1, found: "null")),
        .init("a number", text: "123", .syntax(line: 1, column: 1, found: "123")),
        .init("a string", text: "\"x\"", .syntax(line: 1, column: 1, found: "\"")),
        .init("two objects", text: "{}{}", .syntax(line: 1, column: 3, found: "{")),
        .init("an INI file", text: "[a]\nb=1\n", .syntax(line: 1, column: 1, found: "[")),
        .init("a shell script", text: "#!/bin/sh\n", .syntax(line: 1, column: 1, found: "#")),
        .init("a comment", text: "// x\n{}", .syntax(line: 1, column: 1, found: "/")),
        .init("cut off", text: String(JSONText.object().dropLast()), after(0, "")),
        .init("closed twice", text: JSONText.object() + "}", after(1, "}")),
        .init("a NUL at the end", text: JSONText.object() + "\0", after(1, "U+0000")),
        .init("a trailing comma", text: "{" + JSONText.required + ",}", after(1, "}")),
        .init(
            "UTF-16 with mark", bytes: [0xFF, 0xFE] + utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }, .notUTF8),
        .init(
            "UTF-16 without mark", bytes: utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] },
            .syntax(line: 1, column: 2, found: "U+0000")),
        .init("Latin-1", bytes: Array("{\"a\":\"".utf8) + [0xF1] + Array("\"}".utf8), .notUTF8),
        .init("an overlong slash", bytes: Array("{\"a\":\"".utf8) + [0xC0, 0xAF] + Array("\"}".utf8), .notUTF8),
        .init("a raw surrogate", bytes: Array("{\"a\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8), .notUTF8),
        .init("two marks", bytes: [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF], .syntax(line: 1, column: 1, found: "U+FEFF")),
        .init("a byte too large", bytes: [UInt8](repeating: 0x20, count: (1 << 20) + 1), .tooLarge(limit: 1 << 20)),
        .init("arrays without end", nested("["), .tooDeep(limit: 64)),
        .init("objects without end", nested(#"{"a":"#), .tooDeep(limit: 64)),
        .init("a key twice", #""timeoutInSeconds":1,"timeoutInSeconds":2"#, .duplicate(key: "timeoutInSeconds")),
        .init("the location twice", #""preScriptLocation":"/evil""#, .duplicate(key: "preScriptLocation")),
        .init("a key twice by an escape", #""preScriptLocatio\u006e":"/evil""#, .duplicate(key: "preScriptLocation")),
        .init("no location", text: #"{"postScriptLocation":"/b"}"#, .missing(key: "preScriptLocation")),
        .init("no post location", text: #"{"preScriptLocation":"/b"}"#, .missing(key: "postScriptLocation")),
        .init(
            "no keys", bytes: Array("{}".utf8), .missing(key: "preScriptLocation"), .missing(key: "postScriptLocation")),
    ]

    private static func pre(_ value: String) -> String { #"{"postScriptLocation":"/b","preScriptLocation":\#(value)}"# }

    static let values: [HostileFile] = [
        .init("location null", text: pre("null"), .wrongType(key: "preScriptLocation", expected: .string)),
        .init("location a number", text: pre("1"), .wrongType(key: "preScriptLocation", expected: .string)),
        .init("location an array", text: pre(#"["/a"]"#), .wrongType(key: "preScriptLocation", expected: .string)),
        .init("location relative", text: pre(#""a.sh""#), .notAbsolute(key: "preScriptLocation", value: "a.sh")),
        .init("location from home", text: pre(#""~/a""#), .notAbsolute(key: "preScriptLocation", value: "~/a")),
        .init("location with NUL", text: pre(#""/a\u0000b""#), .holdsNUL(key: "preScriptLocation")),
        .init("location half a pair", text: pre(#""/\uDC00""#), .syntax(line: 1, column: 50, found: #"\uDC00"#)),
        .init(
            "parameters a string", #""preScriptParams":"-a""#,
            .wrongType(key: "preScriptParams", expected: .stringArray)),
        .init(
            "parameters null", #""preScriptParams":null"#, .wrongType(key: "preScriptParams", expected: .stringArray)),
        .init(
            "parameters numbers", #""preScriptParams":[1]"#, .wrongType(key: "preScriptParams", expected: .stringArray)),
        .init(
            "post parameters", #""postScriptParams":{}"#, .wrongType(key: "postScriptParams", expected: .stringArray)),
        .init("parameters with NUL", #""preScriptParams":["a","\u0000"]"#, .holdsNUL(key: "preScriptParams")),
        .init(
            "retries a string", #""preScriptNoOfRetries":"2""#,
            .wrongType(key: "preScriptNoOfRetries", expected: .integer)),
        .init(
            "retries true", #""preScriptNoOfRetries":true"#, .wrongType(key: "preScriptNoOfRetries", expected: .integer)
        ),
        .init(
            "retries 1.0", #""postScriptNoOfRetries":1.0"#, .wrongType(key: "postScriptNoOfRetries", expected: .integer)
        ),
        .init(
            "retries 1e2", #""preScriptNoOfRetries":1e2"#, .wrongType(key: "preScriptNoOfRetries", expected: .integer)),
        .init("retries -1", #""preScriptNoOfRetries":-1"#, range("preScriptNoOfRetries", "-1", 0, .max)),
        .init(
            "retries 2 to the 63rd", #""preScriptNoOfRetries":9223372036854775808"#,
            range("preScriptNoOfRetries", "9223372036854775808", 0, .max)),
        .init("timeout a string", #""timeoutInSeconds":"30""#, .wrongType(key: "timeoutInSeconds", expected: .integer)),
        .init("timeout null", #""timeoutInSeconds":null"#, .wrongType(key: "timeoutInSeconds", expected: .integer)),
        .init("timeout 30.5", #""timeoutInSeconds":30.5"#, .wrongType(key: "timeoutInSeconds", expected: .integer)),
        .init("timeout 0", #""timeoutInSeconds":0"#, range("timeoutInSeconds", "0", 1, 1800)),
        .init("timeout -0", #""timeoutInSeconds":-0"#, range("timeoutInSeconds", "-0", 1, 1800)),
        .init("timeout -5", #""timeoutInSeconds":-5"#, range("timeoutInSeconds", "-5", 1, 1800)),
        .init(
            "timeout of a hundred thousand digits", #""timeoutInSeconds":"# + String(repeating: "9", count: 100_000),
            range("timeoutInSeconds", String(repeating: "9", count: 40) + "…", 1, 1800)),
        .init(
            "timeout 1e999999", #""timeoutInSeconds":1e999999"#, .wrongType(key: "timeoutInSeconds", expected: .integer)
        ),
        .init("timeout NaN", #""timeoutInSeconds":NaN"#, after(20, "NaN")),
        .init("timeout 0x1e", #""timeoutInSeconds":0x1e"#, after(21, "x1e")),
        .init("timeout +30", #""timeoutInSeconds":+30"#, after(20, "+")),
        .init("timeout 030", #""timeoutInSeconds":030"#, after(21, "30")),
        .init("timeout -", #""timeoutInSeconds":-"#, after(21, "}")),
        .init("timeout 30s", #""timeoutInSeconds":30s"#, after(22, "s")),
        .init(
            "continue in quotes", #""continueBackupOnFailure":"false""#,
            .wrongType(key: "continueBackupOnFailure", expected: .boolean)),
        .init(
            "continue 0", #""continueBackupOnFailure":0"#,
            .wrongType(key: "continueBackupOnFailure", expected: .boolean)),
        .init(
            "freeze in quotes", #""fsFreezeEnabled":"false""#, .wrongType(key: "fsFreezeEnabled", expected: .boolean)),
        .init("freeze null", #""fsFreezeEnabled":null"#, .wrongType(key: "fsFreezeEnabled", expected: .boolean)),
        .init("freeze False", #""fsFreezeEnabled":False"#, after(19, "False")),
        .init("freeze falsey", #""fsFreezeEnabled":falsey"#, after(19, "falsey")),
        .init(
            "poll time 0", #""ScriptsExecutionPollTimeSeconds":0"#, range("ScriptsExecutionPollTimeSeconds", "0", 1, 5)),
        .init(
            "poll time 6", #""ScriptsExecutionPollTimeSeconds":6"#, range("ScriptsExecutionPollTimeSeconds", "6", 1, 5)),
        .init(
            "poll time 2.5", #""ScriptsExecutionPollTimeSeconds":2.5"#,
            .wrongType(key: "ScriptsExecutionPollTimeSeconds", expected: .integer)),
        .init("appName a number", #""appName":1"#, .wrongType(key: "appName", expected: .string)),
        .init("appName with NUL", #""appName":"\u0000""#, .holdsNUL(key: "appName")),
        .init("a raw tab in a string", "\"appName\":\"a\tb\"", after(13, "U+0009")),
    ]
}

@Suite("A broken or hostile configuration gives a defined finding, and never a hang or a crash")
struct HostileConfigTests {
    @Test("A file that is no configuration", arguments: HostileFile.texts)
    func texts(_ hostile: HostileFile) throws { try check(hostile) }

    @Test("A value that cannot be used", arguments: HostileFile.values)
    func values(_ hostile: HostileFile) throws { try check(hostile) }

    private func check(_ hostile: HostileFile) throws {
        try Sandbox.with { box in
            let path = try box.file("config.json", bytes: hostile.bytes)
            let framework = box.load()
            #expect(framework.errors == hostile.faults.map { .scriptConfig(path: path, fault: $0) })
            #expect(framework.errors.allSatisfy { $0.code.number == 305 })
            #expect(framework.plugins.isEmpty)
            #expect(framework.isConfigured)
        }
    }

    @Test("A byte order mark and the largest size are accepted")
    func acceptable() throws {
        try Sandbox.with { box in
            let text = Array(JSONText.object().utf8)
            try box.file("config.json", bytes: [0xEF, 0xBB, 0xBF] + text)
            #expect(box.load().findings == [])
            try box.file("config.json", bytes: text + [UInt8](repeating: 0x20, count: (1 << 20) - text.count))
            #expect(box.load().findings == [])
            #expect(box.load().plugins.count == 1)
        }
    }

    @Test("A folder, a fifo, a socket, a device or a link in the place of the file is refused without waiting")
    func strangeFiles() throws {
        try Sandbox.with { box in
            let path = box.path("config.json")
            let good = try box.config("good.json")
            let refused: [Problem] = [.scriptConfigPermission(fault: .notRegular(path: path))]
            let kinds: [(String, () -> Int32)] = [
                ("folder", { mkdir(path, 0o700) }), ("fifo", { mkfifo(path, 0o600) }),
                ("socket", { mknod(path, S_IFSOCK | 0o600, 0) }),
                ("null device", { mknod(path, S_IFCHR | 0o600, 0x103) }), ("link", { symlink(good, path) }),
                ("dangling link", { symlink("/nowhere", path) }), ("link to itself", { symlink(path, path) }),
            ]
            for (name, make) in kinds {
                try #require(make() == 0, "\(name)")
                defer { _ = Glibc.remove(path) }
                for isExplicit in [true, false] {
                    let framework = box.load(isExplicit: isExplicit)
                    #expect(framework.errors == refused, "\(name)")
                    #expect(framework.isConfigured && framework.plugins.isEmpty, "\(name)")
                }
            }
        }
    }
}
