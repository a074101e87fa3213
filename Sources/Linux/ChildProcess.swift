internal import CLinux
public import Glibc

/// A program to start: what it is, and all that it inherits.
public struct Program: Sendable {
    /// Where the program's file comes from.
    public enum Image: Sendable {
        /// A path, looked up when it is started.
        case path(String)
        /// A file that is open already, so that what was checked is what runs. Without a shebang `/bin/sh` runs it.
        case file(Descriptor)
    }

    /// The file to execute.
    public var image: Image
    /// The arguments, without the program's own name.
    public var arguments: [String]
    /// The whole environment; nothing else is inherited.
    public var environment: [String: String]
    /// The working directory.
    public var directory = "/"
    /// The file mode creation mask.
    public var umask: mode_t = 0o077
    /// Standard input; `nil` is `/dev/null`.
    public var input: Descriptor?
    /// Descriptors that the program inherits, each under its own number.
    public var inherited: [Descriptor] = []
    /// Sent to the program when the thread that started it ends, for instance because this process was killed.
    public var parentDeathSignal: Int32 = SIGKILL
    /// The place of its own that the program is started in; `nil` for where the caller is.
    public var room: Room?

    /// New mount, process, network, IPC and host name namespaces, with their own `/proc` and loopback. The program is the
    /// first process in them: they die with it.
    public struct Room: Sendable {
        /// Whether there is a user namespace too: all ids are as outside, but root in it has no power over the kernel.
        public var hasOwnUsers: Bool

        /// With a user namespace or without.
        public init(hasOwnUsers: Bool) { self.hasOwnUsers = hasOwnUsers }
    }

    /// A program with the given image, arguments and environment.
    public init(_ image: Image, _ arguments: [String], environment: [String: String] = Program.plainEnvironment) {
        self.image = image
        self.arguments = arguments
        self.environment = environment
    }

    /// `PATH` and nothing else.
    public static let plainEnvironment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    var name: String {
        switch image {
        case .path(let path): path
        case .file(let file): file.path
        }
    }

    /// The file that a command name stands for in `PATH`; `nil` when there is none.
    public static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let folders = (plainEnvironment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }
}

/// How a process ended.
public enum ProcessEnding: Sendable, Equatable {
    /// By exit(3), with this status.
    case exited(Int32)
    /// By this signal.
    case killed(Int32)
}

/// What running a program came to.
public struct ProcessResult: Sendable {
    /// How the program itself ended.
    public var ending: ProcessEnding
    /// It was ended because its time was over.
    public var timedOut = false
    /// It was ended because this process was asked to stop.
    public var interrupted = false
    /// How many processes it had left behind, all ended by now.
    public var leftProcesses = 0
    /// From start to end.
    public var milliseconds: Double
    /// Bytes written to standard output and kept.
    public var output: TailBuffer
    /// Bytes written to standard error and kept.
    public var errors: TailBuffer
}

/// The last bytes of a stream of any length.
public struct TailBuffer: Sendable {
    /// Bytes kept at most.
    public let capacity: Int
    /// Whether earlier bytes were dropped.
    public private(set) var isTruncated = false
    private var bytes: [UInt8] = []

    /// Keeps the last `capacity` bytes.
    public init(capacity: Int) { self.capacity = capacity }

    mutating func append(_ more: ArraySlice<UInt8>) {
        bytes.append(contentsOf: more)
        // Cutting only at twice the size keeps the cost per byte constant.
        if bytes.count > 2 * capacity { cut() }
    }

    private mutating func cut() {
        bytes.removeFirst(bytes.count - capacity)
        isTruncated = true
    }

    mutating func finish() { if bytes.count > capacity { cut() } }

    /// The bytes kept, with what is not UTF-8 replaced.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Runs programs so that none of their processes stays behind and no amount of output blocks them.
public enum ChildProcess {
    /// How a run is limited and watched.
    public struct Limits: Sendable {
        /// When the program is ended.
        public var deadline: Instant?
        /// Whether a request to stop (`Interruption`) ends it.
        public var isInterruptible = true
        /// Bytes of each stream that are kept.
        public var keptBytes = 64 << 10
        /// Called for each whole line of standard output; the output is still kept.
        public var onLine: (@Sendable (String) -> Void)?
        /// Called with the pid as soon as the program runs.
        public var onStart: (@Sendable (pid_t) -> Void)?

