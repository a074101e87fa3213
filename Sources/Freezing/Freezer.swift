internal import CLinux
internal import Glibc
internal import Linux
internal import Messages

/// The freezer as a child of this process: a socket to speak with it and a descriptor that tells its end.
final class Freezer: Sendable {
    let pid: pid_t
    /// Readable once the process has ended.
    let process: Descriptor
    private let socket: Descriptor
    private let starter: LastingThread
    private let isReaped = Shared(false)

    private init(pid: pid_t, process: Descriptor, socket: Descriptor, starter: LastingThread) {
        self.pid = pid
        self.process = process
        self.socket = socket
        self.starter = starter
    }

    deinit { end() }

    /// Starts the freezer and waits until it is ready.
    static func launch(_ path: String, ledger: Ledger, volumes: [Descriptor]) throws -> Freezer {
        guard access(path, X_OK) == 0 else { throw Failure(.freezerMissing(path: path)) }
        var ends: [Int32] = [-1, -1]
        try check("socketpair", path) {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        }
        let own = Descriptor(owning: ends[0], path: "freezer"), other = Descriptor(owning: ends[1], path: "freezer")
        let handed = [other, ledger.file] + volumes
        var program = Program(.path(path), handed.map { String($0.number) })
        program.inherited = handed
        // The closed socket tells the freezer that this process has ended. Killed while one of its threads hangs in the
        // kernel, this process does not end; but the thread that started the freezer does, and then the freezer thaws
        // on this signal.
        program.parentDeathSignal = SIGTERM
        let request = program
        let silent = try Descriptor.open("/dev/null", O_WRONLY)
        let (starter, started) = LastingThread.run {
            Result { () throws(SystemError) in try ChildProcess.spawn(request, output: silent, errors: silent) }
        }
        guard let starter, let (pid, process) = try started?.get() else {
            throw SystemError("pthread_create", path, code: EAGAIN)
        }
        let freezer = Freezer(pid: pid, process: process, socket: own, starter: starter)
        if freezer.receive(within: 5) != UInt8(ascii: "R") {
            freezer.kill()
            throw Failure(.freezerDied)
        }
        return freezer
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

    /// Lets the freezer end (a closed socket is its sign to go) and reaps it.
    func end() {
        let first = isReaped.withLock { reaped in
            defer { reaped = true }
            return !reaped
        }
        guard first else { return }
        defer { starter.end() }
        shutdown(socket.number, Int32(SHUT_RDWR))
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        if poll(&one, 1, 2_000) == 0 {
            kill()
            // With a FIFREEZE stuck in the kernel it cannot end: leave it to thaw by itself.
            if poll(&one, 1, 1_000) == 0 { return }
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
