import Applications
import Fixtures
import Glibc
import Linux
import Testing
import Vault

/// What goes wrong, each by its own name; what is this machine's fault is no evidence against the recovery point.
@Suite("What goes wrong in a drill", .serialized)
struct FaultTests {
    private func drill(
        _ type: String, owner: String? = "redis", _ change: (Stage, inout ApplicationRecord) throws -> Void
    ) throws -> (result: DrillResult, isStored: Bool) {
        try Stage.with(owner: owner) { stage in
            let before = Leftovers()
            var record = stage.record(type)
            try change(stage, &record)
            try stage.makePoint([record])
            let result = try stage.drill()
            #expect(stage.left == [])
            #expect(before.found() == [])
            return (result, try stage.point().drill != nil)
        }
    }

    @Test("A program that is not installed")
    func programMissing() throws {
        let (result, isStored) = try drill("test-redis") { $1.facts["program"] = "/usr/bin/no-such-server" }
        #expect(try result.fault == "programMissing", "\(result.output)")
        #expect(result.status == 1 && !isStored)
    }

    @Test("Data that is not in the recovery point")
    func dataMissing() throws {
        let (result, isStored) = try drill("test-redis") { $1.folders.append($0.volume.path("elsewhere")) }
        #expect(try result.fault == "dataMissing", "\(result.output)")
        #expect(isStored)
        let outside = try drill("test-redis") { $1.folders = ["/var/lib/redis"] }.result
        #expect(try outside.fault == "dataMissing", "\(outside.output)")
    }

    @Test("A type that is not known")
    func unknownType() throws {
        let (result, isStored) = try drill("test-nothing") { _, _ in }
        #expect(try result.fault == "impossible", "\(result.output)")
        #expect(result.status == 1 && !isStored)
    }

    @Test("A server that never answers")
    func noAnswer() throws {
        let (result, isStored) = try drill("test-redis") { stage, record in
            let script = "#!/bin/sh\necho it waits\nexec sleep 1000\n"
            record.facts["program"] = try stage.sandbox.write("server.sh", script, mode: 0o755)
            record.settings.drill.timeoutSeconds = 6
        }
        #expect(try result.fault == "noAnswer", "\(result.output)")
        #expect(try result.application["log"].string?.contains("it waits") == true)
        #expect(isStored)
    }

    @Test("A server that ends at once")
    func ended() throws {
        let (result, _) = try drill("test-redis") { stage, record in
            let script = "#!/bin/sh\necho no license >&2\nexit 7\n"
            record.facts["program"] = try stage.sandbox.write("server.sh", script, mode: 0o755)
        }
        #expect(try result.application["fault"]["ended"]["how"].string == "exit status 7", "\(result.output)")
        #expect(try result.application["log"].string?.contains("no license") == true)
    }

    @Test("Another process answers than the one that was started")
    func notOurs() throws {
        let (result, isStored) = try drill("test-redis") { stage, record in
            let script = "#!/bin/sh\nredis-server \"$@\" &\nwait\n"
            record.facts["program"] = try stage.sandbox.write("server.sh", script, mode: 0o755)
        }
        #expect(try result.fault == "notOurs", "\(result.output)")
        #expect(isStored)
    }

    @Test("A probe that answers something else, or not at all")
    func probe() throws {
        let differs = try drill("test-redis") { stage, record in
            record.settings.drill.query = "GET answer"
            record.settings.drill.expect = "42"
        }.result
        #expect(try differs.fault == "probeDiffers", "\(differs.output)")
        let fails = try drill("test-redis") { stage, record in
            let script = "#!/bin/sh\necho \"$REMANSO_DRILL_NAME $REMANSO_DRILL_FOLDER\" >&2\nexit 3\n"
            record.settings.drill.script = try stage.sandbox.write("probe.sh", script, mode: 0o755)
        }.result
        let detail = try fails.application["fault"]["probeFailed"]["detail"].string ?? ""
        #expect(detail.contains("ledger /run/remanso-drill"), "\(fails.output)")
    }

    @Test("A file that lies on no volume is put in place, for the application's user")
    func filesBeside() throws {
        try Stage.with { stage in
            let path = stage.data + "/backup_label"
            let record = stage.record("test-files") { record in
                record.files = [path]
                record.settings.drill.query = "cat '\(path)' && stat -c %U '\(path)'"
                record.settings.drill.expect = "START WAL\nredis"
            }
            try stage.makePoint([record], files: [path: "START WAL\n"])
            let result = try stage.drill()
            #expect(result.status == 0, "\(result.output) \(result.errors)")
            #expect(!Files.exists(path))
        }
    }

    @Test("Without an application: checked and read back, but not proven")
    func withoutApplication() throws {
        try Stage.with { stage in
            try stage.makePoint([], asImage: true)
            let remanso = try stage.remanso()
            let result = try remanso("drill", "--scratch", stage.scratch, "--json")
            #expect(result.status == 3, "\(result.output) \(result.errors)")
            #expect(try result.json()["outcome"].string == "checked")
            #expect(try remanso("list").output.contains("no application"))
            #expect(try remanso("drill", "--all-unproven").output.contains("has been drilled"))
        }
    }

    @Test("A damaged file system in an image")
    func damagedFileSystem() throws {
        try Stage.with { stage in
            try Shell.run(
                "sh", "-c", "for i in $(seq 50); do echo $i > '\(stage.data)'/$i; done; sync -f '\(stage.data)'")
            // The tables of the inodes, on the live device: only the copy of it is looked at.
            try Shell.run("debugfs", "-w", "-R", "clri <12>", stage.volume.image)
            try stage.makePoint([stage.record("test-files")], asImage: true)
            let result = try stage.drill()
            #expect(result.status == 1, "\(result.output)")
            #expect(try result.evidence["errors"][0]["code"].string == "DrillFileSystemDamaged", "\(result.output)")
            #expect(try stage.point().drill?.mark.fault == "DrillFileSystemDamaged")
        }
    }

    @Test("Too little space: told before, and when it comes to an end later")
    func scratchFull() throws {
        try Stage.with { stage in
            let record = stage.record("test-files") { record in
                record.settings.drill.query = "dd if=/dev/zero of='\(stage.data)/big' bs=1M count=200"
            }
            try stage.makePoint([record])
            for (size, name) in [(20, "small"), (64, "later")] {
                try Volume.with(.ext4, megabytes: size, in: stage.sandbox.path, name: name) { place in
                    var words = stage.words()
                    words[3] = place.path("scratch")
                    let tool = try RemansoCommand.path(of: "drill-tool")
                    let result = try ChildProcess.run(Program(.path(tool), words))
                    let evidence = try JSONObject(result.output.text)
                    #expect(evidence["applications"][0]["fault"].keys == ["scratchFull"], "\(result.output.text)")
                    #expect(result.ending == .exited(1))
                }
            }
            #expect(try stage.point().drill == nil)
        }
    }
}
