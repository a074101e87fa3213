import Fixtures
import Glibc
import Linux
import Testing

/// Who is hit.
enum Victim: String, CaseIterable, Sendable { case parent, freezer, both }

/// How.
enum Blow: String, CaseIterable, Sendable {
    case kill, term, stopThenKill, stop

    func strike(_ pids: [pid_t]) {
        let first = [Blow.kill: SIGKILL, .term: SIGTERM][self] ?? SIGSTOP
        pids.forEach { Glibc.kill($0, first) }
        guard self == .stopThenKill else { return }
        _ = Wait.until(seconds: 10) { pids.allSatisfy(Standstill.isComplete) }
        pids.forEach { Glibc.kill($0, SIGKILL) }
    }
}

/// One cell of the kill matrix.
struct KillCase: CustomTestStringConvertible, Sendable {
    let blow: Blow
    let victim: Victim

    var testDescription: String { "\(blow.rawValue) to \(victim.rawValue)" }
    /// Nobody is left who could undo anything: that is for `remanso thaw` or the next run.
    var leavesNobody: Bool { victim == .both && (blow == .kill || blow == .stopThenKill) }
    var killsParent: Bool { victim != .freezer && (blow == .kill || blow == .stopThenKill) }

    /// With both stopped, nobody is there to look at a clock: that cell is the user's `remanso thaw`.
    static let all = Victim.allCases.flatMap { victim in Blow.allCases.map { KillCase(blow: $0, victim: victim) } }
        .filter { $0.blow != .stop || $0.victim != .both }
    static let parentOnly = all.filter { $0.victim == .parent }
    /// Those after which the victim is gone, each signal to either one, and the worst to both.
    static let deadly = all.filter { $0.blow != .stop && ($0.victim != .both || $0.blow == .kill) }
}

/// Two volumes, the scripts with their gates, and the program that is going to be killed.
final class KillStage {
    /// A quarter of it is what a group has to come to rest; and a busy machine must come as far as the test means.
    static let deadline = 6.0
    /// When all must be thawed, with a margin that only a broken program exceeds: what hangs here hangs until the test
    /// ends.
    static let latest = deadline + 20
    static let ledger = "/run/remanso/freeze.ledger"
    /// Requests to ioctl, as `/proc` shows them.
    static let clone = "0x40049409", thaw = "0xc0045878"

    let sandbox: Sandbox
    /// Holds the image of `inner`; somebody else freezes it.
    let outer: Volume
    let inner: Volume
    let apart: Volume
    /// Another one that somebody else freezes; what it holds depends on the stage.
    let holder: Volume?
    let vault: TestVault
    /// The volumes of the runs.
    var volumes: [Volume]
    /// The runs themselves.
    var words = ["backup", "--rehearse", "--json"]
    /// What a post-script is told when the run that owed it was killed.
    var resultForPostScript = "none"
    private let loops: [String]
    var wasInPostScript = false

    private init(
        _ sandbox: Sandbox, outer: Volume, inner: Volume, apart: Volume, holder: Volume? = nil,
        vaultFolder: String? = nil
    ) throws {
        self.sandbox = sandbox
        self.outer = outer
        self.inner = inner
        self.apart = apart
        self.holder = holder
        volumes = [inner, apart]
        vault = try TestVault(in: vaultFolder ?? sandbox.path)
        loops = try Self.loopDevices(sandbox)
        let script = { (name: String) in
            """
            #!/bin/sh
            echo "\(name) $REMANSO_SNAPSHOT_RESULT" >> \(sandbox.path("log"))
            touch \(sandbox.path("at-\(name)"))
            while [ ! -e \(sandbox.path("go-\(name)")) ]; do sleep 0.01; done

            """
        }
        try sandbox.write("pre.sh", script("pre"), mode: 0o700)
        try sandbox.write("post.sh", script("post"), mode: 0o700)
        try sandbox.write(
            "scripts.json",
            """
            {"pluginName": "ScriptRunner", "preScriptLocation": "\(sandbox.path("pre.sh"))", \
            "postScriptLocation": "\(sandbox.path("post.sh"))", "preScriptParams": [], "postScriptParams": [], \
            "preScriptNoOfRetries": 0, "postScriptNoOfRetries": 0, "timeoutInSeconds": 60, \
            "continueBackupOnFailure": true, "fsFreezeEnabled": true}
            """)
        try sandbox.write("remanso.yaml", "freeze:\n  deadline: \(Int(Self.deadline))s\n")
    }

