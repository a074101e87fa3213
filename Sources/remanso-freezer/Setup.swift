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

/// Whether the descriptor is the root of the planned mount: FIFREEZE on any other would freeze something else.
func isRoot(_ descriptor: Int32, of entry: UnsafeMutablePointer<remanso_ledger_entry>) -> Bool {
    var identity = remanso_mount_identity()
    errno = EINVAL
    return remanso_mount_identity(descriptor, &identity) == 0 && identity.is_mount_root != 0
        && identity.mount_id == entry.pointee.mount_id
}

/// One entry of the ledger with the descriptors that this process was given for it.
struct Target {
    let entry: UnsafeMutablePointer<remanso_ledger_entry>
    /// A volume's root, or a control group's file `cgroup.freeze`.
    let descriptor: Int32
    /// A control group's file `cgroup.events`; -1 for a volume.
    let events: Int32

    /// Gives each entry its descriptors; `nil` when they are not what the ledger says.
    static func all(of ledger: UnsafeMutablePointer<remanso_ledger>, _ descriptors: [Int32]) -> [Target]? {
        var left = descriptors[...]
        var targets: [Target] = []
        for index in 0..<Int32(ledger.pointee.count) {
            guard let entry = remanso_ledger_entry(ledger, index), let descriptor = left.popFirst() else { return nil }
            let isCgroup = entry.pointee.kind == UInt32(REMANSO_CGROUP)
            guard let events = isCgroup ? left.popFirst() : -1 else { return nil }
            let target = Target(entry: entry, descriptor: descriptor, events: events)
            guard isCgroup ? target.isCgroup : isRoot(descriptor, of: entry) else { return nil }
            targets.append(target)
        }
        return left.isEmpty ? targets : nil
    }

    /// Whether the descriptors are those of the planned group. Reading them here makes the kernel's buffers for later.
    private var isCgroup: Bool {
        var inode: UInt64 = 0
        errno = EINVAL
        return remanso_cgroup_identity(descriptor, &inode) == 1 && inode == entry.pointee.inode
            && remanso_cgroup_is_asked(descriptor) >= 0 && remanso_cgroup_is_frozen(events) >= 0
    }
}

/// Starts a thread that does nothing but live: it ends with the process at once, also while another thread is stuck in
/// the kernel, and the parent sees it.
func launchCanary(_ ledger: UnsafeMutablePointer<remanso_ledger>, started: Int32) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 64 << 10)
    let context = UnsafeMutablePointer<(UnsafeMutablePointer<remanso_ledger>, Int32)>.allocate(capacity: 1)
    context.initialize(to: (ledger, started))
    var thread = pthread_t()
    let result = pthread_create(
        &thread, &attributes,
        { raw in
            guard let raw else { return nil }
            let (ledger, started) = raw.load(as: (UnsafeMutablePointer<remanso_ledger>, Int32).self)
            ledger.pointee.freezer_canary = remanso_thread_id()
            signalEvent(started)
            while true { pause() }
        }, context)
    if result == 0 { awaitEvent(started) }
    return result == 0
}

/// A descriptor that becomes readable for each signal that asks a process to end; they are blocked otherwise.
func terminationSignals() -> Int32 {
    var signals = sigset_t()
    sigfillset(&signals)
    // A fault of this process itself must end it, so that its parent thaws; the others end nothing.
    let kept = [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS]
    let harmless = [SIGCHLD, SIGCONT, SIGWINCH, SIGURG, SIGTSTP, SIGTTIN, SIGTTOU]
    for number in kept + harmless { sigdelset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    return remanso_signal_descriptor(&signals)
}

/// Ends the process before anything was frozen.
func refuse(_ sentence: String, status: Int32) -> Never {
    let line = sentence + "\n"
    _ = write(STDERR_FILENO, line, line.utf8.count)
    exit(status)
}
