import Applications
import Fixtures
import Glibc
import Linux
import Testing
import Vault

/// Real recovery points of a volume with a real Redis, which goes on running beside the drill.
@Suite("Drills", .serialized)
struct DrillTests {
    /// A recovery point with `answer` at 42, while the live Redis has gone on to 43.
    private func point(_ stage: Stage, _ redis: LiveRedis, asImage: Bool) throws {
        try redis("SET", "answer", "42")
        try redis("SAVE")
        let record = stage.record("test-redis") { record in
            record.facts["port"] = "\(redis.port)"
            record.settings.drill.query = "GET answer"
            record.settings.drill.expect = "42"
        }
        try stage.makePoint([record], asImage: asImage)
        try redis("SET", "answer", "43")
    }

    @Test(
        "The live application runs on, untouched, while its copy is proven at the same port and paths",
        arguments: [(Volume.Kind.ext4, false), (.ext4, true), (.xfs, true), (.btrfs, true)])
    func proves(kind: Volume.Kind, asImage: Bool) throws {
        try Stage.with(kind) { stage in
            let before = Leftovers()
            try LiveRedis.with(stage) { redis in
                try point(stage, redis, asImage: asImage)
                let hash = try stage.hash()
                let result = try stage.drill()
                #expect(result.status == 0, "\(result.output) \(result.errors)")
                let evidence = try result.evidence, application = try result.application
                #expect(evidence["outcome"].string == "proven")
                #expect(application["program"].string == "/usr/bin/redis-server")
                #expect(application["answeredMs"].number ?? 0 > 0)
                #expect(application["probe"]["found"].string == "42")
                #expect(application["checks"].array.count == 2)
                let kinds = application["namespaces"].array.compactMap(\.string)
                #expect(kinds == ["ipc", "mnt", "net", "pid", "user", "uts"])
                #expect(evidence["volumes"][0]["kind"].string == (asImage ? "image" : "files"))
                #expect(evidence["volumes"][0]["check"].string == nil || asImage)
                #expect(try stage.hash() == hash)
                #expect(try redis("GET", "answer") == "43")
                #expect(stage.left == [])
                let mark = try stage.point().drill?.mark
                #expect(mark?.result == .proven)
                #expect(mark?.answeredMs ?? -1 >= 0)
            }
            #expect(before.found() == [])
        }
    }

    @Test("A kernel without user namespaces: the room is one without")
    func withoutUserNamespace() throws {
        try Stage.with { stage in
            try LiveRedis.with(stage) { redis in
                try point(stage, redis, asImage: false)
                let result = try stage.drill(["without-users"])
                #expect(result.status == 0, "\(result.output) \(result.errors)")
                let kinds = try result.application["namespaces"].array.compactMap(\.string)
                #expect(kinds == ["ipc", "mnt", "net", "pid", "uts"])
            }
        }
    }

    @Test("One flipped byte: the drill fails, its log is kept, and every screen says so")
    func flippedByte() throws {
        try Stage.with { stage in
            try LiveRedis.with(stage) { redis in
                try redis("SET", "answer", String(repeating: "x", count: 2000))
                try redis("SAVE")
            }
            let file = try Descriptor.open(stage.data + "/dump.rdb", O_RDWR)
            var byte: UInt8 = 0xFF
            pwrite(file.number, &byte, 1, 60)
            try stage.makePoint([stage.record("test-redis")])
            let result = try stage.drill()
            #expect(result.status == 1)
            #expect(try result.fault == "ended", "\(result.output)")
            #expect(try result.application["log"].string?.contains("RDB") == true)
            try expectRed(stage)
        }
    }

    private func expectRed(_ stage: Stage) throws {
        let remanso = try stage.remanso()
        let list = try remanso("list").output, json = try remanso("list", "--json").json()
        #expect(list.contains("failed 2") && list.contains("ledger, DrillApplicationEnded"), "\(list)")
        #expect(json["recoveryPoints"][0]["drill"]["result"].string == "failed")
        let show = try remanso("show", "latest", "--html", stage.sandbox.path("page.html"))
        #expect(show.output.contains("failed its drill: do not rely on it"), "\(show.output)")
        #expect(try remanso("show", "latest", "--json").json()["drill"]["outcome"].string == "failed")
        let page = Files.text(stage.sandbox.path("page.html")) ?? ""
        #expect(page.contains("<section class=\"findings error\" aria-labelledby=\"drill\">"))
        let spanish = try remanso("list", "--lang", "es").output
        #expect(spanish.contains("fallido 2"), "\(spanish)")
    }

    @Test("The newest drill counts")
    func newestCounts() throws {
        try Stage.with { stage in
            try Sandbox.write(stage.data + "/file", "1\n", mode: 0o644)
            let record = stage.record("test-files") { $0.settings.drill.script = stage.sandbox.path("probe.sh") }
            try stage.makePoint([record])
            for (status, result) in [(1, DrillMark.Result.failed), (0, .proven)] {
                try Sandbox.write(stage.sandbox.path("probe.sh"), "#!/bin/sh\nexit \(status)\n", mode: 0o755)
                _ = try stage.drill()
                #expect(try stage.point().drill?.mark.result == result)
            }
            #expect(try stage.point().drills.count == 2)
            let vault = Vault(stage.location)
            try vault.forget([try stage.point()])
            #expect(stage.vault.snapshotCount == 0)
        }
    }
}
