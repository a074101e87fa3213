internal import CLinux
public import Glibc

/// One process as `/proc/PID/stat` describes it.
public struct ProcessEntry: Sendable, Equatable {
    /// The process id.
    public let pid: pid_t
    /// The parent's id.
    public let parent: pid_t
    /// The session's id: the pid of the process that called setsid(2).
    public let session: pid_t
    /// Clock ticks from boot to the start; with the pid it names one process for ever.
    public let startTime: UInt64
    /// Ended, and not yet reaped by its parent.
    public let isZombie: Bool
}

/// The processes of this machine, and the children that this process answers for.
public enum ProcessTable {
    /// Children started here and not yet reaped. An orphan that the kernel hands to us is not among them.
    private static let ownChildren = Shared<Set<pid_t>>([])
    private static let isSubreaper = Shared(false)

    /// Makes this process the new parent of every orphan among its descendants, so that none of a script's processes
    /// can escape (prctl(2), PR_SET_CHILD_SUBREAPER). Children it has already are left alone for ever.
    public static func adoptOrphans() {
        let isFirst = isSubreaper.withLock { value in
            defer { value = true }
            return !value
        }
        // A second look would take orphans that are there by now for children of our own.
        guard isFirst else { return }
        _ = remanso_become_subreaper()
        let present = all().filter { $0.parent == getpid() }.map(\.pid)
        ownChildren.withLock { $0.formUnion(present) }
    }

    /// Starts a child under the lock, so that a sweep on another thread never takes it for an orphan.
    static func registering(_ start: () -> pid_t) -> pid_t {
        ownChildren.withLock { children in
            let pid = start()
            let code = errno
            if pid > 0 { children.insert(pid) }
            errno = code
            return pid
        }
    }

    static func unregister(_ pid: pid_t) { ownChildren.withLock { _ = $0.remove(pid) } }

    /// Every process that `/proc` shows.
    public static func all() -> [ProcessEntry] {
        Files.names(in: "/proc").compactMap { pid_t($0) }.compactMap(entry)
    }

    /// One process; `nil` when there is none with that id.
    public static func entry(_ pid: pid_t) -> ProcessEntry? {
        // The name in parentheses may hold blanks and parentheses: the fields start after the last one.
        guard let text = Files.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let parent = pid_t(fields[1]), let session = pid_t(fields[3]),
            let start = UInt64(fields[19])
        else { return nil }
        return ProcessEntry(
            pid: pid, parent: parent, session: session, startTime: start, isZombie: fields[0] == "Z" || fields[0] == "X"
        )
    }

    /// What is left of a program that was started in a session of its own: its session, its descendants.
    static func family(of leader: pid_t) -> [ProcessEntry] {
        let processes = all()
        return descendants(in: processes) { $0.pid == leader || $0.session == leader }
    }

    /// Orphans that were handed to this process, with their descendants.
    static func orphans() -> [ProcessEntry] {
        let processes = all()
        let known = ownChildren.withLock { $0 }
        let own = getpid()
        return descendants(in: processes) { $0.parent == own && !known.contains($0.pid) }
    }

    private static func descendants(
        in processes: [ProcessEntry], startingWith isRoot: (ProcessEntry) -> Bool
    ) -> [ProcessEntry] {
        var members = Dictionary(uniqueKeysWithValues: processes.filter(isRoot).map { ($0.pid, $0) })
        var grew = true
        while grew {
            grew = false
            for process in processes where members[process.pid] == nil && members[process.parent] != nil {
                members[process.pid] = process
                grew = true
            }
        }
        return Array(members.values)
    }

    /// Ends the processes that `find` returns, again and again until it returns none: SIGTERM first, SIGKILL once the
    /// grace has passed. Processes in uninterruptible sleep are waited for one second and then left to the kernel.
    /// - Returns: how many processes were found alive.
    @discardableResult
    static func end(graceSeconds: Double, find: () -> [ProcessEntry]) -> Int {
        var found: [pid_t: ProcessEntry] = [:]
        let graceEnd = Instant.now.advanced(bySeconds: graceSeconds)
        let lastMoment = graceEnd.advanced(bySeconds: 1)
        while true {
            let processes = find() + escaped(found)
            processes.filter { $0.isZombie && $0.parent == getpid() }.forEach { reapOrphan($0.pid) }
            let alive = Dictionary(processes.filter { !$0.isZombie }.map { ($0.pid, $0) }) { first, _ in first }
            if alive.isEmpty || lastMoment < Instant.now { return found.count }
            let isOver = graceEnd < Instant.now
            // The oldest first: a parent whose children end before it hears of it may end without having done its part.
            let oldestFirst = alive.values.sorted { ($0.startTime, $0.pid) < ($1.startTime, $1.pid) }
            for process in oldestFirst where isOver || found[process.pid] == nil {
                found[process.pid] = process
                kill(process.pid, isOver ? SIGKILL : SIGTERM)
                if !isOver { kill(process.pid, SIGCONT) }
            }
            usleep(2_000)
        }
    }

    /// Processes seen before that are the same still. One that left the session is no longer a descendant once its
    /// parent has ended, and would get away.
    private static func escaped(_ found: [pid_t: ProcessEntry]) -> [ProcessEntry] {
        found.values.compactMap { known in
            entry(known.pid).flatMap { $0.startTime == known.startTime ? $0 : nil }
        }
    }

    private static func reapOrphan(_ pid: pid_t) {
        let isOwn = ownChildren.withLock { $0.contains(pid) }
        if !isOwn { waitpid(pid, nil, WNOHANG) }
    }

    /// Ends what scripts left behind: every orphan handed to this process.
    /// - Returns: how many processes were found alive.
    @discardableResult
    public static func endOrphans() -> Int { end(graceSeconds: 2, find: orphans) }

    /// Ends what is left of a session whose leader a crashed run had started.
    public static func endSession(_ leader: pid_t) {
        end(graceSeconds: 2) { family(of: leader).filter { $0.pid != getpid() } }
    }
}