        /// No deadline, interruptible, 64 KiB kept.
        public init() {}
    }

    /// Starts a program in a session of its own and returns when it, and every process that it started there, is gone.
    /// - Throws: `SystemError` when it cannot be started.
    public static func run(_ program: Program, _ limits: Limits = Limits()) throws(SystemError) -> ProcessResult {
        let output = try Pipe(), errors = try Pipe()
        let started = Instant.now
        let (pid, process) = try spawn(program, output: output.writer, errors: errors.writer)
        defer { ProcessTable.unregister(pid) }
        limits.onStart?(pid)
        output.closeWriter()
        errors.closeWriter()
        var streams = [
            OutputStream(output.reader, capacity: limits.keptBytes, onLine: limits.onLine),
            OutputStream(errors.reader, capacity: limits.keptBytes, onLine: nil),
        ]
        let cause = waitForEnd(process, &streams, limits)
        var left = 0
        if cause == .leaderEnded {
            // Only the zombie of the leader may be left of its session.
            left = endFamily(of: pid, includingLeader: false, &streams)
        } else {
            endFamily(of: pid, includingLeader: true, &streams)
        }
        let ending = reap(pid)
        drain(&streams, until: Instant.now.advanced(bySeconds: 0.2))
        streams.indices.forEach { streams[$0].finish() }
        return ProcessResult(
            ending: ending, timedOut: cause == .deadline, interrupted: cause == .interruption, leftProcesses: left,
            milliseconds: Instant.now.milliseconds(since: started), output: streams[0].tail, errors: streams[1].tail)
    }

    private enum Cause { case leaderEnded, deadline, interruption }

    private static func waitForEnd(_ process: Descriptor, _ streams: inout [OutputStream], _ limits: Limits) -> Cause {
        while true {
            if let deadline = limits.deadline, deadline < Instant.now { return .deadline }
            var polls = streams.filter { !$0.isClosed }.map {
                pollfd(fd: $0.reader.number, events: Int16(POLLIN), revents: 0)
            }
            polls.append(pollfd(fd: process.number, events: Int16(POLLIN), revents: 0))
            let interruption = limits.isInterruptible ? Interruption.descriptor : -1
            polls.append(pollfd(fd: interruption, events: Int16(POLLIN), revents: 0))
            poll(&polls, nfds_t(polls.count), limits.deadline?.millisecondsLeft ?? -1)
            for index in streams.indices { streams[index].readAvailable() }
            if polls[polls.count - 2].revents != 0 { return .leaderEnded }
            if polls[polls.count - 1].revents != 0 { return .interruption }
        }
    }

    /// Ends the processes of a session while their output is still drained.
    @discardableResult
    private static func endFamily(of pid: pid_t, includingLeader: Bool, _ streams: inout [OutputStream]) -> Int {
        var kept = streams
        let count = ProcessTable.end(graceSeconds: 2) {
            for index in kept.indices { kept[index].readAvailable() }
            return ProcessTable.family(of: pid).filter { includingLeader || $0.pid != pid }
        }
        streams = kept
        return count
    }

    private static func drain(_ streams: inout [OutputStream], until deadline: Instant) {
        for index in streams.indices {
            // Once in any case: on a busy machine the deadline may have passed before the first look.
            streams[index].readAvailable()
            while !streams[index].isClosed, Instant.now < deadline {
                var one = pollfd(fd: streams[index].reader.number, events: Int16(POLLIN), revents: 0)
                // A process outside the session may keep the pipe open: what is there now is all there is.
                if poll(&one, 1, 0) <= 0 { break }
                streams[index].readAvailable()
            }
        }
    }

