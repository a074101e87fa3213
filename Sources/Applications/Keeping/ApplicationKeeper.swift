internal import Glibc
internal import Linux

/// The process that holds the sessions: the program `remanso`, started once more by a run. It lets every application go
/// when the run says so, when the run has ended in whatever way (its standard input closes), when it is itself asked to
/// stop, and each at its own deadline. Its own death ends the sessions, and with them whatever they hold.
public enum ApplicationKeeper {
    /// Seconds in which everything is let go at the end; then the process ends all the same.
    private static let patience = 10.0

    /// Reads the applications' settings and then one request a line from standard input; answers each on standard output.
    /// - Returns: the exit status.
    public static func serve() -> Int32 {
        var input = LineReader(STDIN_FILENO)
        guard case .line(let first) = input.next(other: Interruption.descriptor, until: nil),
            let settings = JSONLine.decode([ApplicationSettings].self, first)
        else { return 1 }
        let applications = settings.map(KeptApplication.init)
        let work = Shared<Linux.Thread?>(nil)
        while case .line(let line) = input.next(other: Interruption.descriptor, until: nil) {
            guard let request = JSONLine.decode(KeeperWork.self, line) else { break }
            // On a thread of its own, so that the end of the run is noticed in the middle of it.
            let thread = Linux.Thread { answer(request, applications) }
            work.withLock { $0 = thread }
        }
        _ = KeptDeadline(seconds: patience) { _exit(1) }
        applications.forEach { $0.interrupt() }
        work.withLock { $0 }?.join()
        applications.forEach { $0.close() }
        return 0
    }

    private static func answer(_ request: KeeperWork, _ applications: [KeptApplication]) {
        let results = Threads.concurrently(applications.map { one in { @Sendable in one.perform(request) } })
        let output = Descriptor(owning: dup(STDOUT_FILENO), path: "stdout")
        try? output.writeAll(JSONLine.encode(results))
    }
}
