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
    private let isReaped = Shared(false)

    private init(pid: pid_t, process: Descriptor, socket: Descriptor) {
        self.pid = pid
        self.process = process
        self.socket = socket
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
        // The freezer must outlive this process by the moment that it needs to thaw: the closed socket tells it.
        program.parentDeathSignal = 0
        let silent = try Descriptor.open("/dev/null", O_WRONLY)
        let (pid, process) = try ChildProcess.spawn(program, output: silent, errors: silent)
        let freezer = Freezer(pid: pid, process: process, socket: own)
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
