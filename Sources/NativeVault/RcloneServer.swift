internal import Glibc
internal import Linux
internal import Messages
internal import Vault

/// `rclone serve restic` as a child on loopback, for nobody but us: port, user and password are random. It ends with
/// this object, and with this process, whatever ends that.
final class RcloneServer: Sendable {
    /// Seconds that rclone may take to begin.
    private static let startSeconds = 30.0

    private struct State {
        var pid: pid_t = 0
        var address: String?
        var lines: [String] = []
        var failure: SystemError?
        var hasEnded = false
    }

    let user: String
    let password: String
    private let state: Shared<State>
    private let thread: Thread

    /// `http://127.0.0.1:PORT/`.
    var address: String { state.withLock { $0.address ?? "" } }

    /// Starts rclone and waits until it serves.
    /// - Parameter environment: the vault's own, with the credentials.
    /// - Throws: `.rcloneMissing`; `.vaultUnreachable` with rclone's own words.
    static func start(_ remote: RcloneRemote, _ displayName: String, _ environment: [String: String])
        throws(Failure) -> RcloneServer
    {
        guard let path = Program.find("rclone") else { throw Failure(.rcloneMissing(repository: displayName)) }
        let user = random(), password = random()
        var program = Program(
            .path(path),
            [
                // Only its most talkative way tells why something was not found.
                "serve", "restic", "-vv", "--addr", "127.0.0.1:0",
                // Others change the repository too: what was listed once may be gone.
                "--cache-objects=false", "--retries", "1", "--low-level-retries", "3", "--contimeout", "15s",
                remote.path,
            ])
        program.environment.merge(environment) { $1 }
        program.environment.merge(remote.variables) { $1 }
        let certificates = VaultLocation.Certificates(environment)
        let files = [
            "CA_CERT": certificates.authorities, "CLIENT_CERT": certificates.client, "CLIENT_KEY": certificates.client,
        ]
        for case (let name, let file?) in files { program.environment["RCLONE_" + name] = file }
        program.environment["HOME"] = program.environment["HOME"] ?? "/root"
        program.environment["RCLONE_USER"] = user
        program.environment["RCLONE_PASS"] = password
        return try RcloneServer(program, user, password, displayName)
    }

    private init(_ program: Program, _ user: String, _ password: String, _ displayName: String) throws(Failure) {
        self.user = user
        self.password = password
        let state = Shared(State())
        self.state = state
        // The kernel ends a child with the thread that has started it: this one lives as long as the child.
        let started = Thread { Self.serve(program, state) }
        guard let started else {
            throw Failure(.vaultUnreachable(repository: displayName, reason: String(cString: strerror(EAGAIN))))
        }
        thread = started
        let end = Instant.now.advanced(bySeconds: Self.startSeconds)
        while Instant.now < end, Interruption.signal == nil {
            let (isReady, hasEnded) = state.withLock { ($0.address != nil, $0.hasEnded) }
            if isReady { return }
            if hasEnded { break }
            usleep(10_000)
        }
        if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
        let reason = state.withLock { $0.failure?.description ?? Self.lastWords($0) }
        throw Failure(
            .vaultUnreachable(repository: displayName, reason: reason ?? String(cString: strerror(ETIMEDOUT))))
    }

    deinit {
        state.withLock { if $0.pid > 0 && !$0.hasEnded { kill($0.pid, SIGKILL) } }
        thread.join()
    }

    private static func serve(_ program: Program, _ state: Shared<State>) {
        defer { state.withLock { $0.hasEnded = true } }
        do throws(SystemError) {
            let (pid, errors) = try spawn(program)
            state.withLock { $0.pid = pid }
            read(errors, state)
            state.withLock {
                // It may have closed its output without ending.
                kill(pid, SIGKILL)
                ChildProcess.wait(for: pid)
                $0.pid = 0
            }
        } catch {
            state.withLock { $0.failure = error }
        }
    }

    /// - Returns: the child, and the end from which its standard error is read; the other one is the child's alone.
    private static func spawn(_ program: Program) throws(SystemError) -> (pid: pid_t, errors: Descriptor) {
        var ends: [Int32] = [-1, -1]
        try check("pipe", "pipe") { pipe(&ends) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = Descriptor(owning: ends[0], path: "pipe"), writer = Descriptor(owning: ends[1], path: "pipe")
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        return (try ChildProcess.spawn(program, output: sink, errors: writer).pid, reader)
    }

    /// Reads what rclone says until it ends.
    private static func read(_ reader: Descriptor, _ state: Shared<State>) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(reader.number, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return }
            rest += buffer[0..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self), state)
                rest.removeSubrange(...end)
            }
            if rest.count > 64 << 10 { rest.removeAll() }
        }
    }

    private static func take(_ line: String, _ state: Shared<State>) {
        state.withLock { state in
            if state.address == nil, let range = line.firstRange(of: "Serving restic REST API on ") {
                let words = line[range.upperBound...].split(whereSeparator: { $0 == " " || $0 == "[" || $0 == "]" })
                state.address = words.first.map(String.init)
            }
            guard state.address == nil || isTrouble(line) else { return }
            state.lines.append(line)
            if state.lines.count > 20 { state.lines.removeFirst() }
        }
    }

    /// What rclone has said last of a trouble.
    var lastWords: String? { state.withLock { Self.lastWords($0) } }

    private static func lastWords(_ state: State) -> String? {
        let line = state.lines.last(where: isTrouble) ?? (state.address == nil ? state.lines.last : nil)
        // Without the date before it.
        return line.map { line in
            let start = line.firstRange(of: "ERROR : ") ?? line.firstRange(of: "DEBUG : ")
            return start.map { String(line[$0.upperBound...]) } ?? String(line.dropFirst(20))
        }
    }

    private static func isTrouble(_ line: String) -> Bool {
        if line.contains(" request error: ") { return !line.contains(" not found") }
        // The words of a list's error are of no use to a reader; those of the request before it are.
        if line.contains("list failed: ") { return false }
        return ["ERROR : ", "CRITICAL: ", "Failed to "].contains { line.contains($0) }
    }

    /// 128 random bits.
    private static func random() -> String {
        // The system's own generator, made for secrets.
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next(), radix: 36) }.joined()
    }
}
