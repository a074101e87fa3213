import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

@Suite struct LockTests {
    @Test func resticRespectsOurs() throws {
        try Place.with { place in
            let repository = try place.open()
            let shared = try RepositoryLock(repository)
            // Side by side with readers and writers, but not with what removes data.
            try place.restic("snapshots")
            let refused = Result { try place.restic("prune") }
            #expect(isLocked(refused))
            // restic asks whether we live with SIGHUP, which `remanso` and this test must survive.
            let old = signal(SIGHUP, SIG_IGN)
            try place.restic("unlock")
            signal(SIGHUP, old)
            try shared.confirm()
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
    /// Writes a lock as somebody else's.
    func leaveLock(of host: String, exclusive: Bool, pid: Int32 = 1, time: Timestamp = .now) throws {
        let lock = LockFile(time: time, isExclusive: exclusive, host: host, user: "root", pid: pid, uid: 0, gid: 0)
        try open().save(.lock, lock.json)
    }
}