    private static func reap(_ pid: pid_t) -> ProcessEnding {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            // Nobody can say any more how it ended: then it did not end well.
            if errno != EINTR { return .killed(SIGKILL) }
        }
        let signal = status & 0x7f
        return signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal)
    }

    /// Starts a program without waiting for it; the caller must reap it.
    /// - Parameters:
    ///   - output: standard output.
    ///   - errors: standard error.
    /// - Returns: the pid and a process descriptor, readable once the program has ended.
    public static func spawn(_ program: Program, output: Descriptor, errors: Descriptor) throws(SystemError)
        -> (pid: pid_t, process: Descriptor)
    {
        let input = if let given = program.input { given } else { try Descriptor.open("/dev/null", O_RDONLY) }
        let arguments = CStringArray([program.name] + program.arguments)
        let environment = CStringArray(program.environment.map { "\($0)=\($1)" }.sorted())
        let kept = program.inherited.map(\.number)
        var request = remanso_spawn()
        request.program_fd = -1
        request.arguments = UnsafePointer(arguments.pointers)
        request.environment = UnsafePointer(environment.pointers)
        request.stdin_fd = input.number
        request.stdout_fd = output.number
        request.stderr_fd = errors.number
        request.new_session = 1
        request.umask_value = Int32(program.umask)
        request.parent_death_signal = program.parentDeathSignal
        request.uses_program_number = 3
        if case .file(let file) = program.image { request.program_fd = file.number }
        let room = program.room.map { remanso_room(wants_user_namespace: $0.hasOwnUsers ? 1 : 0) }
        var descriptor: Int32 = -1
        let pid = program.name.withCString { path in
            program.directory.withCString { directory in
                "/bin/sh".withCString { shell in
                    kept.withUnsafeBufferPointer { numbers in
                        request.program_path = path
                        request.directory = directory
                        request.shell = shell
                        request.kept = numbers.baseAddress
                        request.kept_count = Int32(numbers.count)
                        return spawn(&request, room, &descriptor)
                    }
                }
            }
        }
        if pid < 0 { throw SystemError("exec", program.name) }
        return (pid, Descriptor(owning: descriptor, path: "pid \(pid)"))
    }

    private static func spawn(_ request: inout remanso_spawn, _ room: remanso_room?, _ descriptor: inout Int32) -> pid_t
    {
        guard let room else { return ProcessTable.registering { remanso_spawn(&request, &descriptor) } }
        return withUnsafePointer(to: room) { pointer in
            request.room = pointer
            return ProcessTable.registering { remanso_spawn(&request, &descriptor) }
        }
    }

    /// Waits for a child from `spawn` and forgets it.
    @discardableResult
    public static func wait(for pid: pid_t) -> ProcessEnding {
        defer { ProcessTable.unregister(pid) }
        return reap(pid)
    }
}

/// One output stream of a running program.
private struct OutputStream {
    let reader: Descriptor
    let onLine: (@Sendable (String) -> Void)?
    var tail: TailBuffer
    var isClosed = false
    private var line: [UInt8] = []

    init(_ reader: Descriptor, capacity: Int, onLine: (@Sendable (String) -> Void)?) {
        self.reader = reader
        self.onLine = onLine
        tail = TailBuffer(capacity: capacity)
        _ = fcntl(reader.number, F_SETFL, O_NONBLOCK)
    }

    /// Reads what is there, but not for ever: a program that never stops writing must still meet its deadline.
    mutating func readAvailable() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<16 where !isClosed {
            let count = read(reader.number, &buffer, buffer.count)
            if count > 0 {
                take(buffer[0..<count])
            } else if count == 0 {
                isClosed = true
            } else if errno != EINTR {
                return
            }
        }
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        tail.append(bytes)
        guard let onLine else { return }
        line.append(contentsOf: bytes)
        while let end = line.firstIndex(of: UInt8(ascii: "\n")) {
            onLine(String(decoding: line[..<end], as: UTF8.self))
            line.removeSubrange(...end)
        }
    }

    mutating func finish() {
        tail.finish()
        if let onLine, !line.isEmpty { onLine(String(decoding: line, as: UTF8.self)) }
    }
}

/// A NULL-terminated array of C strings.
private final class CStringArray {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
