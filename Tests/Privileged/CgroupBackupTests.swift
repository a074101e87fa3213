import Fixtures
import Glibc
import Linux
import Testing

/// `applications:` of type `cgroup`, with the real programs and a unit-like group.
@Suite("An application without an interface", .serialized)
struct CgroupBackupTests {
    private func withCount(
        _ layout: Layout = .ext4OnXFS, _ body: (EndToEnd, ControlGroup, Volume) throws -> Void
    ) throws {
        try EndToEnd.withReadyVault { call in
            try layout.with(in: call.sandbox.path) { volume in
                try ControlGroup.with(counting: volume.path("lines")) { group in try body(call, group, volume) }
            }
        }
    }

    private func configure(_ call: EndToEnd, _ keys: String, more: String = "") throws {
        try call.sandbox.write(
            "remanso.yaml",
            "freeze: {deadline: 20s}\n\(more)applications:\n  - {type: cgroup, name: counter, \(keys)}\n")
    }

    private func codes(_ report: JSONObject) -> [String] { report["errors"].array.compactMap { $0["code"].string } }

    @Test(
        "is frozen with its volume, named by its unit, and its backup is application-consistent",
        arguments: Layout.allCases)
    func backup(_ layout: Layout) throws {
        try withCount(layout) { call, group, volume in
            try configure(call, "unit: \(group.unit), data: [\(volume.mountPoint)]")
            let before = try Traces(below: call.sandbox.path)
            let report = try call.backup([volume.mountPoint])
            #expect(report["consistency"].string == "application")
            let adapter = report["adapters"][0]
            #expect(adapter["type"].string == "cgroup" && adapter["name"].string == "counter")
            #expect(adapter["facts"]["cgroup"].string == group.cgroup.path)
            #expect(adapter["steps"].array.map { $0["action"].string } == ["cgroup.freeze 1", "cgroup.freeze 0"])
            #expect(adapter["wasHeld"].bool == true && (adapter["heldMs"].number ?? 0) > 0)
            #expect((report["pauseMs"]["application"].number ?? 0) >= (adapter["heldMs"].number ?? 0))
            #expect(group.counts() && !group.cgroup.isAskedToFreeze)
            let restored = try call.restore()
            let line = LineWriter.lastLine(of: restored + volume.path("lines"))
            #expect(line > 0 && line <= group.lines)
            try call.expectNothingLeft(before, [volume])
        }
    }

    @Test(
        "is shown to start by its own program and the administrator's script, and by nothing less",
        arguments: ["proven", "failed", "impossible"])
    func drill(_ outcome: String) throws {
        try withCount { call, group, volume in
            let lines = volume.path("lines")
            let program = try call.sandbox.write(
                "serve", "#!/bin/sh\ntail -n 1 '\(lines)' > /run/remanso-drill/last\nexec sleep 600\n", mode: 0o755)
            let status = outcome == "proven" ? 0 : 1
            let probe = try call.sandbox.write(
                "probe", "#!/bin/sh\ntest -s \"$REMANSO_DRILL_FOLDER/last\" && exit \(status)\n", mode: 0o755)
            let drill =
                outcome == "impossible"
                ? "" : ", drill: {timeout: \(outcome == "proven" ? 60 : 5)s, probe: {script: \(probe)}}"
            try configure(call, "unit: \(group.unit), data: [\(volume.mountPoint)], program: \(program)\(drill)")
            _ = try call.backup([volume.mountPoint])
            let result = try call.remanso("drill", "latest", "--scratch", call.sandbox.path("scratch"), "--json")
            let evidence = try result.json()
            #expect(evidence["applications"][0]["outcome"].string == outcome, "\(result.output) \(result.errors)")
            #expect((result.status == 0) == (outcome == "proven"))
        }
    }

