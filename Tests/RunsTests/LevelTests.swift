import Fixtures
import Linux
import Messages
import Scripts
import Snapshots
import Testing
import Vault

@testable import Freezing
@testable import Runs

@Suite("The level of consistency, decided from what was observed")
struct LevelTests {
    /// What happened to one volume, and the level that follows.
    struct Case: Sendable, CustomTestStringConvertible {
        var provider: String
        var scripts = false
        var applicationFailed = false
        /// `nil` when no freeze was tried.
        var freezeHeld: Bool?
        var switchedOff = false
        var changed: Bool?
        var taken = true
        var crashOnly = false
        var level: Consistency

        var testDescription: String {
            "\(provider) scripts \(scripts) failed \(applicationFailed) held \(freezeHeld.map(String.init) ?? "-") "
                + "off \(switchedOff) changed \(changed.map(String.init) ?? "-") taken \(taken) → \(level)"
        }
    }

    static let cases: [Case] = [
        // Without scripts nobody has told the application to be quiet.
        Case(provider: "btrfs", level: .filesystem),
        Case(provider: "reflink", freezeHeld: true, level: .filesystem),
        Case(provider: "reflink", freezeHeld: false, level: .crash),
        Case(provider: "reflink", level: .crash),
        Case(provider: "copy", freezeHeld: true, changed: false, level: .filesystem),
        Case(provider: "copy", freezeHeld: true, changed: true, level: .crash),
        Case(provider: "copy", freezeHeld: false, changed: false, level: .crash),
        // With scripts that succeeded.
        Case(provider: "btrfs", scripts: true, level: .application),
        Case(provider: "reflink", scripts: true, freezeHeld: true, level: .application),
        Case(provider: "reflink", scripts: true, freezeHeld: false, level: .crash),
        Case(provider: "copy", scripts: true, freezeHeld: true, changed: false, level: .application),
        Case(provider: "copy", scripts: true, freezeHeld: true, changed: true, level: .crash),
        // With scripts that failed.
        Case(provider: "btrfs", scripts: true, applicationFailed: true, level: .filesystem),
        Case(provider: "reflink", scripts: true, applicationFailed: true, freezeHeld: true, level: .filesystem),
        Case(
            provider: "copy", scripts: true, applicationFailed: true, freezeHeld: true, changed: false,
            level: .filesystem),
        // The freeze switched off by the configuration: the scripts alone answer for the application.
        Case(provider: "reflink", scripts: true, switchedOff: true, level: .application),
        Case(provider: "copy", scripts: true, switchedOff: true, changed: false, level: .application),
        Case(provider: "copy", scripts: true, switchedOff: true, changed: true, level: .crash),
        Case(provider: "reflink", scripts: true, applicationFailed: true, switchedOff: true, level: .crash),
        // The one-disk rule, and a snapshot that never was.
        Case(provider: "btrfs", scripts: true, crashOnly: true, level: .crash),
        Case(provider: "reflink", scripts: true, freezeHeld: true, crashOnly: true, level: .crash),
        Case(provider: "btrfs", taken: false, level: .none),
        Case(provider: "copy", scripts: true, freezeHeld: true, changed: false, taken: false, level: .none),
    ]

    @Test("of one volume", arguments: cases)
    func ofOneVolume(_ one: Case) throws {
        try withAttempt { attempt in
            try attempt.add(one)
            #expect(attempt.level == one.level)
            #expect(attempt.promisedLevel == (one.scripts ? .application : .filesystem))
        }
    }

    @Test("of a run is that of its lowest volume")
    func ofARun() throws {
        try withAttempt { attempt in
            #expect(attempt.level == .none)
            for one in [Self.cases[7], Self.cases[8], Self.cases[9]] { try attempt.add(one) }
            #expect(attempt.volumes.map(attempt.level(of:)) == [.application, .application, .crash])
            #expect(attempt.level == .crash)
        }
    }

    @Test("that can no longer be reached ends the run when it is required")
    func required() throws {
        let order: [Consistency] = [.crash, .filesystem, .application]
        for required in order {
            for reached in order {
                try withAttempt(require: required) { attempt in
                    if reached < required {
                        #expect(throws: Failure(.levelNotReached(required: required, reached: reached))) {
                            try attempt.requireLevel(atMost: reached)
                        }
                    } else {
                        try attempt.requireLevel(atMost: reached)
                    }
                }
            }
        }
    }

    private func withAttempt(require: Consistency = .crash, _ body: (Attempt) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let vault = VaultLocation(repository: sandbox.path("vault"), passwordFile: sandbox.path("key"))
            var options = RunOptions(vault: vault, freezerPath: "/nowhere")
            options.require = require
            let state = try StateFolder(sandbox.path("state"))
            try body(Attempt(options, number: 1, state: state, earlier: [], observer: nil))
        }
    }
}

extension Attempt {
    /// A volume to which this happened.
    fileprivate func add(_ one: LevelTests.Case) throws {
        let line = "30 20 8:\(volumes.count) / /srv/\(volumes.count) rw - xfs /dev/sdb rw"
        let mount = try #require(MountTable(parsing: line).mounts.first)
        let provider = try #require(SnapshotProviders.named(one.provider))
        let planned = Plan.Volume(
            mount: mount, provider: provider, reason: .lastResort, isSkipped: false, canFreeze: true)
        var framework = ScriptFramework()
        framework.isConfigured = one.scripts
        plan = Plan(
            volumes: [planned], framework: framework, findings: [], deadlineSeconds: 1, machineHasOneDisk: false)
        applicationFailed = one.applicationFailed
        freezeWasSwitchedOff = one.switchedOff
        isCrashOnly = one.crashOnly
        var state = VolumeState(plan: planned, report: Report.Volume(planned))
        state.wasTaken = one.taken
        state.changedDuringCopy = one.changed
        state.freeze = one.freezeHeld.map { held in
            VolumeFreeze(mountPoint: mount.mountPoint, held: held, wasFrozen: held, milliseconds: 1, problem: nil)
        }
        volumes.append(state)
    }
}
