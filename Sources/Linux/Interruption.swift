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
        // A file that grows over a limit is an error of its write, and no reason to die with everything half done.
        _ = Glibc.signal(SIGXFSZ, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard remanso_pipe(&ends) == 0 else { return }
        pipe.withLock { $0 = (ends[0], ends[1]) }
        var signals = sigset_t()
        sigemptyset(&signals)
        [SIGTERM, SIGINT, SIGQUIT].forEach { sigaddset(&signals, $0) }
        // nohup(1) has it ignored, and that is meant.
        if !Inheritance.ignores(SIGHUP) { sigaddset(&signals, SIGHUP) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        _ = Thread {
            var set = waited
            var information = siginfo_t()
            while true {
                let number = sigwaitinfo(&set, &information)
                if number > 0, !isProbe(number, information) { raise(number) }
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

    // MARK: Probes

    private struct Probes {
        var expecting = 0
        var lastUntil = Instant(nanoseconds: 0)
    }

    private static let probes = Shared(Probes())
    /// Seconds in which somebody who has seen a lock may still ask after its holder.
    private static let afterglow = 30.0

    /// From now on a SIGHUP that a process has sent is a question whether this one lives, and no request to stop: so
    /// restic asks after the holder of a lock. That of a terminal that hangs up, which the kernel sends, still is one.
    public static func expectProbes() { probes.withLock { $0.expecting += 1 } }

    /// Undoes one `expectProbes`; a question that is on its way does no harm yet.
    public static func expectNoProbes() {
        probes.withLock { probes in
            probes.expecting -= 1
            probes.lastUntil = Instant.now.advanced(bySeconds: afterglow)
        }
    }

    private static func isProbe(_ number: Int32, _ information: siginfo_t) -> Bool {
        guard number == SIGHUP, information.si_code <= 0 else { return false }
        // Codes above 0 are the kernel's own (sigaction(2)).
        return probes.withLock { $0.expecting > 0 || Instant.now < $0.lastUntil }
    }
}
