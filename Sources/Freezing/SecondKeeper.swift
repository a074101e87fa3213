internal import CLinux
internal import Glibc
internal import Linux

/// Watches the freezer from this process and thaws in its place when it dies, stops, or this process is asked to stop.
final class SecondKeeper: Sendable {
    private let ledger: Ledger
    private let freezer: Freezer
    private let limitSeconds: Double
    private let workers: [ThawWorker]
    private let watcher = Shared<Thread?>(nil)
    private let tookOver = Shared(false)
    private let stop: Descriptor

    /// - Throws: `SystemError` when a thread or descriptor is lacking: no freeze without a second keeper.
    init(ledger: Ledger, things: [FrozenThing], freezer: Freezer, limitSeconds: Double) throws(SystemError) {
        self.ledger = ledger
        self.freezer = freezer
        self.limitSeconds = limitSeconds
        // Threads exist before the freeze: starting one inside it could need memory that only a write would free.
        var workers: [ThawWorker] = []
        for (index, thing) in things.enumerated() {
            workers.append(try ThawWorker(thing, ledger: ledger, index: index, freezer: freezer))
        }
        self.workers = workers
        stop = try Event.make()
    }

    deinit { workers.forEach { $0.dismiss() } }

    /// Whether this process had to thaw in the freezer's place.
    var hasTakenOver: Bool { tookOver.withLock { $0 } }

    /// Starts to watch; call just before the freeze.
    /// - Returns: whether there is a watch; without one nothing may be frozen.
    func startWatch() -> Bool {
        let limit = Instant.now.advanced(bySeconds: limitSeconds)
        let thread = Thread { [weak self] in self?.watch(until: limit) }
        watcher.withLock { $0 = thread }
        return thread != nil
    }

    private func watch(until limit: Instant) {
        var polls = [freezer.death.number, stop.number, Interruption.descriptor].map {
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
            let isDead = polls[0].revents != 0
            // A freezer that only waits for a stuck FIFREEZE has done its duty and is needed still.
            let states = (0..<ledger.count).map { ledger.state($0) }
            let isOwed = states.contains { $0.mayBeFrozen && (isDead || $0 != .abandoned) || !isDead && $0 == .planned }
            if isOwed {
                if ready == 0 { ledger.expire() }
                takeOver()
            }
            freezer.hangUp()
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
        // Only what is stuck in the kernel outlives this, and none of that runs a line of its program again.
        _ = freezer.waitForEnd(seconds: 0.1)
        ledger.forbidFurtherFreezing()
        freezer.hangUp()
        for wave in ledger.wavesToThaw {
            let indices = ledger.indices(inWave: wave).filter { ledger.state($0).mayBeFrozen }
            indices.forEach { workers[$0].wake() }
            // One that hangs must not keep the others frozen.
            let patience = Instant.now.advanced(bySeconds: 0.25)
            while indices.contains(where: { ledger.state($0).mayBeFrozen }), Instant.now < patience { usleep(500) }
        }
        waitUntilThawed()
    }

    /// Waits for stuck calls, but not for ever.
    func waitUntilThawed() {
        let patience = Instant.now.advanced(bySeconds: 2)
        while !ledger.mayBeFrozen.isEmpty, Instant.now < patience { usleep(1_000) }
    }

    /// Ends the watch; call after the thaw.
    func finish() {
        guard
            let thread = watcher.withLock({ value in
                defer { value = nil }
                return value
            })
        else { return }
        Event.signal(stop)
        thread.join()
    }
}

/// A waiting thread that thaws one volume or control group when it is woken.
private final class ThawWorker: Sendable {
    private let start: Descriptor
    private let isDismissed = Shared(false)

    init(_ thing: FrozenThing, ledger: Ledger, index: Int, freezer: Freezer) throws(SystemError) {
        let start = try Event.make()
        self.start = start
        let isDismissed = isDismissed
        let thread = Thread {
            Event.wait(start)
            if isDismissed.withLock({ $0 }) { return }
            while !Self.thaw(thing, ledger, index, freezer) { usleep(2_000) }
        }
        if thread == nil { throw SystemError("pthread_create", "thread", code: EAGAIN) }
    }

    /// - Returns: whether it is settled. While a FIFREEZE of the dead freezer is under way, FITHAW may say that nothing is
    ///   frozen, and the freeze comes about after that.
    private static func thaw(_ thing: FrozenThing, _ ledger: Ledger, _ index: Int, _ freezer: Freezer) -> Bool {
        let isFinal = freezer.hasEnded || !ledger.isUnderWay(index)
        if !ledger.state(index).mayBeFrozen { return true }
        if isFinal, ledger.wasNeverIssued(index) {
            ledger.setState(index, .cancelled)
            return true
        }
        if ledger.mayBeForeign(index) { return false }
        let code = thing.thaw()
        if code == EINVAL && !isFinal { return false }
        ledger.setError(index, code)
        ledger.noteThaw(index)
        // EINVAL after the freezer's death: it was never frozen, or the freezer had thawed it already.
        ledger.setState(index, code == 0 || code == EINVAL ? .thawed : .lost)
        return true
    }

    func wake() { Event.signal(start) }

    func dismiss() {
        isDismissed.withLock { $0 = true }
        wake()
    }
}

/// A counter that one thread waits for and another one raises.
enum Event {
    static func make() throws(SystemError) -> Descriptor {
        Descriptor(owning: try check("eventfd", "event") { remanso_event_descriptor() }, path: "event")
    }

    static func signal(_ descriptor: Descriptor) {
        var one: UInt64 = 1
        while write(descriptor.number, &one, 8) < 0 && errno == EINTR {}
    }

    static func wait(_ descriptor: Descriptor) {
        var count: UInt64 = 0
        while read(descriptor.number, &count, 8) < 0 && errno == EINTR {}
    }
}
