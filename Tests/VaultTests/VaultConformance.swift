import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// What every kind of vault must do. A new kind joins `Kind` and passes the same tests.
@Suite(.serialized)
struct VaultConformance {
    /// A kind of repository.
    enum Kind: String, CaseIterable, Sendable {
        case folder

        func with(_ body: (Sandbox) throws -> Void) throws {
            switch self {
            case .folder: try Sandbox.with(body)
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `keeps a recovery point and gives it back`(kind: Kind) throws {
        try kind.with { box in
            try box.vault.open()
            #expect(try box.vault.recoveryPoints().isEmpty)
            try box.write("db/a", "first")
            try box.write("logs/b", "second")
            let volumes = [box.path("db"), box.path("logs")]
            let stored = try box.storePoint("20260121T101500Z-7f3a", volumes)
            #expect(stored.files == 3 && stored.bytesRead > 11 && stored.bytesStored > 0)

            let points = try box.vault.recoveryPoints()
            let point = try #require(points.first)
            #expect(points.count == 1 && point.id == "20260121T101500Z-7f3a" && point.host == "db1")
            #expect(point.time == "2026-01-21T10:15:00Z" && point.level == .filesystem && point.outcome == "succeeded")
            #expect(point.volumes == volumes && point.data.count == 1 && point.missing.isEmpty)
            #expect(point.files == 3 && point.bytesRead == stored.bytesRead && point.bytesStored == stored.bytesStored)
            #expect(point.data[0].reportPath == box.path("report.json"))
            let report = String(decoding: try box.vault.report(of: point), as: UTF8.self)
            #expect(report.contains("succeeded"))

            let target = box.path("out")
            let summary = try box.vault.restore(RestoreRequest(point: point, target: target))
            #expect(summary == RestoreSummary(files: 2, bytes: 11))
            #expect(box.read(target + box.path("db/a")) == "first")
            #expect(box.read(target + box.path("logs/b")) == "second")
            #expect(!Files.exists(target + box.path("report.json")))
            try box.vault.verify(point)
        }
    }

    @Test(arguments: Kind.allCases)
    func `finds recovery points by latest, prefix and whole id, newest first`(kind: Kind) throws {
        try kind.with { box in
            try box.write("db/a", "x")
            expect(code: "NoRecoveryPoints") { _ = try box.vault.recoveryPoint("latest") }
            try box.storePoint("20260122-b", [box.path("db")], time: "2026-01-22T00:00:00Z")
            try box.storePoint("20260121-a", [box.path("db")], time: "2026-01-21T00:00:00Z")
            let points = try box.vault.recoveryPoints()
            #expect(points.map(\.id) == ["20260122-b", "20260121-a"])
            #expect(try box.vault.recoveryPoint("latest").id == "20260122-b")
            #expect(try box.vault.recoveryPoint("20260121").id == "20260121-a")
            let ambiguous = problem { _ = try box.vault.recoveryPoint("2026") }
            #expect(ambiguous == .recoveryPointAmbiguous(id: "2026", matches: ["20260122-b", "20260121-a"]))
            expect(.recoveryPointNotFound(id: "nope")) { _ = try box.vault.recoveryPoint("nope") }
            #expect(try box.vault.exists())
        }
    }

    @Test(arguments: Kind.allCases)
    func `data without manifest is no recovery point and is discarded`(kind: Kind) throws {
        try kind.with { box in
            try box.write("db/a", "x")
            try box.storePoint("one", [box.path("db")])
            try box.storeData("one", [box.path("db")])
            try box.storeData("two", [box.path("db")])
            #expect(try box.vault.recoveryPoints().map(\.id) == ["one"])
            #expect(try box.vault.discardIncomplete(host: "elsewhere") == 0)
            #expect(try box.vault.discardIncomplete(host: "db1", notCurrent: ["one", "two"]) == 0)
            #expect(try box.vault.discardIncomplete(host: "db1") == 2)
            let point = try box.vault.recoveryPoint("one")
            #expect(point.missing.isEmpty && point.data.count == 1)
            try box.vault.verify(point)
        }
    }

    @Test(arguments: Kind.allCases)
    func `forgets recovery points with their data`(kind: Kind) throws {
        try kind.with { box in
            try box.write("db/a", bytes: Sandbox.noise(1 << 20))
            try box.storePoint("one", [box.path("db")], time: "2026-01-20T00:00:00Z")
            try box.write("db/a", bytes: Sandbox.noise(1 << 20, seed: 7))
            try box.storePoint("two", [box.path("db")], time: "2026-01-21T00:00:00Z")
            let (kept, removed) = Retention(last: 1).split(try box.vault.recoveryPoints())
            try box.vault.forget(removed)
            #expect(try box.vault.recoveryPoints() == kept)
            #expect(try box.vault.discardIncomplete(host: "db1") == 0)
            try box.vault.verify(nil)
            try box.vault.verify(kept[0])
        }
    }

    @Test(arguments: Kind.allCases)
    func `restores volumes and paths that were asked for, and no others`(kind: Kind) throws {
        try kind.with { box in
            try box.write("db/keep/a", "a")
            try box.write("db/other/b", "b")
            try box.write("logs/c", "c")
            let db = box.path("db"), logs = box.path("logs")
            try box.storePoint("one", [db, logs])
            let point = try box.vault.recoveryPoint("one")
            func restore(_ target: String, _ volumes: [String], _ paths: [String]) throws -> RestoreSummary {
                try box.vault.restore(
                    RestoreRequest(point: point, target: box.path(target), volumes: volumes, paths: paths))
            }
            #expect(try restore("o1", [logs], []).files == 1)
            #expect(Files.exists(box.path("o1") + logs + "/c") && !Files.exists(box.path("o1") + db))
            #expect(try restore("o2", [], [db + "/keep/"]).files == 1)
            #expect(Files.exists(box.path("o2") + db + "/keep/a") && !Files.exists(box.path("o2") + db + "/other"))
            let unknown = problem { _ = try restore("o3", ["/nowhere"], []) }
            #expect(unknown == .volumeNotInRecoveryPoint(volume: "/nowhere", id: "one", known: [db, logs]))
            let gone = problem { _ = try restore("o3", [], [db + "/none"]) }
            #expect(gone == .pathNotInRecoveryPoint(path: db + "/none", id: "one"))
            let outside = problem { _ = try restore("o3", [logs], [db + "/keep"]) }
            #expect(outside == .pathNotInRecoveryPoint(path: db + "/keep", id: "one"))
        }
    }

    @Test(arguments: Kind.allCases)
    func `never overwrites unless told to`(kind: Kind) throws {
        try kind.with { box in
            try box.write("db/a", "stored")
            try box.write("db/b", "stored")
            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            try box.write("out" + box.path("db/a"), "mine")
            var request = RestoreRequest(point: point, target: box.path("out"))
            let refused = problem { _ = try box.vault.restore(request) }
            #expect(refused == .restoreWouldOverwrite(path: box.path("out") + box.path("db/a"), count: 1))
            #expect(box.read(box.path("out") + box.path("db/a")) == "mine")
            #expect(!Files.exists(box.path("out") + box.path("db/b")))
            request.overwrite = true
            _ = try box.vault.restore(request)
            #expect(box.read(box.path("out") + box.path("db/a")) == "stored")
            #expect(box.read(box.path("out") + box.path("db/b")) == "stored")
        }
    }

    @Test(arguments: Kind.allCases)
    func `keeps names of any kind`(kind: Kind) throws {
        try kind.with { box in
            let names = [
                "with blank", "new\nline", "star*?[a-z]{x}", "back\\slash", "año-ñandú-日本-🐟", "a,b=c%2Cd", "-dash",
                "!bang",
                "$HOME", "trailing ",
            ]
            let volume = box.path("data, base 100% ")
            for name in names { try box.write("data, base 100% /\(name)/\(name)", name) }
            try box.storePoint("one", [volume])
            let point = try box.vault.recoveryPoint("one")
            #expect(point.volumes == [volume])
            _ = try box.vault.restore(RestoreRequest(point: point, target: box.path("all")))
            for name in names { #expect(box.read("\(box.path("all"))\(volume)/\(name)/\(name)") == name) }
            let wanted = "\(volume)/star*?[a-z]{x}"
            let request = RestoreRequest(
                point: point, target: box.path("some"), paths: [wanted, volume + "/back\\slash"])
            #expect(try box.vault.restore(request).files == 2)
            #expect(Files.names(in: box.path("some") + volume) == ["back\\slash", "star*?[a-z]{x}"])
            let listed = Shared<[String]>([])
            try box.vault.files(in: point.data[0], below: [volume]) { entry in
                if entry.type == "file" { listed.withLock { $0.append(entry.path) } }
            }
            let expected = Set(names.map { "\(volume)/\($0)/\($0)" }), found = Set(listed.withLock { $0 })
            #expect(found == expected)
        }
    }
}
