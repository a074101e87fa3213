import Applications
import Fixtures
import FoundationEssentials
import Linux

/// A database that is alive on a volume of its own, for tests that need no more of it than whether it serves.
struct LivingDatabase {
    enum Kind: String, CaseIterable, Sendable { case postgresql, mariadb, redis, sqlite }

    /// Seconds that one write may take on a busy disk.
    private static let patience = 10

    let kind: Kind
    let volume: Volume
    let settings: ApplicationSettings
    /// Writes one row.
    let write: () throws -> Void

    /// Runs `body` beside a new database in a sandbox.
    static func with(_ kind: Kind, in sandbox: Sandbox, _ body: (LivingDatabase) throws -> Void) throws {
        try Volume.with(.ext4, megabytes: 700, in: sandbox.path, name: "main") { volume in
            switch kind {
            case .postgresql:
                try PostgreSQLStage.with(sandbox, "main") { stage in
                    try stage.sql("create table probe (n int)")
                    let write = { _ = try stage.sql("insert into probe values (1)") }
                    try body(LivingDatabase(kind: kind, volume: volume, settings: stage.settings(), write: write))
                }
            case .mariadb:
                try MariaDBStage.with([], "main", in: sandbox) { stage in
                    try stage.ask("CREATE TABLE shop.probe (n INT)")
                    let write = {
                        let passes = try stage.passes("INSERT INTO shop.probe VALUES (1)", withinSeconds: Self.patience)
                        if !passes { throw FixtureError("no write") }
                    }
                    try body(LivingDatabase(kind: kind, volume: volume, settings: stage.settings(), write: write))
                }
            case .redis:
                try RedisStage.with(["appendonly yes"], "main", in: sandbox) { stage in
                    let write = {
                        let answer = try Shell.run(
                            "timeout", ["\(Self.patience)", "redis-cli", "-s", stage.socket, "INCR", "probe"])
                        if answer.isEmpty { throw FixtureError("no write") }
                    }
                    try body(LivingDatabase(kind: kind, volume: volume, settings: stage.settings(), write: write))
                }
            case .sqlite:
                let file = volume.path("probe.db")
                let write = {
                    _ = try Shell.run(
                        "timeout",
                        [
                            "\(Self.patience)", "sqlite3", file,
                            "CREATE TABLE IF NOT EXISTS t (n); INSERT INTO t VALUES (1)",
                        ])
                }
                try write()
                var settings = ApplicationSettings(type: "sqlite", name: "sqlite")
                settings.values["files"] = .paths([file])
                try body(LivingDatabase(kind: kind, volume: volume, settings: settings, write: write))
            }
        }
    }

    /// Whether a write gets through within these seconds.
    func acceptsWrites(withinSeconds seconds: Double) -> Bool {
        Wait.until(seconds: seconds) { (try? write()) != nil }
    }

    /// Its entry in `remanso.yaml`; JSON is YAML.
    func entry(deadline: Int, drill: String = "{}") throws -> String {
        let values = try settings.values.map { key, value in
            "\"\(key)\": \(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))"
        }
        let own = ["\"type\": \"\(settings.type)\"", "\"deadline\": \"\(deadline)s\"", "\"drill\": \(drill)"]
        return "{" + (own + values).joined(separator: ", ") + "}"
    }
}
