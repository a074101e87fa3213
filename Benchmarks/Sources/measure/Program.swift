internal import Glibc

/// A program that was run to its end.
struct Ran {
    let status: Int32
    let output: [UInt8]
    /// From just before the start to the end, in milliseconds.
    let wallMs: Double
    /// User and system time of the program and of those it waited for, in milliseconds.
    let cpuMs: Double
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func nowMs() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
}

/// Starts a program with the given descriptors as its standard input and output; standard error goes nowhere.
func spawn(_ path: String, _ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    let variables = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) } + [nil]
    defer { (argv + environment).forEach { free($0) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, path, &actions, nil, &argv, &environment)
    guard result == 0 else { throw BenchmarkError("\(path): \(String(cString: strerror(result)))") }
    return pid
}

/// A close-on-exec pipe: the end to read and the end to write.
func makePipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw BenchmarkError("pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
}

/// Runs a program to its end, for a minute at most.
/// - Parameter onStart: told the pid, for whoever wants to watch.
func run(_ path: String, _ arguments: [String], onStart: (pid_t) -> Void = { _ in }) throws -> Ran {
    let pipe = try makePipe()
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
        close(pipe.reader)
        close(nothing)
    }
    let start = nowMs()
    let pid: pid_t
    do {
        defer { close(pipe.writer) }
        pid = try spawn(path, arguments, input: nothing, output: pipe.writer)
    }
    onStart(pid)
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        var one = pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)
        if poll(&one, 1, Int32(max(0, start + 60_000 - nowMs()))) == 0 { kill(pid, SIGKILL) }
        let count = read(pipe.reader, &buffer, buffer.count)
        if count <= 0 { break }
        output += buffer.prefix(count)
    }
    var status: Int32 = 0
    var usage = rusage()
    wait4(pid, &status, 0, &usage)
    let end = nowMs()
    func milliseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e3 + Double(time.tv_usec) / 1e3 }
    let cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    return Ran(status: code, output: output, wallMs: end - start, cpuMs: cpu)
}

/// The folder that this program lies in.
func ownFolder() -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
}
