import Fixtures
import Glibc
import Linux
import Testing

/// restic holds its lock in the vault and is stuck in a write to it, because somebody else froze the vault's volume.
/// It takes the place of the freezer, which has nothing to do any more.
@Suite("Whoever is killed while restic stores, the next run is clean", .serialized)
struct KillStoreTests {
    @Test("a snapshot, after the post-script", arguments: KillCase.deadly)
    func store(_ cell: KillCase) throws {
        try KillStage.withVaultApart { stage, holder in
            stage.volumes = [stage.inner]
            stage.words = ["backup", "--json"]
            stage.resultForPostScript = "ok"
            try play(cell, stage, holder, from: "post")
        }
    }

    @Test("the live files, before the post-script", arguments: KillCase.deadly.filter { $0.victim == .parent })
    func copy(_ cell: KillCase) throws {
        try KillStage.withVaultApart { stage, holder in
            stage.volumes = [stage.apart]
            stage.words = ["backup", "--provider", "copy", "--json"]
            try play(cell, stage, holder, from: "pre")
        }
    }

    private func play(_ cell: KillCase, _ stage: KillStage, _ holder: Volume, from gate: String) throws {
        let volume = try #require(stage.volumes.first)
        try Shell.run("dd", "if=/dev/urandom", "of=\(volume.path("data"))", "bs=1M", "count=16", "status=none")
        let (run, _) = try stage.start()
        try stage.open("pre")
        if gate == "post" {
            #expect(stage.reached("post"))
            try stage.open("post")
        }
        var found: pid_t?
        _ = Wait.until {
            found = holdsLock(stage) ? restic(of: run) : nil
            return found != nil
        }
        let writer = try #require(found)
        // The freeze takes its time: restic must not have finished by then.
        try Standstill.with(writer) { try holder.freezeAsForeigner() }
        #expect(Wait.until { stage.isStuck(writer) })
        stage.strike(cell, run, writer)
        #expect(volume.acceptsWrites(withinSeconds: KillStage.latest))
        #expect(holder.thaw(), "the foreign freeze still stood")
        #expect(holder.acceptsWrites(withinSeconds: KillStage.latest))
        try stage.settle(cell, run, freezer: writer)
    }

    /// While restic writes the lock, the file has a longer name.
    private func holdsLock(_ stage: KillStage) -> Bool {
        Files.names(in: stage.vault.repository + "/locks").contains { $0.utf8.count == 64 }
    }

    private func restic(of run: RunningRemanso) -> pid_t? {
        ProcessTable.all().first { process in
            guard process.parent == run.pid, !process.isZombie else { return false }
            let words = (Files.text("/proc/\(process.pid)/cmdline") ?? "").split(separator: "\0")
            return words.contains("backup") && words.first?.hasSuffix("restic") ?? false
        }?.pid
    }
}
