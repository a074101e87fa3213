internal import CLinux
internal import Glibc

/// Maps the ledger that the parent has filled in; `nil` when it is not one.
func mapLedger(_ descriptor: Int32) -> UnsafeMutablePointer<remanso_ledger>? {
    let size = MemoryLayout<remanso_ledger>.size
    guard let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
        return nil
    }
    let ledger = memory.bindMemory(to: remanso_ledger.self, capacity: 1)
    guard ledger.pointee.magic == REMANSO_LEDGER_MAGIC, ledger.pointee.version == UInt32(REMANSO_LEDGER_VERSION)
    else {
        errno = EINVAL
        return nil
    }
    return ledger
}

/// Nothing may page this process out or end it for lack of memory while it holds a freeze. Both are best effort: in a
/// container they may be refused, and the parent still stands by.
func protectFromMemoryPressure() {
    mlockall(MCL_CURRENT | MCL_FUTURE)
    let file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
    if file >= 0 {
        _ = write(file, "-1000", 5)
        close(file)
    }
}

/// A descriptor that becomes readable for each signal that asks a process to end; they are blocked otherwise.
func terminationSignals() -> Int32 {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE, SIGXCPU, SIGXFSZ, SIGVTALRM] {
        sigaddset(&signals, number)
    }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    return remanso_signal_descriptor(&signals)
}

/// Ends the process before anything was frozen.
func refuse(_ sentence: String, status: Int32) -> Never {
    let line = sentence + "\n"
    _ = write(STDERR_FILENO, line, line.utf8.count)
    exit(status)
}
