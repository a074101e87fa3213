public import Glibc
internal import Linux

/// A process that a test stops.
public enum Standstill {
    /// Stops a process; returns when every thread of it stands still. Until then one of them may go on for a moment,
    /// and answer what it was not to answer any more.
    @discardableResult
    public static func begin(_ pid: pid_t) -> Bool {
        kill(pid, SIGSTOP)
        return Wait.until(seconds: 10) { isComplete(pid) }
    }

    /// Lets it go on.
    public static func end(_ pid: pid_t) { kill(pid, SIGCONT) }

    /// Stops a process for `body`.
    public static func with<Value>(_ pid: pid_t, _ body: () throws -> Value) rethrows -> Value {
        begin(pid)
        defer { end(pid) }
        return try body()
    }

    /// Whether every thread of a process is stopped.
    public static func isComplete(_ pid: pid_t) -> Bool {
        let threads = Files.names(in: "/proc/\(pid)/task")
        return !threads.isEmpty
            && threads.allSatisfy { (Files.text("/proc/\(pid)/task/\($0)/status") ?? "").contains("State:\tT") }
    }
}
