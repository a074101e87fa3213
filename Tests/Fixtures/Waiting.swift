internal import CLinux
internal import Glibc
public import Linux

/// Waiting for a condition with a limit, instead of sleeping for a guessed time.
public enum Wait {
    /// Returns as soon as `condition` holds; `false` when it did not within the time. The time is one that only a broken
    /// program takes, on a busy machine too.
    public static func until(seconds: Double = 60, _ condition: () throws -> Bool) rethrows -> Bool {
        let limit = Instant.now.advanced(bySeconds: seconds)
        while true {
            // Asked before the last look: whoever was kept from running for long looks once more.
            let isLast = limit < .now
            if try condition() { return true }
            if isLast { return false }
            usleep(2_000)
        }
    }

    /// Whether a process ended in time.
    public static func forEnd(of process: Descriptor, seconds: Double) -> Bool {
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        let limit = Instant.now.advanced(bySeconds: seconds)
        while true {
            let ready = poll(&one, 1, limit.millisecondsLeft)
            if ready >= 0 || errno != EINTR { return ready == 1 }
        }
    }
}

extension Volume {
    /// Freezes the volume for `body`, and thaws it afterwards or when `seconds` are over, whichever is first: a call that
    /// blocks on the frozen volume gets free.
    @discardableResult
    public func frozen<Value>(atMostSeconds seconds: Double = 60, _ body: () throws -> Value) throws -> Value {
        let root = root
        let isOver = Shared(false)
        let watchdog = Thread {
            _ = Wait.until(seconds: seconds) { isOver.withLock { $0 } }
            _ = remanso_thaw(root.number)
        }
        guard let watchdog else { throw FixtureError("no thread for the watchdog") }
        defer {
            isOver.withLock { $0 = true }
            watchdog.join()
        }
        try freezeAsForeigner()
        defer { thaw() }
        return try body()
    }
}

/// What a run must not leave behind on the machine.
public struct Traces: Sendable, Equatable {
    private let folder: String
    private let loopDevices: Set<String>
    private let mounts: Int

    /// As it is now: the mounts, and the loop devices of files below `folder`, for other tests may run beside this one.
    public init(below folder: String) throws {
        self.folder = folder
        loopDevices = Set(
            Files.names(in: "/sys/block").filter {
                Files.line("/sys/block/\($0)/loop/backing_file")?.hasPrefix(folder) ?? false
            })
        mounts = try MountTable.current().mounts.count
    }

    /// Whether nothing was added since then. The kernel takes a loop device away a moment after its last mount.
    public func areAllThatIsLeft() throws -> Bool {
        try Wait.until {
            let now = try Traces(below: folder)
            return now.mounts <= mounts && now.loopDevices.isSubset(of: loopDevices)
        }
    }
}
