import Fixtures
import Glibc
import Linux

/// Who of a run is hit by SIGKILL.
enum RunVictim: String, CaseIterable, Sendable {
    case run, freezer, keeper, runAndFreezer, runAndKeeper, all

    /// Nobody is left who could thaw: that is for `remanso thaw`.
    var leavesNobody: Bool { self == .runAndFreezer || self == .all }
}

/// When it is hit.
enum RunMoment: String, CaseIterable, Sendable {
    /// The applications are ready, nothing is held yet.
    case prepared
    /// The applications are held and their volume is frozen.
    case frozen
    /// The applications have been let go.
    case released

    /// Those whose death can make a difference then.
    var victims: [RunVictim] {
        switch self {
        case .prepared: [.run, .keeper, .runAndKeeper]
        case .frozen: RunVictim.allCases
        case .released: [.run, .runAndKeeper]
        }
    }
}

/// A database, a second volume whose freeze can be made to hang, scripts that wait, and the program that will be killed.
final class RunStage {
    static let deadline = 6

    let sandbox: Sandbox
    let database: LivingDatabase
    private let outer: Volume
    private let inner: Volume
    private let vault: TestVault

    private init(_ sandbox: Sandbox, _ database: LivingDatabase, outer: Volume, inner: Volume) throws {
        (self.sandbox, self.database, self.outer, self.inner) = (sandbox, database, outer, inner)
        vault = try TestVault(in: sandbox.path)
        for name in ["pre", "post"] {
            let script = """
                #!/bin/sh
                touch \(sandbox.path("at-\(name)"))
                while [ ! -e \(sandbox.path("go-\(name)")) ]; do sleep 0.01; done

                """
            try sandbox.write("\(name).sh", script, mode: 0o700)
        }
        try sandbox.write(
            "scripts.json",
            """
            {"pluginName": "ScriptRunner", "preScriptLocation": "\(sandbox.path("pre.sh"))", \
            "postScriptLocation": "\(sandbox.path("post.sh"))", "preScriptParams": [], "postScriptParams": [], \
            "preScriptNoOfRetries": 0, "postScriptNoOfRetries": 0, "timeoutInSeconds": 60, \
            "continueBackupOnFailure": true, "fsFreezeEnabled": true}
            """)
    }

    private func configure(deadline: Int, freezeDeadline: Int) throws {
        let entry = try database.entry(deadline: deadline)
        try sandbox.write("remanso.yaml", "freeze: {deadline: \(freezeDeadline)s}\napplications: [\(entry)]\n")
    }

    static func with(_ kind: LivingDatabase.Kind, _ body: (RunStage) throws -> Void) throws {
        try Sandbox.with { sandbox in
            try LivingDatabase.with(kind, in: sandbox) { database in
                try Volume.with(.xfs, in: sandbox.path, name: "outer") { outer in
                    try Volume.with(.ext4, megabytes: 32, in: outer.mountPoint, name: "inner") { inner in
                        let stage = try RunStage(sandbox, database, outer: outer, inner: inner)
                        defer {
                            outer.thaw()
                            [inner, database.volume].forEach { $0.thaw() }
                            ["run.json", "freeze.ledger"].forEach { unlink("/run/remanso/\($0)") }
                        }
                        try body(stage)
                    }
                }
            }
        }
    }

    private var arguments: [String] {
        let volumes = [inner, database.volume].flatMap { ["--volume", $0.mountPoint] }
        return [
            "--config", sandbox.path("remanso.yaml"), "--script-config", sandbox.path("scripts.json"), "--vault",
            vault.repository, "--vault-password-file", vault.passwordFile,
        ] + volumes
    }

    func open(_ gate: String) throws { try sandbox.write("go-\(gate)", "") }
    private func reached(_ gate: String) -> Bool {
        Wait.until(seconds: 60) { Files.exists(sandbox.path("at-\(gate)")) }
    }

    /// Starts a run and brings it as far as the moment.
    func start(until moment: RunMoment) throws -> RunningRemanso {
        ["at-pre", "go-pre", "at-post", "go-post"].forEach { unlink(sandbox.path($0)) }
        try configure(deadline: Self.deadline, freezeDeadline: 3)
        let run = try RunningRemanso(["backup", "--rehearse", "--json"] + arguments, in: sandbox)
        guard reached("pre") else { throw FixtureError("no pre-script: \(said)") }
        if moment == .prepared { return run }
        if moment == .frozen { try outer.freezeAsForeigner() }
        try open("pre")
        if moment == .frozen {
            let isFrozen = Wait.until {
                LedgerView("/run/remanso/freeze.ledger")?.states[database.volume.mountPoint] == .frozen
            }
            guard isFrozen else { throw FixtureError("nothing is frozen: \(said)") }
        } else if !reached("post") {
            throw FixtureError("no post-script: \(said)")
        }
        return run
    }

    private var said: String { Files.text(sandbox.path("remanso.err")) ?? "" }

    func strike(_ victim: RunVictim, _ run: RunningRemanso) {
        let freezer = run.freezer?.pid, keeper = keeper(of: run)
        let pids: [pid_t?] =
            switch victim {
            case .run: [run.pid]
            case .freezer: [freezer]
            case .keeper: [keeper]
            case .runAndFreezer: [run.pid, freezer]
            case .runAndKeeper: [run.pid, keeper]
            case .all: [run.pid, freezer, keeper]
            }
        pids.compactMap { $0 }.forEach { kill($0, SIGKILL) }
    }

    private func keeper(of run: RunningRemanso) -> pid_t? {
        ProcessTable.all().first { $0.parent == run.pid && isKeeper($0) }?.pid
    }

    /// Of this test process: others run tests beside it, each in a mount namespace of its own.
    private func isKeeper(_ entry: ProcessEntry) -> Bool {
        !entry.isZombie && (Files.text("/proc/\(entry.pid)/cmdline") ?? "").contains("keep-applications")
            && Files.linkTarget("/proc/\(entry.pid)/ns/mnt") == Files.linkTarget("/proc/self/ns/mnt")
    }

    /// What a person would type when nobody is left.
    func thawByHand() throws -> RunningRemanso { try RunningRemanso(["thaw"], in: sandbox) }
    func thawOuter() { outer.thaw() }

    /// Lets whoever lives end, runs again, and looks whether anything is left.
    /// - Returns: what is wrong.
    func settle(_ run: RunningRemanso) throws -> [String] {
        try open("pre")
        try open("post")
        _ = try run.end(withinSeconds: 120)
        // What is proven here is that it can be held, however long that takes on a busy machine.
        try configure(deadline: 90, freezeDeadline: 60)
        let next = try RemansoCommand().run(["backup", "--rehearse", "--json"] + arguments, seconds: 200)
        var wrong: [String] = []
        let report = try next.json()
        if next.status != 0 || report["consistency"].string != "application" {
            wrong.append("the next run: \(next.output.suffix(3000))")
        }
        if !Wait.until({ !ProcessTable.all().contains(where: isKeeper) }) {
            wrong.append("a keeper is left")
        }
        if Files.exists("/run/remanso/run.json") { wrong.append("the journal is left") }
        if !database.acceptsWrites(withinSeconds: 30) { wrong.append("no write at the end") }
        return wrong
    }
}
