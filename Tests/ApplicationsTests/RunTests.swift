import Applications
import Fixtures
import Linux
import Testing

@Suite("A backup with applications", .serialized)
struct RunTests {
    /// Runs `body` with the options of a run for a database, whose entry may be changed.
    private func withRun(
        _ kind: LivingDatabase.Kind, drill: String = "{}", changing change: (String) -> String = { $0 },
        _ body: (LivingDatabase, RemansoCommand) throws -> Void
    ) throws {
        try Sandbox.with { sandbox in
            try LivingDatabase.with(kind, in: sandbox) { database in
                let vault = try TestVault(in: sandbox.path)
                let entry = change(try database.entry(deadline: 120, drill: drill))
                let configuration = try sandbox.write(
                    "remanso.yaml", "freeze: {deadline: 60s}\napplications: [\(entry)]\n")
                let options = [
                    "--config", configuration, "--vault", vault.repository, "--vault-password-file", vault.passwordFile,
                ]
                try body(database, try RemansoCommand(common: options))
            }
        }
    }

    private func backup(_ remanso: RemansoCommand, _ volume: String, _ more: [String] = []) throws -> (
        status: Int32, report: JSONObject
    ) {
        let result = try remanso.run(["backup", "--json", "--volume", volume] + more, seconds: 300)
        return (result.status, try result.json())
    }

    private func drill(_ remanso: RemansoCommand, _ database: LivingDatabase) throws -> RemansoCommand.Result {
        let scratch = Files.parent(of: database.volume.mountPoint) + "/scratch"
        return try remanso("drill", "latest", "--json", "--scratch", scratch, seconds: 600)
    }

    @Test("is application-consistent, and its drill starts the application", arguments: LivingDatabase.Kind.allCases)
    func proven(_ kind: LivingDatabase.Kind) throws {
        try withRun(kind) { database, remanso in
            let (status, report) = try backup(remanso, database.volume.mountPoint)
            #expect(status == 0, "\(report["errors"])")
            #expect(report["consistency"].string == "application")
            let adapter = report["adapters"][0]
            #expect(adapter["wasHeld"].bool == true)
            #expect(adapter["version"].string?.isEmpty == false)
            #expect(database.acceptsWrites(withinSeconds: 30))
            let drilled = try drill(remanso, database)
            #expect(drilled.status == 0, "\(drilled.output) \(drilled.errors)")
            let list = try remanso("list").output
            #expect(list.contains("proven "))
            let plan = try remanso("backup", "--dry-run", "--volume", database.volume.mountPoint).output
            #expect(plan.contains(database.settings.type))
            // What proves itself leaves the live application alone.
            #expect(database.acceptsWrites(withinSeconds: 30))
        }
    }

    @Test func theFilesOfABackupThatLieOnNoVolumeAreRestoredAndDrilled() throws {
        let change = { (entry: String) in entry.replacing("{\"type\"", with: "{\"mode\": \"backup\", \"type\"") }
        try withRun(.postgresql, changing: change) { database, remanso in
            let (status, report) = try backup(remanso, database.volume.mountPoint)
            #expect(status == 0, "\(report["errors"])")
            let drilled = try drill(remanso, database)
            #expect(drilled.status == 0, "\(drilled.output) \(drilled.errors)")
            try Sandbox.with { restored in
                #expect(try remanso("restore", "latest", "--to", restored.path).status == 0)
                let data = restored.path + database.volume.path("data")
                #expect(Files.text("\(data)/backup_label")?.contains("START WAL LOCATION") == true)
                #expect(Files.names(in: restored.path) == ["var"])
                let owners = try Shell.run("stat", "-c", "%U", data, "\(data)/backup_label")
                #expect(owners == "postgres\npostgres\n")
            }
        }
    }

    @Test func aRefusedPasswordLowersTheLevelAndIsNamed() throws {
        try withRun(.mariadb) { database, remanso in
            let file = database.settings.text("credentials") ?? ""
            try Sandbox.write(file, "user = remanso\npassword = wrong\n")
            let check = try remanso("check", "--json", "--volume", database.volume.mountPoint)
            #expect(check.status == 1)
            #expect(check.output.contains("FailedWorkloadAuthorizationMissing"))
            let (status, report) = try backup(remanso, database.volume.mountPoint)
            #expect(status == 3)
            #expect(report["consistency"].string == "filesystem")
            #expect(report["errors"][0]["number"].number == 505)
            #expect(report["adapters"][0]["wasHeld"].bool == false)
            let strict = try backup(remanso, database.volume.mountPoint, ["--require", "application"])
            #expect(strict.status == 1)
        }
    }

    @Test func aServerThatIsDownIsNamed() throws {
        let change = { (entry: String) in entry.replacing(#"\/socket""#, with: #"\/nobody""#) }
        try withRun(.redis, changing: change) { database, remanso in
            let (status, report) = try backup(remanso, database.volume.mountPoint)
            #expect(status == 3)
            #expect(report["errors"][0]["number"].number == 506)
        }
    }

    @Test func dataOutsideTheVolumesIsRefusedAndLeftAlone() throws {
        try withRun(.postgresql) { database, remanso in
            try Sandbox.with { other in
                try Volume.with(.ext4, megabytes: 64, in: other.path, name: "elsewhere") { elsewhere in
                    let (status, report) = try backup(remanso, elsewhere.mountPoint)
                    #expect(status == 3)
                    #expect(report["errors"][0]["code"].string == "ApplicationOutsideVolumes")
                    #expect(report["errors"][0]["message"].string?.contains(database.volume.mountPoint) == true)
                    let phases = report["timeline"].array.compactMap { $0["phase"].string }
                    #expect(!phases.contains("quiesce"))
                }
            }
        }
    }

    @Test func aFailedProbeTurnsTheRecoveryPointRed() throws {
        let probe = #"{"probe": {"query": "select 40 + 1", "expect": 42}}"#
        try withRun(.postgresql, drill: probe) { database, remanso in
            #expect(try backup(remanso, database.volume.mountPoint).status == 0)
            let drilled = try drill(remanso, database)
            #expect(drilled.status == 1)
            #expect(drilled.output.contains("41"))
            #expect(try remanso("list").output.contains("failed"))
        }
    }
}