    @Test("rests during the snapshot also where the volumes are not to be frozen")
    func withoutVolumeFreeze() throws {
        try withCount { call, group, volume in
            try configure(call, "cgroup: \(group.cgroup.path)")
            let scripts = try call.scripts()
            let path = call.sandbox.path("scripts.json")
            let json = (Files.text(path) ?? "").replacing(
                "\"fsFreezeEnabled\": true", with: "\"fsFreezeEnabled\": false")
            try call.sandbox.write("scripts.json", json)
            let report = try call.backup([volume.mountPoint], scripts)
            #expect(report["adapters"][0]["wasHeld"].bool == true)
            #expect(report["volumes"][0]["frozen"].bool == false)
            #expect(group.counts() && !group.cgroup.isAskedToFreeze)
        }
    }

    @Test("that somebody else has frozen is left alone, and the level says so")
    func foreignFreeze() throws {
        try withCount { call, group, volume in
            try configure(call, "unit: \(group.unit)")
            try group.freezeAsForeigner()
            let report = try call.backup([volume.mountPoint], status: 3)
            #expect(report["consistency"].string == "filesystem")
            #expect(codes(report) == ["ApplicationBusy"])
            #expect(report["adapters"][0]["wasHeld"].bool == false)
            #expect(group.standsStill, "the foreign freeze still stands")
        }
    }

    @Test("that does not come to rest lowers the level, and holds up neither the run nor itself")
    func restless() throws {
        try withCount { call, group, volume in
            try Volume.with(.ext4, in: call.sandbox.path, name: "stuck") { stuck in
                try ControlGroup.with("stuck", counting: stuck.path("lines")) { other in
                    defer { stuck.thaw() }
                    try call.sandbox.write(
                        "remanso.yaml",
                        """
                        freeze: {deadline: 20s}
                        applications:
                          - {type: cgroup, name: counter, unit: \(group.unit)}
                          - {type: cgroup, name: stuck, unit: \(other.unit)}

                        """)
                    try stuck.freezeAsForeigner()
                    let report = try call.backup([volume.mountPoint], status: 3)
                    #expect(codes(report) == ["FailedWorkloadQuiescingError"])
                    #expect(report["adapters"].array.map { $0["wasHeld"].bool } == [true, false])
                    #expect(!other.cgroup.isAskedToFreeze && group.counts())
                    #expect(stuck.thaw(), "the foreign freeze still stood")
                    #expect(other.counts())
                }
            }
        }
    }

    @Test("is never the group that Remanso runs in")
    func holdsRemanso() throws {
        try withCount { call, group, volume in
            try configure(call, "unit: \(group.unit)")
            let program = try RemansoCommand.path(of: "remanso"), log = call.sandbox.path("check.json")
            // The shell joins the group, and what it starts is born in it.
            let script = "echo $$ > '\(group.cgroup.path)/cgroup.procs'; \"$@\" > '\(log)'; echo $?"
            let words = [program, "check", "--json", "--volume", volume.mountPoint] + call.remanso.common
            #expect(try Shell.run("sh", ["-c", script, "sh"] + words).trimmed == "1")
            #expect((Files.text(log) ?? "").contains("Remanso itself"))
            #expect(group.counts() && !group.cgroup.isAskedToFreeze)
        }
    }

    @Test(
        "that cannot be found or is named badly is one clear message",
        arguments: [
            ("unit: remanso-no-such.service", "FailedWorkloadDatabaseNotOpen"),
            ("cgroup: /etc", "FailedWorkloadConfParsingError"),
            ("data: [/etc]", "FailedWorkloadConfParsingError"),
            ("unit: a, cgroup: /etc", "FailedWorkloadConfParsingError"),
            ("cgroup: ROOT", "FailedWorkloadConfParsingError"),
        ])
    func badInput(_ keys: String, _ code: String) throws {
        try EndToEnd.withReadyVault { call in
            try Volume.with(.ext4, in: call.sandbox.path) { volume in
                let mounts = try MountTable.current().visible
                let root = try #require(mounts.first { $0.filesystem == "cgroup2" }).mountPoint
                try configure(call, keys.replacing("ROOT", with: root))
                let result = try call.remanso.run(["check", "--json", "--volume", volume.mountPoint])
                #expect(result.status == 1)
                let findings = try result.json()["findings"].array.filter { $0["severity"].string == "error" }
                #expect(findings.map { $0["code"].string } == [code])
                let message = findings.first?["message"].string ?? ""
                #expect(message.contains("counter"))
            }
        }
    }
}
