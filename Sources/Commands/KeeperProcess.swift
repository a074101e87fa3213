internal import Glibc
internal import Linux
internal import Messages

/// `remanso mount` started once more, to stay. It says `ready` on its standard output; then it waits for a byte on its
/// standard input, so that it knows whether the one who started it still lives.
struct KeeperProcess {
    private static let ready = "ready\n"
    private let program: Program

    /// - Parameters:
    ///   - recoveryPoint: what `latest` and the like meant.
    ///   - volume: the one that is meant.
    init(_ invocation: Invocation, recoveryPoint: String, volume: String) {
        var words = [invocation.command.name.rawValue, recoveryPoint, invocation.secondArgument ?? ""]
        words += [OptionName.keep.rawValue, "\(OptionName.volume.rawValue)=\(volume)"]
        words.append("\(OptionName.lang.rawValue)=\(invocation.language.rawValue)")
        for (option, values) in invocation.values where ![.volume, .lang, .keep].contains(option) {
            words += values.isEmpty ? [option.rawValue] : values.map { "\(option.rawValue)=\($0)" }
        }
        var program = Program(.path("/proc/self/exe"), words)
        // It outlives this process.
        program.parentDeathSignal = 0
        program.umask = 0o022
        if let current = getcwd(nil, 0) {
            program.directory = String(cString: current)
            free(current)
        }
        self.program = program
    }

    /// Starts it and waits until something is mounted, or it has failed. What it says of a failure is said here.
    func start() throws(Failure) -> ExitStatus {
        do throws(SystemError) {
            return try startOnce()
        } catch {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
    }

    private func startOnce() throws(SystemError) -> ExitStatus {
        let output = try Pipe(), errors = try Pipe(), input = try Pipe()
        var program = program
        program.input = input.reader
        let (pid, process) = try ChildProcess.spawn(program, output: output.writer, errors: errors.writer)
        output.closeWriter()
        errors.closeWriter()
        var said: (output: [UInt8], errors: [UInt8]) = ([], [])
        var isOpen = true
        while isOpen {
            var polls = [output.reader.number, errors.reader.number, Interruption.descriptor].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            poll(&polls, 3, -1)
            // Told to stop, it takes away what it has made so far.
            if polls[2].revents != 0 { kill(pid, SIGTERM) }
            if polls[1].revents != 0 { _ = Self.read(errors.reader, &said.errors) }
            if polls[0].revents != 0 { isOpen = Self.read(output.reader, &said.output) }
            if polls[2].revents == 0, String(decoding: said.output, as: UTF8.self) == Self.ready {
                try input.writer.writeAll([0])
                return .success
            }
            if polls[2].revents != 0 { break }
        }
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        poll(&one, 1, -1)
        while Self.read(errors.reader, &said.errors) {}
        Terminal.write(said.output, to: STDOUT_FILENO)
        Terminal.write(said.errors, to: STDERR_FILENO)
        guard case .exited(let status) = ChildProcess.wait(for: pid) else { return .failure }
        return status == 0 ? .failure : ExitStatus(rawValue: status) ?? .failure
    }

    /// - Returns: `false` at the end.
    private static func read(_ reader: Descriptor, _ bytes: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(reader.number, &buffer, buffer.count)
        if count > 0 { bytes += buffer[0..<count] }
        return count > 0 || count < 0 && errno == EINTR
    }

    /// The keeper's side: says that something is mounted, and lets go of the terminal.
    /// - Returns: whether somebody has heard it.
    static func tellReady() -> Bool {
        Terminal.write(Array(ready.utf8), to: STDOUT_FILENO)
        var byte: UInt8 = 0
        guard Glibc.read(STDIN_FILENO, &byte, 1) == 1 else { return false }
        let null = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return false }
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(null, number) }
        close(null)
        chdir("/")
        return true
    }
}
