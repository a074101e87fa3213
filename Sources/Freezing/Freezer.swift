internal import CLinux
internal import Glibc
internal import Linux
internal import Messages

/// The freezer as a child of this process: a socket to speak with it and a descriptor that tells its end.
final class Freezer: Sendable {
    let pid: pid_t
    /// Readable once the process has ended.
    let process: Descriptor
    /// Readable as soon as it dies, although a thread of it may be stuck in the kernel.
    let death: Descriptor
    private let socket: Descriptor
    private let starter: LastingThread
    private let isReaped = Shared(false)

    private init(_ started: Started, canary: Int32) {
        pid = started.pid
        process = started.process
        socket = started.socket
        starter = started.starter
        let thread = canary > 0 ? remanso_pidfd_open_thread(canary) : -1
        death = thread < 0 ? started.process : Descriptor(owning: thread, path: "freezer")
    }

    deinit { end() }

    /// A freezer that was started, and may not be ready yet.
    private struct Started {
        let pid: pid_t
        let process: Descriptor
        let socket: Descriptor
        let starter: LastingThread
    }

    /// Starts the freezer and waits until it is ready.
    static func launch(_ path: String, ledger: Ledger, things: [FrozenThing]) throws -> Freezer {
        guard access(path, X_OK) == 0 else { throw Failure(.freezerMissing(path: path)) }
        let started = try start(path, ledger, things.flatMap(\.descriptors))
        let starting = Freezer(started, canary: 0)
        if starting.receive(within: 5) != UInt8(ascii: "R") {
            starting.kill()
            throw Failure(.freezerDied)
        }
        // From here on the other object answers for the process.
        starting.isReaped.withLock { $0 = true }
        return Freezer(started, canary: ledger.freezerCanary)
    }

    /// Afterwards the freezer alone holds the other end of the socket, so that its end is seen.
    private static func start(_ path: String, _ ledger: Ledger, _ descriptors: [Descriptor]) throws -> Started {
        var ends: [Int32] = [-1, -1]
        try check("socketpair", path) {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        }
        let own = Descriptor(owning: ends[0], path: "freezer"), other = Descriptor(owning: ends[1], path: "freezer")
        let handed = [other, ledger.file] + descriptors
        var program = Program(.path(path), handed.map { String($0.number) })
        program.inherited = handed
        // The closed socket tells the freezer that this process has ended. Killed while one of its threads hangs in the
        // kernel, this process does not end; but the thread that started the freezer does, and then the freezer thaws
        // on this signal.
        program.parentDeathSignal = SIGTERM
        // A crash must end it at once: writing a report of it could wait for a frozen disk.
        program.environment["SWIFT_BACKTRACE"] = "enable=no"
        let request = program
        let silent = try Descriptor.open("/dev/null", O_WRONLY)
        let (starter, started) = LastingThread.run {
            Result { () throws(SystemError) in try ChildProcess.spawn(request, output: silent, errors: silent) }
        }
        guard let starter, let (pid, process) = try started?.get() else {
            throw SystemError("pthread_create", path, code: EAGAIN)
        }
        return Started(pid: pid, process: process, socket: own, starter: starter)
    }

    /// Sends one order; `false` when the freezer is gone.
    func send(_ order: Unicode.Scalar) -> Bool {
        var byte = UInt8(ascii: order)
        return Glibc.send(socket.number, &byte, 1, Int32(MSG_NOSIGNAL)) == 1
    }

    /// The freezer's next word; `nil` when it is gone or stays silent.
    /// - Parameter seconds: patience; `nil` waits until it speaks or dies, which the second keeper sees to.
    func receive(within seconds: Double? = nil) -> UInt8? {
        var one = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        let limit = seconds.map { Instant.now.advanced(bySeconds: $0) }
        while true {
            let ready = poll(&one, 1, limit?.millisecondsLeft ?? -1)
            if ready < 0 && errno == EINTR { continue }
            if ready <= 0 { return nil }
            var byte: UInt8 = 0
            let count = read(socket.number, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            return count == 1 ? byte : nil
        }
    }

    func kill() { _ = remanso_pidfd_signal(process.number, SIGKILL) }

    /// Whether every thread of it has ended, so that no FIFREEZE of it is under way any more.
    var hasEnded: Bool { waitForEnd(seconds: 0) }

    /// Waits for its end; `false` when that takes longer.
    func waitForEnd(seconds: Double) -> Bool {
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, Int32(seconds * 1000)) == 1
    }

    /// Wakes whoever waits for its word. A thread of it that is stuck in the kernel would keep the socket open.
    func hangUp() { shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// Lets the freezer end (a closed socket is its sign to go) and reaps it.
    /// - Parameter mayLinger: it waits for a FIFREEZE that is stuck in the kernel, and alone can thaw when that returns.
    func end(mayLinger: Bool = false) {
        let first = isReaped.withLock { reaped in
            defer { reaped = true }
            return !reaped
        }
        guard first else { return }
        defer { starter.end() }
        hangUp()
        if !waitForEnd(seconds: 2) {
            if mayLinger { return }
            kill()
            if !waitForEnd(seconds: 1) { return }
        }
        ChildProcess.wait(for: pid)
    }
}

/// A thread that does one thing and then lasts until it is told to end, or until the process is killed.
private final class LastingThread: Sendable {
    private let stop: Descriptor

    private init(_ stop: Descriptor) { self.stop = stop }

    /// Runs `body` on a new thread and returns its value; `nil` when the system has no thread left.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> (LastingThread?, Value?) {
        let numbers = [remanso_event_descriptor(), remanso_event_descriptor()]
        let events = numbers.filter { $0 >= 0 }.map { Descriptor(owning: $0, path: "event") }
        guard events.count == 2 else { return (nil, nil) }
        let (done, stop) = (events[0], events[1])
        let work = Shared<(@Sendable () -> Value)?>(body), result = Shared<Value?>(nil)
        let thread = Thread {
            perform(work, result)
            Event.signal(done)
            Event.wait(stop)
        }
        if thread == nil { return (nil, nil) }
        Event.wait(done)
        return (LastingThread(stop), result.withLock { $0 })
    }

    /// Lets go of the closure: it holds the freezer's end of the socket, which must close when the freezer ends.
    private static func perform<Value>(_ work: Shared<(@Sendable () -> Value)?>, _ result: Shared<Value?>) {
        let body = work.withLock { body in
            defer { body = nil }
            return body
        }
        let value = body?()
        result.withLock { $0 = value }
    }

    func end() { Event.signal(stop) }
}
