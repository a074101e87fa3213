internal import CLinux
internal import Glibc
internal import Linux

/// Watches the freezer from this process and thaws in its place when it dies, stops, or this process is asked to stop.
final class SecondKeeper: Sendable {
    private let ledger: Ledger
    private let volumes: [Descriptor]
    private let freezer: Freezer
    private let limitSeconds: Double
    private let workers: [ThawWorker]
    private let watcher = Shared<Thread?>(nil)
    private let tookOver = Shared(false)
    private let stop: Descriptor?

    init(ledger: Ledger, volumes: [Descriptor], freezer: Freezer, limitSeconds: Double) {
        self.ledger = ledger
        self.volumes = volumes
        self.freezer = freezer
        self.limitSeconds = limitSeconds
        // Threads exist before the freeze: starting one inside it could need memory that only a write would free.
        workers = volumes.indices.map { ThawWorker(volumes[$0], ledger: ledger, index: $0) }
        let event = remanso_event_descriptor()
        stop = event < 0 ? nil : Descriptor(owning: event, path: "event")
    }

    deinit { workers.forEach { $0.dismiss() } }

    /// Whether this process had to thaw in the freezer's place.
    var hasTakenOver: Bool { tookOver.withLock { $0 } }

    /// Whether a volume is frozen by Remanso, or may be.
    private var mayBeFrozen: Bool { (0..<ledger.count).contains { ledger.state($0).mayBeFrozen } }

    /// Starts to watch; call just before the freeze.
    func startWatch() {
        let limit = Instant.now.advanced(bySeconds: limitSeconds)
        let freezer = freezer, stop = stop
        watcher.withLock { $0 = Thread { [weak self] in Self.watch(self, freezer, stop, until: limit) } }
    }

    private static func watch(_ keeper: SecondKeeper?, _ freezer: Freezer, _ stop: Descriptor?, until limit: Instant) {
        var polls = [freezer.process.number, stop?.number ?? -1, Interruption.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        while true {
            let ready = poll(&polls, nfds_t(polls.count), limit.millisecondsLeft)
            if ready < 0 && errno == EINTR { continue }
            if polls[1].revents != 0 { return }
            if polls[2].revents != 0, polls[0].revents == 0 {
                // Asked to stop: the freezer thaws at once, and the watch goes on.
                _ = freezer.send("T")
                polls[2].fd = -1
                continue
            }
            guard let keeper, keeper.mayBeFrozen else { return }
            if ready == 0 { keeper.ledger.expire() }
            keeper.takeOver()
            return
        }
    }

    /// Ends the freezer and thaws whatever it may have frozen. A freezer that died in the middle of a FIFREEZE cannot say
    /// whether it succeeded: it is undone, because EBUSY would have come back at once.
    func takeOver() {
        let isFirst = tookOver.withLock { value in
            defer { value = true }
            return !value
        }
        guard isFirst else { return waitUntilThawed() }
        freezer.kill()
        for wave in ledger.wavesToThaw {
            let indices = ledger.indices(inWave: wave).filter { ledger.state($0).mayBeFrozen }
            indices.forEach { workers[$0].wake() }
            // One that hangs must not keep the others frozen.
            let patience = Instant.now.advanced(bySeconds: 0.25)
            while indices.contains(where: { ledger.state($0).mayBeFrozen }), Instant.now < patience { usleep(500) }
        }
        waitUntilThawed()
    }

    private func waitUntilThawed() {
        let patience = Instant.now.advanced(bySeconds: 2)
        while mayBeFrozen, Instant.now < patience { usleep(1_000) }
    }

    /// Ends the watch; call after the thaw.
    func finish() {
        guard
            let thread = watcher.withLock({ value in
                defer { value = nil }
                return value
            })
        else { return }
        if let stop { Event.signal(stop) }
        thread.join()
    }
}

/// A waiting thread that thaws one volume when it is woken.
private final class ThawWorker: Sendable {
    private let start: Descriptor?
    private let isDismissed = Shared(false)

    init(_ volume: Descriptor, ledger: Ledger, index: Int) {
        let event = remanso_event_descriptor()
        let start = event < 0 ? nil : Descriptor(owning: event, path: "event")
        self.start = start
        let isDismissed = isDismissed
        _ = Thread {
            guard let start else { return }
            Event.wait(start)
            if isDismissed.withLock({ $0 }) { return }
            let result = remanso_thaw(volume.number)
            ledger.setError(index, result == 0 ? 0 : errno)
            ledger.noteThaw(index)
            // EINVAL after the freezer's death: it was never frozen, or the freezer had thawed it already.
            ledger.setState(index, result == 0 || errno == EINVAL ? .thawed : .lost)
        }
    }

    func wake() { if let start { Event.signal(start) } }

    func dismiss() {
        isDismissed.withLock { $0 = true }
        wake()
    }
}

/// A counter that one thread waits for and another one raises.
enum Event {
    static func signal(_ descriptor: Descriptor) {
        var one: UInt64 = 1
        while write(descriptor.number, &one, 8) < 0 && errno == EINTR {}
    }

    static func wait(_ descriptor: Descriptor) {
        var count: UInt64 = 0
        while read(descriptor.number, &count, 8) < 0 && errno == EINTR {}
    }
}
