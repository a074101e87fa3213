import Applications
import Configuration
import Messages
import Testing

@Suite struct TemplateTests {
    /// Removes the `#` of every setting, as the template's head tells the user to.
    private func uncommented(_ template: String) -> String {
        template.split(separator: "\n", omittingEmptySubsequences: false)
            .map {
                $0.hasPrefix("#") && (!$0.hasPrefix("# ") || $0.hasPrefix("#  ")) ? String($0.dropFirst()) : String($0)
            }
            .joined(separator: "\n")
    }

    @Test(arguments: Language.allCases) func asItStandsItGivesTheDefaults(language: Language) throws {
        #expect(try load(Configuration.template(language)) == Configuration())
    }

    @Test(arguments: Language.allCases) func uncommentedItIsAWholeConfiguration(language: Language) throws {
        var expected = Configuration()
        expected.volumes = ["/srv/db"]
        expected.exclude = ["/mnt/scratch"]
        expected.vault.repository = "/var/lib/remanso/vault"
        expected.vault.passwordFile = "/etc/remanso/vault.key"
        expected.vault.environmentFile = "/etc/remanso/vault.env"
        expected.scripts.config = "/etc/azure/VMSnapshotScriptPluginConfig.json"
        var application = ApplicationSettings(type: "mariadb", name: "orders")
        application.values["credentials"] = .text("/etc/remanso/mariadb.credentials")
        application.drill.query = "SELECT count(*) > 0 FROM shop.orders"
        application.drill.expect = "1"
        expected.applications = [application]
        expected.freeze.deadline = 10
        expected.freeze.budget = 0.2
        expected.retry.attempts = 3
        expected.require = .filesystem
        #expect(try load(uncommented(Configuration.template(language))) == expected)
    }

    @Test func theSettingsAreTheSameInEveryLanguage() {
        let settings = Language.allCases.map { language in
            Configuration.template(language).split(separator: "\n")
                .filter { $0.hasPrefix("#") && (!$0.hasPrefix("# ") || $0.hasPrefix("#  ")) }
        }
        #expect(settings.allSatisfy { $0 == settings.first })
    }

    @Test(arguments: Language.allCases) func noLineIsWiderThanAScreen(language: Language) {
        let template = Configuration.template(language)
        #expect(template.split(separator: "\n").allSatisfy { $0.count <= 120 })
        #expect(template.hasSuffix("1\n"))
    }
}