    static func with(_ body: (KillStage) throws -> Void) throws {
        try withNest { sandbox, outer, inner in
            try Volume.with(.ext4, megabytes: 32, in: sandbox.path, name: "apart") { apart in
                try KillStage(sandbox, outer: outer, inner: inner, apart: apart).play(body)
            }
        }
    }

    /// Here the image of `apart` lies on `holder`.
    static func withTwoNests(_ body: (KillStage, _ holder: Volume) throws -> Void) throws {
        try withNest { sandbox, outer, inner in
            try Volume.with(.xfs, in: sandbox.path, name: "holder") { holder in
                try Volume.with(.ext4, megabytes: 32, in: holder.mountPoint, name: "apart") { apart in
                    let stage = try KillStage(sandbox, outer: outer, inner: inner, apart: apart, holder: holder)
                    try stage.play { try body($0, holder) }
                }
            }
        }
    }

    /// Here the vault lies on `holder`.
    static func withVaultApart(_ body: (KillStage, _ holder: Volume) throws -> Void) throws {
        try withNest { sandbox, outer, inner in
            try Volume.with(.ext4, in: sandbox.path, name: "holder") { holder in
                try Volume.with(.ext4, megabytes: 32, in: sandbox.path, name: "apart") { apart in
                    let stage = try KillStage(
                        sandbox, outer: outer, inner: inner, apart: apart, holder: holder,
                        vaultFolder: holder.mountPoint)
                    try stage.play { try body($0, holder) }
                }
            }
        }
    }

    private static func withNest(_ body: (Sandbox, _ outer: Volume, _ inner: Volume) throws -> Void) throws {
        try Sandbox.with { sandbox in
            try Volume.with(.xfs, in: sandbox.path, name: "outer") { outer in
                try Volume.with(.ext4, megabytes: 32, in: outer.mountPoint, name: "inner") { inner in
                    try body(sandbox, outer, inner)
                }
            }
        }
    }

    private func play(_ body: (KillStage) throws -> Void) throws {
        defer {
            // Those that hold others first: the thaw of an inner one waits for them.
            holder?.thaw()
            outer.thaw()
            [inner, apart].forEach { $0.thaw() }
            ["run.json", "freeze.ledger"].forEach { unlink("/run/remanso/\($0)") }
        }
        try body(self)
    }

    /// Those of this test; others come and go on the machine.
    private static func loopDevices(_ sandbox: Sandbox) throws -> [String] {
        let lines = try Shell.run("losetup", "--list", "--raw", "--noheadings", "-O", "NAME,BACK-FILE").split(
            separator: "\n")
        return lines.filter { $0.contains(sandbox.path) }.map(String.init).sorted()
    }

    // MARK: The run

    var arguments: [String] {
        [
            "--config", sandbox.path("remanso.yaml"), "--script-config", sandbox.path("scripts.json"),
            "--vault", vault.repository, "--vault-password-file", vault.passwordFile,
        ] + volumes.flatMap { ["--volume", $0.mountPoint] }
    }

    /// Starts a run and waits until its pre-script waits.
    func start() throws -> (RunningRemanso, freezer: pid_t) {
        ["log", "at-pre", "go-pre", "at-post", "go-post"].forEach { unlink(sandbox.path($0)) }
        let run = try RunningRemanso(words + arguments, in: sandbox)
        guard reached("pre"), let freezer = run.freezer else {
            kill(run.pid, SIGKILL)
            throw FixtureError("no pre-script: \(Files.text(sandbox.path("remanso.err")) ?? "")")
        }
        return (run, freezer.pid)
    }

