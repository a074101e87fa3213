import Fixtures
import Glibc
import Linux
import Testing

/// `remanso backup` and `remanso drill` with a live PostgreSQL and a live SQLite on one volume, as an administrator has
/// them.
@Suite("Drills of live databases", .serialized)
struct DrillCommandTests {
    /// A PostgreSQL of Debian's user with its data on the volume.
    private struct Server {
        let data: String
        let socket: String

        private static var programs: String {
            let newest = Files.names(in: "/usr/lib/postgresql").compactMap { Int($0) }.max() ?? 0
            return "/usr/lib/postgresql/\(newest)/bin"
        }

        private static let user = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]

        static func with<Value>(_ call: EndToEnd, _ volume: Volume, _ body: (Server) throws -> Value) throws -> Value {
            for path in [Files.parent(of: call.sandbox.path), call.sandbox.path] { chmod(path, 0o711) }
            let server = Server(data: volume.path("pg"), socket: call.sandbox.path("s"))
            for path in [server.data, server.socket] {
                try Files.makeFolder(path)
                try Shell.run("chown", "postgres:", path)
            }
            let initial = ["\(programs)/initdb", "-D", server.data, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"]
            try Shell.run("setpriv", user + initial, seconds: 120)
            let settings = [
                "-D", server.data, "-c", "unix_socket_directories=\(server.socket)", "-c", "listen_addresses=", "-c",
                "shared_buffers=16MB",
            ]
            let sink = try Descriptor.open("/dev/null", O_WRONLY)
            let arguments = user + ["\(programs)/postgres"] + settings
            let (pid, process) = try ChildProcess.spawn(
                Program(.path("/usr/bin/setpriv"), arguments), output: sink, errors: sink)
            defer {
                kill(pid, SIGQUIT)
                if !Wait.forEnd(of: process, seconds: 30) { kill(pid, SIGKILL) }
                ChildProcess.wait(for: pid)
            }
            guard Wait.until(seconds: 120, { (try? server.sql("select 1")) == "1" }) else {
                throw FixtureError("PostgreSQL does not start")
            }
            return try body(server)
        }

        @discardableResult
        func sql(_ statement: String) throws -> String {
            let arguments = ["\(Self.programs)/psql", "-h", socket, "-XAtq", "-d", "postgres", "-c", statement]
            return try Shell.run("setpriv", Self.user + arguments).trimmed
        }
    }

    private func configure(_ call: EndToEnd, _ server: Server, _ file: String, expect: String) throws {
        try call.sandbox.write(
            "remanso.yaml",
            """
            freeze: {deadline: 20s}
            applications:
              - type: postgresql
                name: orders
                host: \(server.socket)
                osUser: postgres
                user: postgres
                drill:
                  probe: {query: select count(*) from entries, expect: "\(expect)"}
              - type: sqlite
                name: notes
                files: ["\(file)"]

            """)
    }

    @Test("Two live databases are held, stored, and proven to start", arguments: [Volume.Kind.ext4, .btrfs])
    func proves(kind: Volume.Kind) throws {
        try EndToEnd.withReadyVault { call in
            try Volume.with(kind, megabytes: 400, in: call.sandbox.path) { volume in
                let before = Leftovers()
                try Server.with(call, volume) { server in
                    try server.sql("create table entries as select generate_series(1, 1000) as number")
                    let file = volume.path("notes.db")
                    let schema = "pragma journal_mode=wal; create table t(a); insert into t values(1);"
                    try Shell.run("sqlite3", file, schema)
                    try configure(call, server, file, expect: "1000")
                    let report = try call.backup([volume.mountPoint])
                    #expect(report["consistency"].string == "application")
                    #expect(try call.remanso("list").output.contains("not drilled"))
                    try server.sql("insert into entries values (0)")
                    try expectProven(call, server)
                }
                #expect(before.found() == [])
            }
        }
    }

    private func expectProven(_ call: EndToEnd, _ server: Server) throws {
        let result = try call.remanso("drill", "--scratch", call.sandbox.path("scratch"), "--json", seconds: 300)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
        let applications = try result.json()["applications"].array
        #expect(applications.map { $0["outcome"].string } == ["proven", "proven"])
        #expect(applications.first?["probe"]["found"].string == "1000")
        #expect(try server.sql("select count(*) from entries") == "1001")
        #expect(Files.names(in: call.sandbox.path("scratch")) == [])
        let list = try call.remanso("list").output
        #expect(list.contains("proven 2") && list.contains("answered in"), "\(list)")
        let show = try call.remanso("show", "latest").output
        #expect(show.contains("is proven: its applications started"), "\(show)")
        #expect(try call.remanso("drill", "--all-unproven").output.contains("has been drilled"))
    }

    @Test("A recovery point whose probe answers something else is red, and the drill ends with 1")
    func refuted() throws {
        try EndToEnd.withReadyVault { call in
            try Volume.with(.ext4, megabytes: 400, in: call.sandbox.path) { volume in
                try Server.with(call, volume) { server in
                    try server.sql("create table entries as select generate_series(1, 1000) as number")
                    let file = volume.path("notes.db")
                    try Shell.run("sqlite3", file, "create table t(a); insert into t values(1);")
                    try configure(call, server, file, expect: "1001")
                    _ = try call.backup([volume.mountPoint])
                    let words = ["--all-unproven", "--scratch", call.sandbox.path("scratch")]
                    let result = try call.remanso.run(["drill"] + words, seconds: 300)
                    #expect(result.status == 1, "\(result.output) \(result.errors)")
                    #expect(result.output.contains("1000") && result.output.contains("DrillProbeDiffers"))
                    #expect(try call.remanso("list").output.contains("orders, DrillProbeDiffers"))
                    #expect(try call.remanso("show", "latest").output.contains("do not rely on it"))
                }
            }
        }
    }
}
