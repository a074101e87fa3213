import Messages
import Scripts

@testable import Runs

/// Reports as runs leave them.
enum SampleReport {
    /// Two volumes and a pause of 41.2 ms in a run of 4.6 s.
    static var succeeded: Report {
        var report = Report()
        report.recoveryPoint = "20261121T101500Z-7f3a"
        report.host = "db1"
        report.version = "0.1.0"
        report.startedAt = "2026-11-21T10:15:00.123Z"
        report.finishedAt = "2026-11-21T10:15:04.719Z"
        report.outcome = .succeeded
        report.consistency = .application
        report.applications = ["PostgreSQL"]
        report.timeline = timeline
        report.pauseMs = Report.Pause(application: 41.2, freeze: 9.8)
        report.scripts.pre.attempts = [
            ScriptAttempt(plugin: "ScriptRunner", exitCode: 0, durationMs: 19.2, stdout: "quiesced\n")
        ]
        report.scripts.post.attempts = [ScriptAttempt(plugin: "ScriptRunner", exitCode: 0, durationMs: 7.9)]
        report.volumes = [volume("/srv/db", provider: "reflink"), volume("/srv/wal", provider: "btrfs")]
        report.vault = Report.VaultPlace(repository: "/var/lib/remanso/vault", snapshot: "5c1d")
        return report
    }

    /// The pre-script's time was over; everything that comes from outside is hostile.
    static func degraded(hostile: String) -> Report {
        var report = succeeded
        report.outcome = .degraded
        report.consistency = .filesystem
        report.host = hostile
        report.recoveryPoint = hostile
        report.version = hostile
        report.startedAt = hostile
        report.applications = [hostile]
        report.vault = Report.VaultPlace(repository: hostile, snapshot: hostile)
        report.timeline[2].outcome = .failed
        report.errors = [entry(.scriptTimeout(.pre, path: hostile, seconds: 30), .error)]
        report.errors[0].subject = hostile + "!"
        report.errors[0].phase = hostile
        report.errors[0].code = hostile
        report.errors[0].message += hostile
        report.errors[0].action += hostile
        report.scripts.pre.attempts = [
            ScriptAttempt(plugin: hostile, exitCode: 1, durationMs: 12.2, stderr: hostile),
            ScriptAttempt(
                plugin: hostile, signal: 9, timedOut: true, durationMs: 30_002.1, stdout: hostile, truncated: true),
        ]
        report.volumes = [volume(hostile, provider: hostile)]
        return report
    }

    /// The preflight ended it.
    static var failed: Report {
        var report = Report()
        report.host = "db1"
        report.version = "0.1.0"
        report.startedAt = "2026-11-21T10:15:00.123Z"
        report.timeline = [
            Report.TimelineEntry(phase: .preflight, startMs: 0.2, durationMs: 3.1, outcome: .failed)
        ]
        report.errors = [
            entry(.scriptPermission(.pre, fault: .tooOpen(path: "/etc/azure/pre.sh", mode: "755")), .error)
        ]
        return report
    }

    /// A cycle without snapshot and store, whose pre-script takes nearly all of it.
    static var rehearsal: Report {
        var report = succeeded
        report.recoveryPoint = nil
        report.vault = nil
        report.rehearsal = true
        report.timeline = [
            step(.preflight, 0, 10), step(.preScript, 10, 2000), step(.freeze, 2010, 5), step(.snapshot, 2015, 0),
            step(.thaw, 2015, 5), step(.postScript, 2020, 10), step(.release, 2030, 2),
        ]
        report.timeline[3].outcome = .skipped
        return report
    }

    static func step(_ phase: PhaseName, _ start: Double, _ duration: Double) -> Report.TimelineEntry {
        Report.TimelineEntry(phase: phase, startMs: start, durationMs: duration, outcome: .ok)
    }

    private static var timeline: [Report.TimelineEntry] {
        [
            step(.preflight, 0, 20), step(.prepare, 20, 400), step(.preScript, 420, 20), step(.freeze, 440, 5),
            step(.snapshot, 445, 6), step(.thaw, 451, 2), step(.postScript, 453, 8.2), step(.store, 461.2, 4100),
            step(.release, 4561.2, 38.8),
        ]
    }

    private static func volume(_ mountPoint: String, provider: String) -> Report.Volume {
        Report.Volume(
            mountPoint: mountPoint, device: "/dev/" + provider, filesystem: provider, uuid: nil, provider: provider,
            frozen: true, freezeMs: 9.8, consistency: .application, bytesRead: 12_884_901_888, bytesStored: 45_088_768,
            snapshot: nil)
    }

    private static func entry(_ problem: Problem, _ severity: Severity) -> Report.Entry {
        Report.Entry(Finding(problem, severity: severity, phase: "pre-script"), in: .en)
    }
}
