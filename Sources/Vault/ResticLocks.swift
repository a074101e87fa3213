internal import Glibc
internal import Linux
internal import Messages

extension Restic {
    private struct HeldLock {
        let id: String
        let lock: ResticLock
        let isOwnAndStale: Bool
    }

    /// Removes locks that a restic of this machine left behind when it was killed. Locks of other machines stay, also
    /// when restic itself would call them stale: a machine that was only suspended goes on writing.
    /// - Parameters:
    ///   - host: this machine's name.
    ///   - pids: only the locks of these processes; `nil` for all that are gone.
    /// - Returns: how many were removed.
    func removeOwnStaleLocks(host: String, pids: Set<Int32>?) throws(Failure) -> Int {
        if isReadOnly { return 0 }
        let locks = try lockIDs().compactMap { id -> HeldLock? in
            guard let lock = try? readLock(id) else { return nil }
            return HeldLock(id: id, lock: lock, isOwnAndStale: isOwnAndStale(lock, host: host, pids: pids))
        }
        let stale = locks.filter(\.isOwnAndStale)
        if stale.isEmpty { return 0 }
        if let folder = location.localFolder {
            return stale.count { unlink("\(folder)/locks/\($0.id)") == 0 }
        }
        // `unlock` removes foreign locks too once they are half an hour old.
        let others = locks.filter { !$0.isOwnAndStale }
        guard !others.contains(where: isRemovedByUnlock) else { return 0 }
        _ = try run(tidyTask(["unlock"]))
        return stale.count
    }

    private func lockIDs() throws(Failure) -> [String] {
        if let folder = location.localFolder {
            return Files.names(in: folder + "/locks").filter { $0.utf8.count == 64 }
        }
        let output = try run(tidyTask(["list", "locks"])).output
        return output.split(whereSeparator: \.isNewline).filter { $0.utf8.count == 64 }.map(String.init)
    }

    private func readLock(_ id: String) throws(Failure) -> ResticLock? {
        ResticJSON.decode(ResticLock.self, from: try run(tidyTask(["cat", "lock", id])).output)
    }

    /// Tidying up must work while Remanso is ending, and must end soon itself.
    private func tidyTask(_ arguments: [String]) -> ResticTask {
        var task = ResticTask(arguments, isLocking: false)
        task.isCleanUp = true
        task.deadline = Instant.now.advanced(bySeconds: 30)
        return task
    }

    private func isOwnAndStale(_ lock: ResticLock, host: String, pids: Set<Int32>?) -> Bool {
        guard lock.hostname == host, let pid = lock.pid, pids?.contains(pid) ?? true else { return false }
        guard let process = ProcessTable.entry(pid), !process.isZombie else { return true }
        guard mayHoldLocks(pid) else { return true }
        // The pid was given anew to another restic.
        guard let locked = CivilTime(lock.time), let started = Self.startSeconds(process) else { return false }
        return started > locked.seconds + 2
    }

    /// Remanso locks a repository too when it writes images by itself.
    private func mayHoldLocks(_ pid: pid_t) -> Bool {
        let command = Files.text("/proc/\(pid)/cmdline")?.split(separator: "\0").first ?? ""
        let name = Files.line("/proc/\(pid)/comm") ?? ""
        return ["restic", "remanso"].contains { command.contains($0) || name.contains($0) }
    }

    private static func startSeconds(_ process: ProcessEntry) -> Int64? {
        let line = Files.text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot = line.flatMap({ Int64($0.dropFirst("btime ".count)) }) else { return nil }
        return boot + Int64(process.startTime) / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    private func isRemovedByUnlock(_ held: HeldLock) -> Bool {
        guard let time = CivilTime(held.lock.time) else { return true }
        return Int64(Glibc.time(nil)) - time.seconds > 25 * 60
    }
}
