import Fixtures
import Linux
import Testing

/// `remanso init --from-azure` as a user runs it.
@Suite("Taking over Azure's framework for databases", .serialized)
struct TakeoverCommandTests {
    private struct Place {
        let sandbox: Sandbox
        let remanso: RemansoCommand

        init(_ sandbox: Sandbox, _ lines: String) throws {
            self.sandbox = sandbox
            let workload = try sandbox.write("workload.conf", "[workload]\n\(lines)\n")
            remanso = try RemansoCommand(common: [
                "--config", sandbox.path("etc/remanso.yaml"), "--vault", sandbox.path("vault"),
                "--vault-password-file", sandbox.path("etc/vault.key"), "--workload-config", workload,
            ])
        }

        func initialize(_ more: String...) throws -> RemansoCommand.Result { try remanso.run(["init"] + more) }
        func modes() throws -> String { try Shell.run("sh", "-c", "cd \(sandbox.path("etc")) && stat -c '%n %a' *") }
    }

    private static let mariadb = """
        workload_name = mariadb
        credString = -ubackup -pgeheim-4711 -S /run/mysqld/mysqld.sock
        command_path = /usr/bin/
        timeout = 60
        """

    @Test("The configuration and a closed credentials file; the secret is nowhere else", arguments: ["en", "es"])
    func mariadb(language: String) throws {
        try Sandbox.with { sandbox in
            let place = try Place(sandbox, Self.mariadb)
            let result = try place.initialize("--from-azure", "--lang", language)
            #expect(result.status == 0, Comment(rawValue: result.errors))
            #expect(try place.modes() == "mariadb.credentials 600\nremanso.yaml 600\nvault.key 600\n")
            #expect(Files.text(sandbox.path("etc/mariadb.credentials")) == "password = geheim-4711\n")
            let yaml = try #require(Files.text(sandbox.path("etc/remanso.yaml")))
            #expect(yaml.hasSuffix("    credentials: \"\(sandbox.path("etc/mariadb.credentials"))\"\n"))
            let told = result.output + result.errors + yaml
            #expect(!told.contains("geheim"))
            #expect(result.output.contains("command_path"))
            #expect(result.output.contains(language == "en" ? "Not taken over: " : "No se ha adoptado: "))
            // Every other command reads what was written.
            let list = try RemansoCommand()("list", "--config", sandbox.path("etc/remanso.yaml"))
            #expect(list.errors.contains("NoRecoveryPoints"), Comment(rawValue: list.errors))
        }
    }

    @Test("One JSON document, with what has no equivalent")
    func json() throws {
        try Sandbox.with { sandbox in
            let place = try Place(sandbox, Self.mariadb)
            let result = try place.initialize("--from-azure", "--json")
            let document = try result.json()
            #expect(document["notTakenOver"].array.map { $0["key"].string } == ["command_path"])
            #expect(document["notTakenOver"][0]["message"].string?.isEmpty == false)
            #expect(!result.output.contains("geheim"))
            #expect(document["written"].array.contains { $0.string == sandbox.path("etc/mariadb.credentials") })
        }
    }

    @Test("A configuration that is there is left alone, and nothing else is written")
    func existing() throws {
        try Sandbox.with { sandbox in
            let place = try Place(sandbox, Self.mariadb)
            try sandbox.write("etc/remanso.yaml", "# mine\n")
            let result = try place.initialize("--from-azure", "--json")
            #expect(result.status == 1)
            #expect(try result.json()["errors"][0]["code"].string == "FileExists")
            #expect(Files.text(sandbox.path("etc/remanso.yaml")) == "# mine\n")
            #expect(try place.modes() == "remanso.yaml 600\n")
            #expect(!Files.exists(sandbox.path("vault")))
        }
    }

    @Test("Credentials that are there are left alone, and that is said")
    func existingCredentials() throws {
        try Sandbox.with { sandbox in
            let place = try Place(sandbox, Self.mariadb)
            try sandbox.write("etc/mariadb.credentials", "password = mine\n")
            let document = try place.initialize("--from-azure", "--json").json()
            #expect(document["kept"].array.map(\.string) == [sandbox.path("etc/mariadb.credentials")])
            #expect(Files.text(sandbox.path("etc/mariadb.credentials")) == "password = mine\n")
        }
    }

    @Test("What cannot be used is one error, and nothing is written", arguments: ["en", "es"])
    func unusable(language: String) throws {
        try Sandbox.with { sandbox in
            let place = try Place(sandbox, "workload_name = mysql\ncredString = -p'geheim-4711")
            let result = try place.initialize("--from-azure", "--lang", language)
            #expect(result.status == 1)
            #expect(result.errors.contains("IncorrectWorkloadFile"), Comment(rawValue: result.errors))
            #expect(!(result.output + result.errors).contains("geheim"))
            #expect(!Files.exists(sandbox.path("etc")))
        }
    }

    @Test("--workload-config without --from-azure is wrong usage")
    func usage() throws {
        try Sandbox.with { sandbox in
            let result = try Place(sandbox, Self.mariadb).initialize()
            #expect(result.status == 64)
            #expect(result.errors.contains("--from-azure"))
            #expect(!Files.exists(sandbox.path("etc")))
        }
    }
}
