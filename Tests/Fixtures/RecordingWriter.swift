internal import Glibc
internal import Linux

/// A real program that writes to a volume without rest and keeps a record, elsewhere, of what it was told is safe.
public final class RecordingWriter: Sendable {
    /// How it writes.
    public enum Way: String, Sendable, CaseIterable {
        case fsync, mmap, direct
    }

    private let pid: pid_t
    private let process: Descriptor
    private let file: String
    private let record: String
    private let stopFile: String

    /// Starts it. Its record lies in the sandbox, which nobody freezes.
    public init(_ way: Way, on volume: Volume, in sandbox: Sandbox) throws {
        let name = "\(way.rawValue)-\(volume.kind.rawValue)-\(UInt32.random(in: 0...UInt32.max))"
        file = volume.path(name)
        record = sandbox.path("\(name).record")
        stopFile = sandbox.path("\(name).stop")
        try sandbox.write("writer.py", Self.source)
        let sink = try Descriptor.open(sandbox.path("\(name).log"), O_WRONLY | O_CREAT)
        guard let python = Program.find("python3") else { throw FixtureError("python3 is not installed") }
        let arguments = [sandbox.path("writer.py"), way.rawValue, file, record, stopFile]
        (pid, process) = try ChildProcess.spawn(Program(.path(python), arguments), output: sink, errors: sink)
        guard Wait.until({ self.count > 0 }) else {
            throw FixtureError("the writer does not write: \(Files.text(sandbox.path("\(name).log")) ?? "")")
        }
    }

    /// How many writes it was told are safe.
    public var count: Int {
        var status = stat()
        return stat(record, &status) == 0 ? Int(status.st_size) / 8 : 0
    }

    /// Stops it and reads back from the disk what it was told is safe.
    /// - Returns: what is missing; `nil` when nothing is.
    public func loss(withinSeconds seconds: Double = 60) throws -> String? {
        try Sandbox.write(stopFile, "")
        guard Wait.forEnd(of: process, seconds: seconds) else { return "the writer hangs" }
        ChildProcess.wait(for: pid)
        let script = Files.parent(of: stopFile) + "/writer.py"
        let answer = try Shell.run("python3", script, "verify", file, record, stopFile).trimmed
        return answer == "complete" ? nil : answer
    }

    private static let source = """
        import mmap, os, struct, sys
        way, path, record, stop = sys.argv[1:]
        SLOTS, SIZE = 64, 4096
        buffer = mmap.mmap(-1, SIZE)

        def verify():
            last = {}
            data = open(record, "rb").read()
            for (number,) in struct.iter_unpack("<Q", data[: len(data) // 8 * 8]): last[number % SLOTS] = number
            fd = os.open(path, os.O_RDONLY | os.O_DIRECT)
            for slot, number in last.items():
                os.preadv(fd, [buffer], slot * SIZE)
                found = {n for (n,) in struct.iter_unpack("<Q", buffer[:])}
                if len(found) != 1 or min(found) < number: return f"slot {slot}: {found} instead of {number}"
            return "complete"

        if way == "verify":
            print(verify())
            sys.exit(0)
        flags = os.O_RDWR | os.O_CREAT | (os.O_DIRECT if way == "direct" else 0)
        fd = os.open(path, flags, 0o600)
        os.posix_fallocate(fd, 0, SLOTS * SIZE)
        os.fsync(fd)
        shared = mmap.mmap(fd, SLOTS * SIZE) if way == "mmap" else None
        log = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        number = 0
        while not os.path.exists(stop):
            number += 1
            block, at = struct.pack("<Q", number) * (SIZE // 8), number % SLOTS * SIZE
            if way == "mmap":
                shared[at : at + SIZE] = block
                shared.flush(at, SIZE)
            else:
                buffer[:] = block
                os.pwritev(fd, [buffer], at)
                os.fsync(fd)
            os.write(log, struct.pack("<Q", number))

        """
}
