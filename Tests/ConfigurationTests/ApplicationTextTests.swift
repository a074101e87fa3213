import Applications
import Configuration
import Testing

/// What is written is read back as it was, whatever stands in it.
@Suite struct ApplicationTextTests {
    @Test func allKindsOfValues() throws {
        var mariadb = ApplicationSettings(type: "mariadb", name: "orders")
        mariadb.deadlineSeconds = 1.5
        mariadb.values = [
            "host": .text("db.example"), "port": .integer(3307), "stopReplica": .flag(true), "longQuery": .seconds(90),
            "lock": .text("tables"),
        ]
        var sqlite = ApplicationSettings(type: "sqlite", name: "sqlite")
        sqlite.values = ["files": .paths(["/srv/a b.db", "/srv/[x], \"y\".db"])]
        let text = Configuration.text(of: [mariadb, sqlite])
        #expect(try load(text).applications == [mariadb, sqlite])
    }

    @Test(arguments: [
        "yes", "null", "42", "'", "\"", "\\", "a: b", "# x", "- x", "{x}", "%", "@", "\u{1B}[2J", "\n- type: redis",
        "a\tb", "\u{85}\u{2028}", "\u{202E}ñ😀", "\\n", " blank ",
    ])
    func hostileTexts(value: String) throws {
        var settings = ApplicationSettings(type: "mysql", name: value)
        settings.values["user"] = .text(value)
        let text = Configuration.text(of: [settings])
        #expect(try load(text).applications == [settings])
        #expect(text.split(separator: "\n").count == 5, "one line for each key")
    }
}
