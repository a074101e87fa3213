import Testing

@testable import Commands

@Suite struct ShellWordsTests {
    @Test(arguments: [
        ("", []), ("  \t\n", []), ("a", ["a"]), (" a  b\nc ", ["a", "b", "c"]), ("''", [""]), ("a'b c'd", ["ab cd"]),
        ("\"a b\"", ["a b"]), ("a\\ b", ["a b"]), ("'\\'", ["\\"]), ("\"\\\"\\\\\\n\"", ["\"\\\\n"]), ("\\", [""]),
        ("-p'it'\\''s'", ["-pit's"]), ("ñ😀 x", ["ñ😀", "x"]),
    ]) func asAShellDividesThem(text: String, words: [String]) {
        let found = ShellWords(text)
        #expect(found?.words == words)
        #expect(found?.expands == false)
    }

    @Test(arguments: ["'", "\"", "a'b", "\"a\\\"", "'a' \""]) func anOpenQuote(text: String) {
        #expect(ShellWords(text) == nil)
    }

    @Test(arguments: [
        ("$a", true), ("\"$a\"", true), ("'$a'", false), ("\\$a", false), ("\"`x`\"", true), ("a*?[x]", false),
        ("\"a*\"", false), ("a;b", true),
    ]) func whatAShellWouldReplace(text: String, expands: Bool) {
        #expect(ShellWords(text)?.expands == expands)
    }
}
