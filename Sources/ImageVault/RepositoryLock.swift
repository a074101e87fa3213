internal import Glibc
internal import Linux
public import Messages

/// A lock on a repository, refreshed by a thread of its own until it is released.
///
/// restic asks whether a lock's process lives by sending it SIGHUP: while a lock is held, `Interruption` lets that pass.
public final class RepositoryLock: Sendable {
    private struct State {
        var file: LockFile
        var id: StorageID?
        /// Whether this lock has asked `Interruption` to expect probes.
        var isProbed = true
        var thread: Thread?
        var stopper: Descriptor?
    }

    /// Seconds between two refreshes: restic refreshes its own locks as often.
    public static let refreshSeconds = 300.0
    /// A lock that could not be refreshed for so long may be removed by others any moment.
    private static let trustedSeconds: Int64 = LockFile.lifetime - 450

    private let repository: Repository
    private let state: Shared<State>

    /// Locks a repository.
    /// - Parameters:
    ///   - exclusive: no other lock may exist; else no exclusive one.
    ///   - patience: seconds to wait for a lock that somebody holds.
    ///   - refreshSeconds: between two refreshes.
    /// - Throws: `.vaultLocked` naming the holder; `.vaultDamaged` for a lock that cannot be read, as nobody can know what
    ///   it means.
    public init(
        _ repository: Repository, exclusive: Bool = false, patience: Double = 0,
        refreshSeconds: Double = RepositoryLock.refreshSeconds
    ) throws(Failure) {
        self.repository = repository
        Interruption.expectProbes()
        do throws(Failure) {
            let file = try Self.acquire(repository, exclusive, until: Instant.now.advanced(bySeconds: patience))
            state = Shared(State(file: file.lock, id: file.id))
        } catch {
            Interruption.expectNoProbes()
            throw error
        }
        startRefreshing(everySeconds: refreshSeconds)
    }

    deinit { release() }

    /// Removes the lock.
    public func release() {
        let thread = state.withLock { state in
            state.stopper = nil
            defer { state.thread = nil }
            return state.thread
        }
        // A refresh that is under way still changes the id.
        thread?.join()
        let (id, isProbed) = state.withLock { state in
            defer { (state.id, state.isProbed) = (nil, false) }
            return (state.id, state.isProbed)
        }
        if let id { try? repository.backend.remove(RepositoryFile(.lock, id)) }
        if isProbed { Interruption.expectNoProbes() }
    }

    /// Makes sure that the lock still protects what was written.
    /// - Throws: `.vaultLocked` when it was removed or has grown old.
    public func confirm() throws(Failure) {
        var (file, id) = state.withLock { ($0.file, $0.id) }
        while let one = id, Timestamp.now.seconds - file.time.seconds < Self.trustedSeconds {
            if try repository.backend.size(of: RepositoryFile(.lock, one)) != nil { return }
            (file, id) = state.withLock { ($0.file, $0.id) }
            // A refresh has replaced it meanwhile, or it is gone.
            if id == one { break }
        }
        throw Failure(.vaultLocked(repository: repository.name, holder: "locks/\(id?.description ?? "")"))
    }

    /// Removes every lock that restic's rules call stale, as `restic unlock` does.
    /// - Returns: how many were removed.
    public static func removeStale(_ repository: Repository) throws(Failure) -> Int {
        var count = 0
        for (id, lock) in try all(repository) where lock.isStale {
            try repository.backend.remove(RepositoryFile(.lock, id))
            count += 1
        }
        return count
    }

    // MARK: Acquiring

    private static func acquire(_ repository: Repository, _ exclusive: Bool, until deadline: Instant) throws(Failure)
        -> (lock: LockFile, id: StorageID)
    {
        while true {
            do throws(Failure) {
                return try tryOnce(repository, exclusive)
            } catch {
                guard case .vaultLocked = error.problem, Instant.now < deadline, Interruption.signal == nil else {
                    throw error
                }
                var stop = pollfd(fd: Interruption.descriptor, events: Int16(POLLIN), revents: 0)
                poll(&stop, 1, min(1000, deadline.millisecondsLeft))
            }
        }
    }

    private static func tryOnce(_ repository: Repository, _ exclusive: Bool) throws(Failure)
        -> (lock: LockFile, id: StorageID)
    {
        try refuse(repository, exclusive, own: nil)
        let lock = LockFile.own(exclusive: exclusive)
        let id = try repository.save(.lock, lock.json)
        // Two that looked at the same moment see each other now.
        usleep(200_000)
        do throws(Failure) {
            try refuse(repository, exclusive, own: id)
        } catch {
            try? repository.backend.remove(RepositoryFile(.lock, id))
            throw error
        }
        return (lock, id)
    }

    /// Throws when a lock stands in the way; removes those that killed processes of this machine left.
    private static func refuse(_ repository: Repository, _ exclusive: Bool, own: StorageID?) throws(Failure) {
        for (id, lock) in try all(repository) where id != own && (exclusive || lock.isExclusive) {
            guard lock.isOwnAndStale else {
                throw Failure(.vaultLocked(repository: repository.name, holder: lock.holder))
            }
            try repository.backend.remove(RepositoryFile(.lock, id))
        }
    }

    private static func all(_ repository: Repository) throws(Failure) -> [(id: StorageID, lock: LockFile)] {
        var locks: [(id: StorageID, lock: LockFile)] = []
        for (id, _) in try repository.backend.list(.lock) {
            let file = RepositoryFile(.lock, id)
            do throws(Failure) {
                let lock = try repository.readJSON(file) { (json) throws(Damage) in try LockFile(json) }
                locks.append((id, lock))
            } catch {
                // Released since the list was made.
                if try repository.backend.size(of: file) == nil { continue }
                throw error
            }
        }
        return locks
    }

    // MARK: Refreshing

    private func startRefreshing(everySeconds seconds: Double) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = Descriptor(owning: ends[0], path: "pipe"), writer = Descriptor(owning: ends[1], path: "pipe")
        let thread = Thread { [repository, state] in
            var stop = pollfd(fd: reader.number, events: Int16(POLLIN), revents: 0)
            while poll(&stop, 1, Int32(seconds * 1000)) <= 0 { Self.refresh(repository, state) }
        }
        state.withLock { ($0.thread, $0.stopper) = (thread, writer) }
    }

    /// Replaces the lock by a younger one. A failure is tried again the next time; `confirm` notices in the end.
    private static func refresh(_ repository: Repository, _ state: Shared<State>) {
        let (file, old) = state.withLock { ($0.file, $0.id) }
        var younger = file
        younger.time = .now
        // A lock that somebody removed must not come back unnoticed.
        guard let old, let size = try? repository.backend.size(of: RepositoryFile(.lock, old)), size > 0,
            let id = try? repository.save(.lock, younger.json)
        else { return }
        state.withLock { ($0.file, $0.id) = (younger, id) }
        try? repository.backend.remove(RepositoryFile(.lock, old))
    }
}
