internal import CLinux
internal import Glibc

/// Requests to stop (SIGTERM, SIGINT, SIGHUP, SIGQUIT). They never end the process by themselves: whoever waits sees
/// them and leaves in good order, with everything thawed and undone.
public enum Interruption {
    private static let raisedSignal = Shared<Int32>(0)
    private static let pipe = Shared<(read: Int32, write: Int32)>((-1, -1))

    /// Takes the signals over. Call once, before any other thread starts.
    public static func install() {
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard remanso_pipe(&ends) == 0 else { return }
        pipe.withLock { $0 = (ends[0], ends[1]) }
        var signals = sigset_t()
        sigemptyset(&signals)
        [SIGTERM, SIGINT, SIGHUP, SIGQUIT].forEach { sigaddset(&signals, $0) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = Thread {
            var number: Int32 = 0
            var set = waited
            while true {
                if sigwait(&set, &number) == 0 { raise(number) }
            }
        }
    }

    private static func raise(_ number: Int32) {
        raisedSignal.withLock { if $0 == 0 { $0 = number } }
        var byte: UInt8 = 1
        _ = write(pipe.withLock { $0.write }, &byte, 1)
    }

    /// The first signal that asked to stop; `nil` while none did.
    public static var signal: Int32? {
        let number = raisedSignal.withLock { $0 }
        return number == 0 ? nil : number
    }

    /// Readable from the first signal on, for poll(2); -1 before `install`.
    public static var descriptor: Int32 { pipe.withLock { $0.read } }
}
