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
    private let isReaped = Shared(false)

    private init(pid: pid_t, process: Descriptor, socket: Descriptor, canary: Int32) {
        self.pid = pid
        self.process = process
        let thread = canary > 0 ? remanso_pidfd_open_thread(canary) : -1
        death = thread < 0 ? process : Descriptor(owning: thread, path: "freezer")
        self.socket = socket
    }

    deinit { end() }

    /// Starts the freezer and waits until it is ready.
    /// - Parameter canary: tells the freezer of this process's death.
    static func launch(_ path: String, ledger: Ledger, volumes: [Descriptor], canary: Canary) throws -> Freezer {
        guard access(path, X_OK) == 0 else { throw Failure(.freezerMissing(path: path)) }
        let (pid, process, socket) = try start(path, ledger, volumes, canary)
        let starting = Freezer(pid: pid, process: process, socket: socket, canary: 0)
        if starting.receive(within: 5) != UInt8(ascii: "R") {
            starting.kill()
            throw Failure(.freezerDied)
        }
        // From here on the other object answers for the process.
        starting.isReaped.withLock { $0 = true }
        return Freezer(pid: pid, process: process, socket: socket, canary: ledger.freezerCanary)
    }

    /// Afterwards the freezer alone holds the other end of the socket, so that its end is seen.
    private static func start(_ path: String, _ ledger: Ledger, _ volumes: [Descriptor], _ canary: Canary) throws
        -> (pid: pid_t, process: Descriptor, socket: Descriptor)
    {
        var ends: [Int32] = [-1, -1]
        try check("socketpair", path) {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        }
        let own = Descriptor(owning: ends[0], path: "freezer"), other = Descriptor(owning: ends[1], path: "freezer")
        let numbers = [other.number, ledger.file.number, canary.death?.number ?? -1] + volumes.map(\.number)
        var program = Program(.path(path), numbers.map { String($0) })
        program.inherited = [other, ledger.file] + [canary.death].compactMap { $0 } + volumes
        // Sent when the canary's thread ends; the freezer thaws on it. It must outlive this process by that moment.
        program.parentDeathSignal = SIGTERM
        // A crash must end it at once: writing a report of it could wait for a frozen disk.
        program.environment["SWIFT_BACKTRACE"] = "enable=no"
        let request = program
        let silent = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, process) = try canary.run {
            Result { () throws(SystemError) in try ChildProcess.spawn(request, output: silent, errors: silent) }
        }.get()
        return (pid, process, own)
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
        hangUp()
        if !waitForEnd(seconds: 2) {
            if mayLinger { return }
            kill()
            if !waitForEnd(seconds: 1) { return }
        }
        ChildProcess.wait(for: pid)
    }
}

/// A thread of this process that starts the freezer and then does nothing but live. It ends with the process at once,
/// also while another thread is stuck in the kernel and keeps every descriptor open.
final class Canary: Sendable {
    /// Readable when this process dies; `nil` before Linux 6.9, where the freezer's parent death signal alone tells it.
    let death: Descriptor?
    private let wake: Descriptor
    private let done: Descriptor
    private let work = Shared<(@Sendable () -> Void)?>(nil)

    init() throws(SystemError) {
        let wake = try Event.make(), done = try Event.make()
        let id = Shared<Int32>(0), work = work
        let thread = Thread {
            id.withLock { $0 = remanso_thread_id() }
            Event.signal(done)
            while Self.performNext(work, wake, done) {}
        }
        if thread == nil { throw SystemError("pthread_create", "thread", code: EAGAIN) }
        Event.wait(done)
        self.wake = wake
        self.done = done
        let number = remanso_pidfd_open_thread(id.withLock { $0 })
        death = number < 0 ? nil : Descriptor(owning: number, path: "thread")
    }

    deinit { Event.signal(wake) }

    /// - Returns: `false` when the thread was woken without work: its owner is gone.
    private static func performNext(
        _ work: Shared<(@Sendable () -> Void)?>, _ wake: Descriptor, _ done: Descriptor
    ) -> Bool {
        Event.wait(wake)
        // Taken out, so that nothing that the closure holds outlives it.
        let body = work.withLock { value in
            defer { value = nil }
            return value
        }
        guard let body else { return false }
        body()
        Event.signal(done)
        return true
    }

    /// Runs a closure on the thread and returns what it returns.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, SystemError>
    ) -> Result<Value, SystemError> {
        let result = Shared<Result<Value, SystemError>?>(nil)
        work.withLock { $0 = { result.withLock { $0 = body() } } }
        Event.signal(wake)
        Event.wait(done)
        return result.withLock { $0 } ?? .failure(SystemError("eventfd", "thread", code: EAGAIN))
    }
}
