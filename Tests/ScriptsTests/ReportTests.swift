import FoundationEssentials
import Messages
import Testing

@testable import Scripts

@Suite("What the report says of a script")
struct ReportTests {
    @Test("The keys are the contract's, and a missing value is null and not absent")
    func attempt() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let attempt = ScriptAttempt(plugin: "p", exitCode: 0, durationMs: 12.5, stdout: "o", stderr: "e")
        let text = String(decoding: try encoder.encode(attempt), as: UTF8.self)
        let expected =
            #"{"durationMs":12.5,"exitCode":0,"plugin":"p","signal":null,"stderr":"e","stdout":"o","#
            + #""timedOut":false,"truncated":false}"#
        #expect(text == expected)
        #expect(
            try JSONDecoder().decode(ScriptAttempt.self, from: Array(text.utf8).withUnsafeBytes { Data($0) }) == attempt
        )
    }
}
