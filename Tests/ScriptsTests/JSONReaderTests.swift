import Messages
import Testing

@testable import Scripts

@Suite("JSON is read strictly and every error names its place")
struct JSONReaderTests {
    @Test("Every kind of value is kept apart")
    func kinds() throws {
        let text = #"{"a":1,"b":true,"c":"1","d":[null,false,-0.5e+3],"e":{"f":{}},"g":[],"h":""}"#
        let object = try JSONReader.object(text)
        #expect(object.keys == ["a", "b", "c", "d", "e", "g", "h"])
        #expect(object["a"] == .number("1"))
        #expect(object["b"] == .boolean(true))
        #expect(object["c"] == .string("1"))
        #expect(object["d"] == .array([.null, .boolean(false), .number("-0.5e+3")]))
        #expect(object["g"] == .array([]))
        #expect(object["h"] == .string(""))
    }

    @Test("Escapes and surrogate pairs become the characters they stand for")
    func escapes() throws {
        let object = try JSONReader.object(#"{"k":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00 ñ😀"}"#)
        #expect(object["k"] == .string("\"\\/\u{8}\u{C}\n\r\t\u{e9}😀 ñ😀"))
    }

    @Test("Blanks of every kind may stand between the parts")
    func blanks() throws {
        #expect(try JSONReader.object(" \r\n\t{ \"a\" :\n1 , \"b\":[ 1 , 2 ] } \n").keys == ["a", "b"])
    }

    @Test(
        "An error says the line, the column and what stands there",
        arguments: [
            ("{\n  \"a\": 1,\n  }", 3, 3, "}"), ("{\"a\": True}", 1, 7, "True"), ("{\"a\": 'x'}", 1, 7, "'"),
            ("{\"ñandú\": x}", 1, 11, "x"), ("{\"a\": 1", 1, 8, ""), ("{\"a\": 01}", 1, 8, "1"),
            ("{\"a\": \"x\ny\"}", 1, 9, "U+000A"), ("{\"a\": 1}\n// end", 2, 1, "/"),
            ("{\"a\": \"\\uD800\"}", 1, 8, "\\uD800"),
            ("{\"a\": \"\\x41\"}", 1, 8, "\\x"), ("", 1, 1, ""), ("[]", 1, 1, "["), ("{\"a\" 1}", 1, 6, "1"),
            ("{\"a\": \u{200B}1}", 1, 7, "U+200B"), ("{\"a\": 😀}", 1, 7, "😀"), ("{a: 1}", 1, 2, "a"),
        ])
    func places(text: String, line: Int, column: Int, found: String) {
        #expect(throws: UnusableFile(.syntax(line: line, column: column, found: found))) {
            try JSONReader.object(text)
        }
    }

    @Test("64 levels are read, the 65th is refused")
    func depth() throws {
        func nested(_ levels: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: levels - 1) + String(repeating: "]", count: levels - 1) + "}"
        }
        #expect(try JSONReader.object(nested(64)).keys == ["a"])
        #expect(throws: UnusableFile(.tooDeep(limit: 64))) { try JSONReader.object(nested(65)) }
        #expect(throws: UnusableFile(.tooDeep(limit: 64))) {
            try JSONReader.object("{\"a\":" + String(repeating: "[", count: 500_000))
        }
    }

    @Test("A key that stands twice is named, in nested objects too")
    func duplicates() {
        #expect(throws: UnusableFile(.duplicate(key: "a"))) { try JSONReader.object(#"{"a":1,"b":2,"\u0061":3}"#) }
        #expect(throws: UnusableFile(.duplicate(key: "x"))) { try JSONReader.object(#"{"a":{"x":1,"x":1}}"#) }
    }

    @Test("Cut off at any byte, a good file is an error and never a crash")
    func truncation() throws {
        let text = JSONText.object(#""preScriptParams":["\uD83D\uDE00",""],"timeoutInSeconds":30,"x":[1e5,{"y":null}]"#)
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: UnusableFile.self) {
                try JSONReader.object(String(decoding: bytes[..<length], as: UTF8.self))
            }
        }
    }

    @Test("Any byte of a good file turned into any other never crashes")
    func mutation() throws {
        let bytes = Array(JSONText.object(#""preScriptParams":["\uD83D\uDE00"],"timeoutInSeconds":-0.5e1"#).utf8)
        for index in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[index] = byte
                guard let text = String(validating: changed, as: UTF8.self) else { continue }
                _ = try? JSONReader.object(text)
            }
        }
    }
}
