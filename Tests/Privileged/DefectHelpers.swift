import Fixtures
import Glibc
import Linux

/// How far the freeze of a volume has come, by the ledger of the run that there is.
func ledgerState(of volume: Volume) -> LedgerView.State? {
    LedgerView("/run/remanso/freeze.ledger")?.states[volume.mountPoint]
}

/// A server on the loopback interface that accepts connections and never says a word.
final class SilentServer: Sendable {
    let port: UInt16
    private let socket: Descriptor

    init() throws {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw FixtureError("no socket") }
        socket = Descriptor(owning: number, path: "socket")
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(number, generic, length) == 0 && listen(number, 8) == 0
                    && getsockname(number, generic, &length) == 0
            }
        }
        guard isBound else { throw FixtureError("no port") }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Whether somebody has connected: the kernel has accepted for us.
    var wasAsked: Bool {
        var one = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) == 1
    }
}

/// A program that allows every access to a volume, as fapolicyd or a virus scanner does.
struct PermissionListener {
    private let pid: pid_t

    init(for volume: Volume, in sandbox: Sandbox) throws {
        let ready = sandbox.path("listening")
        let script = """
            import ctypes, os, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            listener = libc.fanotify_init(4, os.O_RDONLY)
            mark = ctypes.c_uint64(0x10000)
            if listener < 0 or libc.fanotify_mark(listener, 0x11, mark, -100, sys.argv[1].encode()) != 0:
                sys.exit(os.strerror(ctypes.get_errno()))
            open(sys.argv[2], "w").close()
            while True:
                events = os.read(listener, 24 * 64)
                for start in range(0, len(events), 24):
                    file = struct.unpack_from("=i", events, start + 16)[0]
                    os.write(listener, struct.pack("=iI", file, 1))
                    os.close(file)
            """
        let path = try sandbox.write("listener.py", script)
        guard let python = Program.find("python3") else { throw FixtureError("python3 is not installed") }
        let sink = try Descriptor.open("/dev/null", O_WRONLY)
        pid = try ChildProcess.spawn(
            Program(.path(python), [path, volume.mountPoint, ready]), output: sink, errors: sink
        ).pid
        wait(seconds: 60) { Files.exists(ready) }
        guard Files.exists(ready) else {
            end()
            throw FixtureError("the kernel gives no fanotify permission events")
        }
    }

    func end() {
        kill(pid, SIGKILL)
        ChildProcess.wait(for: pid)
    }
}
