internal import Glibc
internal import Linux
internal import Messages

/// The folder for what applications change in a drill, for root alone. Its name says which process it belongs to, so that
/// whoever finds one whose process is gone can remove it.
struct Scratch: Sendable {
    let path: String
    private let note: String

    /// Makes one below `base`.
    /// - Parameter state: where its place is noted: with another `base`, the next drill would not find it.
    static func make(in base: String, state: String) throws(Failure) -> Scratch {
        guard let own = ProcessTable.entry(getpid()) else {
            throw Failure(.systemCall(operation: "open", subject: "/proc", reason: SystemError.reason(of: ENOENT)))
        }
        let name = "\(own.pid)-\(own.startTime)"
        let scratch = Scratch(path: "\(base)/\(name)", note: "\(Self.notes(state))/\(name)")
        do throws(SystemError) {
            try Files.makeFolder(base)
            try Files.makeFolder(Self.notes(state))
            try Files.replace(scratch.note, with: scratch.path.utf8, isDurable: false)
            Files.removeTree(scratch.path)
            try check("mkdir", scratch.path) { mkdir(scratch.path, 0o700) }
        } catch {
            throw Failure(.cannotWrite(path: base, reason: error.reason))
        }
        return scratch
    }

    private static func notes(_ state: String) -> String { state + "/drills" }

    /// Removes what drills that are gone have left, below `base` and wherever they noted.
    /// - Returns: the folders that were removed.
    static func tidyUp(_ base: String, state: String) -> [String] {
        var places = Set(Files.names(in: base).map { "\(base)/\($0)" })
        for name in Files.names(in: notes(state)) {
            if let path = Files.line("\(notes(state))/\(name)"), path.hasSuffix("/\(name)") { places.insert(path) }
        }
        let left = places.filter { isLeft($0) }.sorted()
        for path in left {
            remove(path)
            unlink("\(notes(state))/\(path.split(separator: "/").last ?? "")")
        }
        rmdir(notes(state))
        return left.filter { !Files.exists($0) }
    }

    /// Whether its name is one of ours, and the process is gone.
    private static func isLeft(_ path: String) -> Bool {
        let parts = (path.split(separator: "/").last ?? "").split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let pid = pid_t(parts[0]), let start = UInt64(parts[1]) else { return false }
        guard let entry = ProcessTable.entry(pid) else { return true }
        return entry.startTime != start || entry.isZombie
    }

    /// A process of the room may still be dying while its files go.
    private static func remove(_ path: String) {
        for _ in 0..<50 where Files.exists(path) {
            Files.removeTree(path)
            if Files.exists(path) { usleep(20_000) }
        }
    }

    func remove() {
        Self.remove(path)
        unlink(note)
        rmdir(Files.parent(of: note))
    }

    /// Bytes that root may still write there.
    var free: UInt64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return .max }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}

/// What drills that were killed have left.
public enum DrillRecovery {
    /// Removes it.
    /// - Returns: the folders that were removed.
    @discardableResult
    public static func tidyUp(scratch: String = DrillOptions.defaultScratch, stateFolder: String) -> [String] {
        Scratch.tidyUp(scratch, state: stateFolder)
    }
}
