import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// Rules that need no repository.
struct RulesTests {
    private func point(_ id: String, _ time: String, host: String = "db1", volumes: [String] = ["/srv"]) throws
        -> RecoveryPoint
    {
        let tags =
            ["remanso", "rp=\(id)", "level=crash", "outcome=degraded"] + volumes.map { Tag.encoded("volume", $0) }
        let snapshot = ResticSnapshot(id: id + "ffff", time: time, paths: ["/r"], hostname: host, tags: tags)
        return try #require(RecoveryPoint.all(in: [snapshot]).first)
    }

    private func kept(_ retention: Retention, _ times: [String]) throws -> [String] {
        let points = try times.map { try point($0, $0) }
        let (kept, removed) = retention.split(points)
        #expect(kept.count + removed.count == times.count)
        return kept.map(\.id)
    }

    @Test
    func `retention keeps the newest of each span`() throws {
        let times = [
            "2026-03-02T12:00:00Z", "2026-03-02T01:00:00Z", "2026-03-01T23:59:59Z", "2026-02-28T00:00:00Z",
            "2026-02-01T00:00:00Z", "2025-12-31T23:00:00Z", "2025-01-01T00:00:00Z", "2023-05-05T00:00:00Z",
        ]
        #expect(try kept(Retention(last: 2), times) == [times[0], times[1]])
        #expect(try kept(Retention(daily: 3), times) == [times[0], times[2], times[3]])
        #expect(try kept(Retention(weekly: 2), times) == [times[0], times[2]])
        #expect(try kept(Retention(monthly: 3), times) == [times[0], times[3], times[5]])
        #expect(try kept(Retention(yearly: 9), times) == [times[0], times[5], times[7]])
        #expect(try kept(Retention(last: 1, yearly: 2), times) == [times[0], times[5]])
        #expect(try kept(Retention(), times) == times)
    }

    @Test
    func `a typed id means one recovery point`() throws {
        let points = [try point("2026b", "2026-01-04T00:00:00Z"), try point("2026a", "2026-01-03T00:00:00Z")]
        func find(_ typed: String) throws(Failure) -> String {
            try RecoveryPoint.find(typed, in: points, repository: "/v").id
        }
        #expect(try find("latest") == "2026b" && find("2026a") == "2026a")
        expect(.recoveryPointAmbiguous(id: "2026", matches: ["2026b", "2026a"])) { _ = try find("2026") }
        expect(.recoveryPointNotFound(id: "")) { _ = try find("") }
    }

    @Test
    func `retention counts hosts and sets of volumes apart`() throws {
        let points = [
            try point("a", "2026-01-04T00:00:00Z", volumes: ["/x", "/y"]),
            try point("b", "2026-01-03T00:00:00Z", volumes: ["/y", "/x"]),
            try point("c", "2026-01-02T00:00:00Z", volumes: ["/x"]),
            try point("d", "2026-01-01T00:00:00Z", host: "db2", volumes: ["/x"]),
        ]
        let (kept, removed) = Retention(last: 1).split(points)
        #expect(kept.map(\.id) == ["a", "c", "d"] && removed.map(\.id) == ["b"])
    }

    @Test
    func `times are read and written in UTC`() throws {
        let time = try #require(CivilTime("2026-01-21T10:15:00.123456789+01:00"))
        #expect(time.text == "2026-01-21T09:15:00Z" && time.resticText == "2026-01-21 09:15:00")
        #expect(CivilTime("1970-01-01T00:00:00Z")?.seconds == 0)
        #expect(CivilTime("2000-02-29T23:59:59Z")?.text == "2000-02-29T23:59:59Z")
        #expect(CivilTime("1969-12-31T23:59:59-00:30")?.text == "1970-01-01T00:29:59Z")
        for bad in ["", "2026", "2026-13-01T00:00:00Z", "2026-01-21 10:15:00"] { #expect(CivilTime(bad) == nil) }
        // 2026-01-05 is a Monday.
        let sunday = try #require(CivilTime("2026-01-04T23:59:59Z")),
            monday = try #require(CivilTime("2026-01-05T00:00:00Z"))
        #expect(monday.week == sunday.week + 1)
    }

    @Test
    func `tags carry any value`() throws {
        for value in ["/srv/db", "/a,b", "100%", "%2C", "line\nend", "blank ", "\u{A0}x\u{2003}", "ñ,日本", ""] {
            let tag = Tag.encoded("volume", value)
            #expect(!tag.contains(",") && !tag.contains("\n") && !tag.hasSuffix(" "))
            #expect(Tag.decoded(tag)?.value == value)
        }
    }

    @Test
    func `environment files are read like a shell would`() throws {
        let text = """
            # credentials
            export AWS_ACCESS_KEY_ID=abc
              AWS_SECRET_ACCESS_KEY="with = and # inside"
            EMPTY=
            ONE='it'
            RESTIC_PASSWORD=never
            """
        #expect(
            try EnvironmentFile.parse(text, path: "f") == [
                "AWS_ACCESS_KEY_ID": "abc", "AWS_SECRET_ACCESS_KEY": "with = and # inside", "EMPTY": "", "ONE": "it",
            ])
        for bad in ["no equals", "1A=x", "A='open", "A B=x"] {
            let found = problem { _ = try EnvironmentFile.parse("OK=1\n" + bad, path: "f") }
            #expect(found == .vaultEnvironmentUnusable(path: "f", reason: "line 2"))
        }
    }

