import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

@Suite struct LockTests {
    @Test(arguments: Judge.allCases) func resticRespectsOurs(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let repository = try place.open()
            let shared = try RepositoryLock(repository)
            // Side by side with readers and writers, but not with what removes data.
            try place.restic("snapshots")
            let refused = Result { try place.restic("prune") }
            #expect(isLocked(refused))
            shared.release()
            try place.restic("prune")

            let exclusive = try RepositoryLock(repository, exclusive: true)
            let refusedToo = Result { try place.restic("snapshots") }
            #expect(isLocked(refusedToo))
            exclusive.release()
            try place.restic("snapshots")
        }
    }

    private func isLocked(_ result: Result<String, any Error>) -> Bool {
        guard case .failure(let error) = result else { return false }
        return "\(error)".contains("already locked")
    }

    /// Holds a lock in a process of its own while `body` runs.
    /// - Returns: how the process ended after `stop`, and what it said.
    private func holdingLock(
        _ place: Place, stop: Int32 = SIGTERM, _ body: (pid_t) throws -> Void
    ) throws -> (ending: ProcessEnding, words: String) {
        let tool = try RemansoCommand.path(of: "image-vault-tool"), words = place.sandbox.path("words")
        let output = try Descriptor.open(words, O_WRONLY | O_CREAT | O_TRUNC)
        let program = Program(.path(tool), ["lock", place.folder, place.passwordFile])
        let (pid, process) = try ChildProcess.spawn(program, output: output, errors: output)
        defer { ChildProcess.wait(for: pid) }
        let isLocked = Wait.until { place.hasLock }
        #expect(isLocked)
        do { try body(pid) } catch {
            kill(pid, SIGKILL)
            throw error
        }
        kill(pid, stop)
        let hasEnded = Wait.forEnd(of: process, seconds: 60)
        #expect(hasEnded)
        if !hasEnded { kill(pid, SIGKILL) }
        _ = Wait.until { ProcessTable.entry(pid)?.isZombie ?? true }
        return (hasEnded ? .exited(0) : .killed(SIGKILL), Files.text(words) ?? "")
    }

    /// `restic unlock` asks whether a lock's holder lives by sending it SIGHUP.
    @Test(arguments: Judge.allCases) func unlockDoesNotStopUs(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let result = try holdingLock(place) { pid in
                for _ in 0..<3 { try place.restic("unlock") }
                usleep(200_000)
                let isAlive = ProcessTable.entry(pid).map { !$0.isZombie } ?? false
                #expect(isAlive)
                #expect(Files.names(in: place.folder + "/locks").count == 1)
                // An exclusive lock of somebody else is refused still.
                let refused = Result { try place.restic("prune") }
                #expect(isLocked(refused))
            }
            #expect(result.words == "stopped by 15\n")
            #expect(Files.names(in: place.folder + "/locks").isEmpty)
        }
    }

    /// A terminal that hangs up stops us also while a lock is held.
    @Test func hangUpStopsUs() throws {
        try Place.with { place in
            let tool = try RemansoCommand.path(of: "image-vault-tool")
            let script = """
                import os, pty, sys, time
                pid, terminal = pty.fork()
                if pid == 0:
                    os.execv(sys.argv[1], sys.argv[1:2] + ["lock"] + sys.argv[2:])
                for _ in range(1200):
                    if any(len(name) == 64 for name in os.listdir(sys.argv[2] + "/locks")): break
                    time.sleep(0.05)
                time.sleep(0.3)
                os.close(terminal)
                print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                """
            let status = try Shell.run("python3", ["-c", script, tool, place.folder, place.passwordFile], seconds: 120)
            #expect(status.trimmed == "0")
            #expect(Files.names(in: place.folder + "/locks").isEmpty)
        }
    }

    @Test func refreshReplacesTheLock() throws {
        try Place.with { place in
            let repository = try place.open()
            let lock = try RepositoryLock(repository, refreshSeconds: 0.2)
            let first = try place.files(.lock)
            let isReplaced = try Wait.until {
                let now = try place.files(.lock)
                return !now.isEmpty && now != first
            }
            #expect(isReplaced)
            // While one follows the other, nothing exclusive comes between and `confirm` never fails.
            for _ in 0..<200 {
                try lock.confirm()
                usleep(5_000)
            }
            let refused = problem { _ = try RepositoryLock(repository, exclusive: true) }
            #expect(refused?.code.name == "VaultLocked")
            lock.release()
            #expect(Files.names(in: place.folder + "/locks").isEmpty)

            // What somebody removed does not come back.
            let removed = try RepositoryLock(repository, refreshSeconds: 1)
            let old = try place.files(.lock)
            // Just after a refresh, so that none is under way.
            let isRefreshed = try Wait.until {
                let now = try place.files(.lock)
                return now.count == 1 && now != old
            }
            #expect(isRefreshed)
            for path in try place.files(.lock) { unlink(path) }
            usleep(2_500_000)
            #expect(Files.names(in: place.folder + "/locks").isEmpty)
            let found = problem { try removed.confirm() }
            #expect(found?.code.name == "VaultLocked")
            removed.release()
        }
    }

    /// A restic that is at work, and one that was killed.
    @Test(arguments: Judge.allCases) func weRespectARunningRestic(_ judge: Judge) throws {
        try Place.with(judge: judge) { place in
            let image = try place.makeImage("big", mebibytes: 40)
            let repository = try place.open()
            let arguments = [
                "--no-cache", "--repo", place.folder, "--password-file", place.passwordFile, "--limit-upload", "500",
                "backup", image,
            ]
            try Background.with(try judge.program, arguments) {
                let isLocked = Wait.until { place.hasLock }
                #expect(isLocked)
                // Side by side, but nothing exclusive.
                let shared = try RepositoryLock(repository)
                shared.release()
                let refused = problem { _ = try RepositoryLock(repository, exclusive: true) }
                #expect(refused?.message(in: .en).contains("PID") == true)
            }
            // Killed: its lock is nobody's.
            #expect(Files.names(in: place.folder + "/locks").count == 1)
            let exclusive = try RepositoryLock(repository, exclusive: true)
            exclusive.release()
            #expect(Files.names(in: place.folder + "/locks").isEmpty)
        }
    }

    @Test func weRespectRestics() throws {
        try Place.with { place in
            let repository = try place.open()
            try place.leaveLock(of: "elsewhere", exclusive: false)
            let shared = try RepositoryLock(repository)
            shared.release()
            let exclusive = problem { _ = try RepositoryLock(repository, exclusive: true) }
            #expect(exclusive == .vaultLocked(repository: place.folder, holder: "PID 1 on elsewhere by root"))

            try place.leaveLock(of: "elsewhere", exclusive: true)
            let refused = problem { _ = try RepositoryLock(repository) }
            #expect(refused?.code.name == "VaultLocked")
            let locks = Files.names(in: place.folder + "/locks")
            #expect(locks.count == 2)
        }
    }

    @Test func ownStaleLocksGoForeignOnesStay() throws {
        try Place.with { place in
            let repository = try place.open()
            try place.leaveLock(of: Machine.name, exclusive: true, pid: 999_999_999)
            let lock = try RepositoryLock(repository)
            lock.release()
            #expect(Files.names(in: place.folder + "/locks").isEmpty)

            // Older than half an hour, on another machine: only `unlock` removes it.
            let old = Timestamp(seconds: Timestamp.now.seconds - 3600)
            try place.leaveLock(of: "elsewhere", exclusive: true, time: old)
            let refused = problem { _ = try RepositoryLock(repository) }
            #expect(refused?.code.name == "VaultLocked")
            let count = try RepositoryLock.removeStale(repository)
            #expect(count == 1 && Files.names(in: place.folder + "/locks").isEmpty)
        }
    }

    @Test func twoOfOursExcludeEachOther() throws {
        try Place.with { place in
            let repository = try place.open()
            let first = try RepositoryLock(repository), second = try RepositoryLock(repository)
            let refused = problem { _ = try RepositoryLock(repository, exclusive: true) }
            #expect(refused?.code.name == "VaultLocked")
            first.release()
            second.release()
            let exclusive = try RepositoryLock(repository, exclusive: true)
            let started = Instant.now
            let refusedToo = problem { _ = try RepositoryLock(repository, patience: 1.5) }
            #expect(refusedToo?.code.name == "VaultLocked")
            #expect(Instant.now.milliseconds(since: started) > 1400)
            exclusive.release()
        }
    }

    @Test func noSnapshotWithoutItsLock() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            let writer = try VaultWriter(repository, lock: lock)
            try writer.addImage(try FileImageSource(try Descriptor.open(image, O_RDONLY)), at: "/a.img")
            for path in try place.files(.lock) { unlink(path) }
            let refused = problem { _ = try writer.finish(time: .now, host: "db1", tags: []) }
            #expect(refused?.code.name == "VaultLocked")
            let snapshots = try place.files(.snapshot)
            #expect(snapshots.isEmpty)
            lock.release()
            try place.check()
        }
    }
}

extension Place {
    /// Whether there is a lock: while it is written, its file has a longer name.
    var hasLock: Bool { Files.names(in: folder + "/locks").contains { $0.utf8.count == 64 } }

    /// Writes a lock as somebody else's.
    func leaveLock(of host: String, exclusive: Bool, pid: Int32 = 1, time: Timestamp = .now) throws {
        let lock = LockFile(time: time, isExclusive: exclusive, host: host, user: "root", pid: pid, uid: 0, gid: 0)
        try open().save(.lock, lock.json)
    }
}
