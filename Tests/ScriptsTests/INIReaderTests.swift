import Messages
import Testing

@testable import Scripts

@Suite("INI files are read as Python's configparser reads them")
struct INIReaderTests {
    @Test("Both delimiters, keys in any case, comments, continuation lines and Windows line ends")
    func grammar() throws {
        let text = """
            # comment\r
            ; another\r
            [one]\r
            Key = value = more : still\r
            OTHER:x\r
              # comment in between\r
              y\r

            empty =
            [two] ; a note
              indented: 1
              too: 2
            [DEFAULT]
            fallback: f
            """
        let file = try INIFile.parse(text)
        #expect(file.value("kEY", in: "one") == "value = more : still")
        #expect(file.value("other", in: "one") == "x\ny")
        #expect(file.value("empty", in: "one") == "")
        #expect(file.value("indented", in: "two") == "1")
        #expect(file.value("too", in: "two") == "2")
        #expect(file.value("fallback", in: "two") == "f")
        #expect(file.value("key", in: "two") == nil)
        #expect(file.sections["One"] == nil)
    }

    @Test(
        "An error names its line",
        arguments: [
            ("key = 1", FileFault.syntax(line: 1, column: 1, found: "key = 1")),
            ("[a]\n\nno delimiter", .syntax(line: 3, column: 1, found: "no delimiter")),
            ("[a\nb=1", .syntax(line: 1, column: 1, found: "[a")), ("[]", .syntax(line: 1, column: 1, found: "[]")),
            ("[a] b", .syntax(line: 1, column: 1, found: "[a] b")),
            ("[a]\n= 1", .syntax(line: 2, column: 1, found: "= 1")),
            ("[a]\nx=1\nX=2", .duplicate(key: "X")), ("[a]\n[b]\n[a]", .duplicate(key: "[a]")),
        ])
    func errors(text: String, fault: FileFault) {
        #expect(throws: UnusableFile(fault)) { try INIFile.parse(text) }
    }

    @Test("Numbers and Booleans")
    func values() throws {
        #expect(try INIValue.integer("+7", "k", 1...9) == 7)
        #expect(throws: UnusableFile(.wrongType(key: "k", expected: .integer))) {
            try INIValue.integer("1.5", "k", 1...9)
        }
        #expect(throws: UnusableFile(.wrongType(key: "k", expected: .integer))) {
            try INIValue.integer("-", "k", 1...9)
        }
        #expect(throws: UnusableFile(.outOfRange(key: "k", value: "0", lowest: 1, highest: 9))) {
            try INIValue.integer("0", "k", 1...9)
        }
        let huge = String(repeating: "9", count: 50)
        #expect(throws: UnusableFile(.outOfRange(key: "k", value: huge.prefix(40) + "…", lowest: 1, highest: 9))) {
            try INIValue.integer(huge, "k", 1...9)
        }
        for text in ["true", "Yes", "ON", "1"] { #expect(try INIValue.boolean(text, "k")) }
        for text in ["false", "No", "OFF", "0"] { #expect(try !INIValue.boolean(text, "k")) }
        #expect(throws: UnusableFile(.wrongType(key: "k", expected: .boolean))) { try INIValue.boolean("2", "k") }
    }
}