    @Test
    func `certificates have restic's names, and that which all of Go's programs know`() {
        typealias Certificates = VaultLocation.Certificates
        #expect(Certificates([:]).authorities == nil && Certificates([:]).client == nil)
        #expect(Certificates(["RESTIC_CACERT": "", "SSL_CERT_FILE": "/a"]).authorities == "/a")
        let both = Certificates(["RESTIC_CACERT": "/b,/c", "SSL_CERT_FILE": "/a", "RESTIC_TLS_CLIENT_CERT": "/d"])
        #expect(both.authorities == "/b,/c" && both.client == "/d")
    }

    @Test
    func `password files are made once and checked`() throws {
        try Sandbox.empty { box in
            let path = box.path("new/folder/key")
            try PasswordFile.make(path)
            #expect(Files.line(path)?.utf8.count == 64)
            expect(.fileExists(path: path)) { try PasswordFile.make(path) }
            try PasswordFile.check(path)
            func reason() -> String? {
                guard case .vaultPasswordUnusable(path, let reason) = problem({ try PasswordFile.check(path) }) else {
                    return nil
                }
                return reason
            }
            #expect(chmod(path, 0o604) == 0 && reason() == "mode 0604")
            #expect(chmod(path, 0o600) == 0 && chown(path, 77, 0) == 0 && reason() == "uid 77")
            #expect(truncate(path, 0) == 0 && chown(path, 0, 0) == 0 && reason() == "0 bytes")
            #expect(unlink(path) == 0 && reason() == "No such file or directory")
            #expect(mkfifo(path, 0o600) == 0 && reason() == "Invalid argument")
        }
    }

    @Test
    func `repositories are told apart from folders`() {
        func folder(_ text: String) -> String? { VaultLocation(repository: text, passwordFile: "/k").localFolder }
        #expect(folder("/backup//vault/") == "/backup/vault")
        #expect(folder("/a:b") == "/a:b")
        #expect(folder("local:/x") == "/x")
        #expect(folder("./x")?.hasSuffix("/x") == true)
        for remote in ["s3:host/b", "sftp:u@h:/x", "rest:http://h/", "rclone:r:x"] { #expect(folder(remote) == nil) }
    }

    @Test
    func `restic's words become problems`() {
        let local = VaultLocation(repository: "/v", passwordFile: "/k")
        let remote = VaultLocation(repository: "s3:h/b", passwordFile: "/k")
        func read(_ text: String, _ status: Int32 = 1, _ location: VaultLocation? = nil) -> Problem {
            ResticWords(text).problem(status: status, location: location ?? local, workFolder: "/w")
        }
        #expect(read("", 12) == .vaultWrongPassword(repository: "/v", passwordFile: "/k"))
        #expect(read("", 10) == .vaultMissing(repository: "/v"))
        let lock = """
            unable to create lock in backend: repository is already locked by PID 7 on db2 by root (UID 0, GID 0)
            lock was created at 2026-01-01 12:19:19 (2.6s ago)
            the `unlock` command can be used to remove stale locks
            """
        #expect(read(lock) == .vaultLocked(repository: "/v", holder: "PID 7 on db2 by root (UID 0, GID 0)"))
        let json = #"{"message_type":"exit_error","code":1,"message":"Fatal: something new"}"#
        #expect(read(json) == .vaultFailed(repository: "/v", detail: "something new"))
        #expect(read("Fatal: a: write /v/data/x: no space left on device") == .vaultFull(repository: "/v"))
        let own = "Fatal: write /w/tmp/restic-1: no space left on device"
        #expect(read(own) == .vaultFailed(repository: "/v", detail: own))
        let retry = "Load(<config/0>) returned error, retrying after 1.2s: dial tcp 10.0.0.1:443: i/o timeout"
        guard case .vaultUnreachable(_, let reason) = read(retry, 1, remote) else {
            Issue.record("not unreachable")
            return
        }
        #expect(reason == "dial tcp 10.0.0.1:443: i/o timeout")
        #expect(read("pack 12ab: does not exist\nFatal: repository contains errors").code.name == "VaultDamaged")
        #expect(read("", 1) == .vaultFailed(repository: "/v", detail: "restic: exit 1"))
    }

    @Test
    func `a selection leaves out nested volumes and the report`() {
        let snapshot = RecoveryPoint.DataSnapshot(
            id: "s", volumes: ["/", "/boot", "/srv", "/srv/db"], reportPath: "/run/r.json")
        let root = RestoreSelection(snapshot, volumes: ["/"], paths: [])
        #expect(root.contains("/etc/x") && !root.contains("/srv/db/x") && !root.contains("/run/r.json"))
        #expect(root.restoreArguments.starts(with: ["--exclude", "/boot"]))
        let leaf = RestoreSelection(snapshot, volumes: ["/srv/db"], paths: [])
        #expect(leaf.restoreArguments == ["--include", "/srv/db"] && !leaf.contains("/srv/x"))
        let path = RestoreSelection(snapshot, volumes: ["/"], paths: ["/run"])
        #expect(path.strayReport == "/run/r.json" && !path.contains("/run/r.json") && path.contains("/run/x"))
    }
}
