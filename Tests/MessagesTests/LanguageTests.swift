import Messages
import Testing

@Suite struct LanguageTests {
    @Test(arguments: [
        ([:], Language.en),
        (["LANG": "es_ES.UTF-8"], .es),
        (["LANG": "es"], .es),
        (["LANG": "ES_MX"], .es),
        (["LANG": "en_GB.UTF-8"], .en),
        (["LANG": "fr_FR.UTF-8"], .en),
        (["LANG": "C"], .en),
        (["LC_MESSAGES": "es_ES.UTF-8", "LANG": "en_US.UTF-8"], .es),
        (["LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "es_ES.UTF-8", "LANG": "es_ES.UTF-8"], .en),
        (["LC_ALL": "", "LC_MESSAGES": "", "LANG": "es_ES.UTF-8"], .es),
        (["LC_ALL": "C.UTF-8", "LANG": "es_ES.UTF-8"], .en),
    ])
    func isDetected(_ environment: [String: String], _ language: Language) {
        #expect(Language.detected(in: environment) == language)
    }

    /// A language has two letters: `est` is Estonian, not Spanish.
    @Test func aLongerCodeIsAnotherLanguage() {
        #expect(Language.detected(in: ["LANG": "est_EE"]) == .en)
    }
}