    func reached(_ gate: String) -> Bool { Wait.until { Files.exists(sandbox.path("at-\(gate)")) } }
    func open(_ gate: String) throws { try sandbox.write("go-\(gate)", "") }
    func state(_ volume: Volume) -> LedgerView.State? { LedgerView(Self.ledger)?.states[volume.mountPoint] }

    /// Whether some thread of a process is in a system call that no signal ends.
    /// - Parameter request: only in the ioctl of that number.
    func isStuck(_ pid: pid_t, in request: String? = nil) -> Bool {
        Files.names(in: "/proc/\(pid)/task").contains { thread in
            let folder = "/proc/\(pid)/task/\(thread)"
            guard let text = Files.text("\(folder)/stat"), let end = text.lastIndex(of: ")"),
                text[text.index(after: end)...].split(separator: " ").first == "D"
            else { return false }
            guard let request else { return true }
            return Files.text("\(folder)/syscall")?.split(separator: " ").dropFirst(2).first == request[...]
        }
    }

    func strike(_ cell: KillCase, _ run: RunningRemanso, _ freezer: pid_t) {
        cell.blow.strike(cell.victim == .parent ? [run.pid] : cell.victim == .freezer ? [freezer] : [run.pid, freezer])
    }

    // MARK: Afterwards

    /// Lets whoever lives end, has the rest undone, and looks whether anything is left.
    func settle(_ cell: KillCase, _ run: RunningRemanso, freezer: pid_t) throws {
        try open("pre")
        try open("post")
        if cell.blow == .stop { [run.pid, freezer].forEach { Glibc.kill($0, SIGCONT) } }
        let ending = try run.end(withinSeconds: 60)
        #expect(Wait.until { ProcessTable.entry(freezer)?.isZombie ?? true }, "the freezer ends")
        #expect((ending == .killed(SIGKILL)) == cell.killsParent)
        let isUndone = !Files.exists("/run/remanso/run.json")
        // By turns, what a run left is undone by hand or by the next run.
        let byHand = cell.blow == .stopThenKill
        let next = try byHand ? RemansoCommand()("thaw", "--json") : runAgain()
        #expect(next.status == 0, "\(next.output)\(next.errors)")
        if cell.killsParent, !byHand, !isUndone { #expect(next.output.contains("RecoveredEarlierRun")) }
        try expectNothingLeft(cell)
        unlink(sandbox.path("log"))
        let last = try runAgain()
        #expect(last.status == 0, "\(last.output)\(last.errors)")
        #expect(!last.output.contains("RecoveredEarlierRun"))
    }

    private func runAgain() throws -> RemansoCommand.Result {
        try RemansoCommand(common: arguments).run(words, seconds: 120)
    }

    private func expectNothingLeft(_ cell: KillCase) throws {
        let lines = (Files.text(sandbox.path("log")) ?? "").split(separator: "\n").map(String.init)
        let post = lines.filter { $0.hasPrefix("post") }
        #expect(post.count >= 1, "the application is let go")
        if cell.killsParent { #expect(post.first == "post \(resultForPostScript)") }
        // The next run, where one was made, ran its own as well.
        let own = lines.filter { $0.hasPrefix("pre") }.count
        // One that was killed half-way has not let the application go: it runs again.
        let again = cell.killsParent && wasInPostScript ? 1 : 0
        #expect(post.count == max(1, own) + again, "\(lines)")
        // The kernel takes a loop device away a moment after its last mount, and a process a moment after its death.
        #expect(try Wait.until { try Self.loopDevices(sandbox) == loops })
        #expect(!Files.exists(Self.ledger) && !Files.exists("/run/remanso/run.json"))
        #expect(Files.names(in: vault.repository + "/locks").isEmpty)
        for volume in volumes { #expect(!Files.names(in: volume.mountPoint).contains { $0.hasPrefix(".remanso-") }) }
        let areGone = Wait.until {
            !ProcessTable.all().contains {
                !$0.isZombie && (Files.text("/proc/\($0.pid)/cmdline") ?? "").contains(sandbox.path)
            }
        }
        #expect(areGone, "processes are left")
    }
}
