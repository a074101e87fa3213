import Fixtures
import FoundationEssentials
import Messages
import Testing

@testable import Runs

@Suite("The report in JSON")
struct ReportTests {
    /// A report in which nothing has its default value.
    private func full() throws -> Report {
        try #require(
            Report(
                json: Array(
                    """
                    {"schema": 1, "recoveryPoint": "20261121T101500Z-7f3a", "host": "db1", "machineId": "abc",
                     "version": "0.1.0", "startedAt": "2026-11-21T10:15:00.123Z", "finishedAt": "2026-11-21T10:16:00.000Z",
                     "outcome": "degraded", "consistency": "crash", "attempts": 2, "rehearsal": true,
                     "applications": ["postgres \\u00f1"],
                     "errors": [{"code": "Pre-ScriptTimeout", "number": 308, "phase": "pre-script", "severity": "error",
                                 "message": "m", "action": "a", "subject": "/etc/azure/pre.sh"}],
                     "timeline": [{"phase": "pre-script", "startMs": 0.5, "durationMs": 12.3, "outcome": "failed"}],
                     "pauseMs": {"application": 41.2, "freeze": 9.8},
                     "scripts": {"pre": {"attempts": [{"plugin": "p", "exitCode": null, "signal": 9, "timedOut": true,
                       "durationMs": 12.0, "stdout": "o\\u0000\\u001b", "stderr": "e", "truncated": true}]},
                      "post": {"attempts": []}},
                     "volumes": [{"mountPoint": "/srv/a b\\nc", "device": "/dev/loop0", "filesystem": "xfs", "uuid": "u",
                                  "provider": "btrfs", "frozen": true, "freezeMs": 9.8, "consistency": "application",
                                  "bytesRead": 18446744073709551615, "bytesStored": 1, "snapshot": "s"}],
                     "vault": {"repository": "/backup/vault", "snapshot": "s"}}
                    """.utf8)))
    }

    @Test("comes back as it was, whatever is in it")
    func roundTrip() throws {
        let report = try full()
        let again = try #require(Report(json: report.json()))
        #expect(again.json() == report.json())
        #expect(again.volumes.first?.mountPoint == "/srv/a b\nc")
        #expect(again.volumes.first?.bytesRead == .max)
        #expect(again.errors.first?.subject == "/etc/azure/pre.sh")
        #expect(again.outcome == .degraded && again.consistency == .crash && again.attempts == 2)
    }

    @Test("has every field of the contract, and null where nothing is known")
    func everyField() throws {
        var report = try full()
        let top = [
            "attempts", "consistency", "errors", "finishedAt", "host", "machineId", "outcome", "pauseMs",
            "recoveryPoint", "schema", "scripts", "startedAt", "timeline", "vault", "version", "volumes",
        ]
        let volume = [
            "bytesRead", "bytesStored", "consistency", "device", "filesystem", "freezeMs", "frozen", "mountPoint",
            "provider", "uuid",
        ]
        report.recoveryPoint = nil
        report.vault = nil
        report.volumes[0].uuid = nil
        report.errors[0].subject = nil
        let json = try JSONObject(String(decoding: report.json(), as: UTF8.self))
        #expect(Set(top).isSubset(of: json.keys))
        #expect(Set(volume).isSubset(of: json["volumes"][0].keys))
        #expect(
            json["errors"][0].keys == ["action", "code", "message", "number", "phase", "severity", "subject"])
        #expect(json["timeline"][0].keys == ["durationMs", "outcome", "phase", "startMs"])
        let script = ["durationMs", "exitCode", "signal", "stderr", "stdout", "timedOut", "truncated"]
        #expect(Set(script).isSubset(of: json["scripts"]["pre"]["attempts"][0].keys))
        #expect(json["scripts"]["pre"]["attempts"][0]["exitCode"].isNull)
        #expect(json["recoveryPoint"].isNull && json["vault"].isNull)
        #expect(json["volumes"][0]["uuid"].isNull && json["errors"][0]["subject"].isNull)
    }

    @Test("of a failed run has the same fields, and its vault's snapshot is null")
    func failed() throws {
        var report = Report()
        report.vault = Report.VaultPlace(repository: "/backup/vault", snapshot: nil)
        let json = try JSONObject(String(decoding: report.json(), as: UTF8.self))
        #expect(json["recoveryPoint"].isNull && json["vault"]["snapshot"].isNull)
        #expect(json["outcome"].string == "failed" && json["consistency"].string == "none")
        #expect(json["scripts"]["pre"]["attempts"].exists && json["scripts"]["post"]["attempts"].exists)
    }

    @Test("is refused when it is none")
    func noReport() {
        for text in ["{}", "no JSON", "", "[]", "null"] { #expect(Report(json: Array(text.utf8)) == nil) }
    }

    @Test("ends with a line end, and two reports of the same run are the same bytes")
    func bytes() throws {
        let bytes = try full().json()
        #expect(bytes.last == UInt8(ascii: "\n"))
        #expect(try full().json() == bytes)
    }

    @Test("gives times in UTC, in one form each")
    func timestamps() {
        let date = Date(timeIntervalSince1970: 1_795_256_100.1234)
        #expect(Timestamp.iso(date) == "2026-11-21T10:15:00.123Z")
        #expect(Timestamp.seconds(date) == "2026-11-21T10:15:00Z")
        #expect(Timestamp.recoveryPoint(date).hasPrefix("20261121T101500Z-"))
        #expect(Timestamp.minute(Timestamp.iso(date)) == "2026-11-21 10:15")
        #expect(Timestamp.seconds(Date(timeIntervalSince1970: 951_782_400)) == "2000-02-29T00:00:00Z")
    }

    /// Otherwise `latest` is, now and then, not the latest.
    @Test("the ids of recovery points of one second come in the order in which they were made")
    func order() {
        let ids = stride(from: 0.0, to: 1, by: 0.01).map {
            Timestamp.recoveryPoint(Date(timeIntervalSince1970: 1_795_256_100 + $0))
        }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { $0.count == "20261121T101500Z-7f3a".count && $0.hasPrefix("20261121T101500Z-") })
    }
}
