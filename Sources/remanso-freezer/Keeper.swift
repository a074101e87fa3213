internal import CLinux
internal import Glibc

/// Freezes wave after wave, holds, and thaws in the reverse order.
struct Keeper {
    private enum Phase { case ready, freezing, frozen, thawing, finished }

    private let socket: Int32
    private let ledger: UnsafeMutablePointer<remanso_ledger>
    private let count: Int
    private let freezers: UnsafeMutablePointer<Worker>
    private let thawers: UnsafeMutablePointer<Worker>
    private let polls: UnsafeMutablePointer<pollfd>
    private let signals: Int32
    private let timer: Int32
    private let done: Int32

    init?(socket: Int32, ledger: UnsafeMutablePointer<remanso_ledger>, descriptors: [Int32]) {
        guard let targets = Target.all(of: ledger, descriptors) else { return nil }
        self.socket = socket
        self.ledger = ledger
        count = targets.count
        signals = terminationSignals()
        timer = remanso_timer_descriptor()
        done = remanso_event_descriptor()
        freezers = .allocate(capacity: targets.count)
        thawers = .allocate(capacity: targets.count)
        polls = .allocate(capacity: 4)
        guard signals >= 0, timer >= 0, done >= 0, launchCanary(ledger, started: done) else { return nil }
        // A group that does not come to rest leaves the volumes enough of the time.
        let patience = ledger.pointee.deadline_ns / 4
        for (index, target) in targets.enumerated() {
            guard let freezer = Worker.launch(target, patience: patience, done: done, thaws: false),
                let thawer = Worker.launch(target, patience: patience, done: done, thaws: true)
            else { return nil }
            freezers.advanced(by: index).initialize(to: freezer)
            thawers.advanced(by: index).initialize(to: thawer)
        }
        for (index, descriptor) in [socket, signals, timer, done].enumerated() {
            polls[index] = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        }
    }

    /// Serves one freeze and returns when nothing of it is left.
    func run() {
        var phase = Phase.ready
        var wave: UInt32 = 0
        reply("R")
        while phase != .finished {
            let patience: Int32 = phase == .thawing ? 250 : -1
            let events = poll(polls, 4, patience)
            if events < 0 && errno == EINTR { continue }
            if polls[3].revents != 0 { awaitEvent(done) }
            let order = nextOrder()
            switch phase {
            case .ready:
                if order == .freeze {
                    remanso_timer_start(timer, ledger.pointee.deadline_ns)
                    phase = .freezing
                    freeze(wave: 0)
                    advanceFreeze(&phase, &wave)
                } else if order != .none {
                    phase = .finished
                }
            case .freezing, .frozen:
                if order == .thaw {
                    abandonStuckCalls()
                    phase = .thawing
                    wave = lastWave()
                    thaw(wave: wave)
                    advanceThaw(&phase, &wave, outOfPatience: false)
                } else if phase == .freezing {
                    advanceFreeze(&phase, &wave)
                }
            case .thawing:
                advanceThaw(&phase, &wave, outOfPatience: events == 0)
            case .finished: break
            }
        }
        waitForStuckCalls()
    }

    // MARK: Orders

    private enum Order { case none, freeze, thaw }

    private func nextOrder() -> Order {
        if polls[2].revents != 0 {
            awaitEvent(timer)
            remanso_ledger_expire(ledger)
            return .thaw
        }
        if polls[1].revents != 0 {
            // Left readable it would keep poll from ever running out of patience.
            polls[1].fd = -1
            return .thaw
        }
        guard polls[0].revents != 0 else { return .none }
        var byte: UInt8 = 0
        // End of file: the parent is gone.
        guard read(socket, &byte, 1) == 1 else {
            polls[0].fd = -1
            return .thaw
        }
        return byte == UInt8(ascii: "F") ? .freeze : .thaw
    }

    private func reply(_ letter: Unicode.Scalar) {
        var byte = UInt8(ascii: letter)
        _ = send(socket, &byte, 1, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    // MARK: Freezing

    private func freeze(wave: UInt32) {
        for index in 0..<count where freezers[index].entry.pointee.wave == wave {
            // Whoever undoes the freeze in this process's place may have come first.
            let entry = freezers[index].entry
            if remanso_entry_change_state(entry, UInt32(REMANSO_PLANNED), UInt32(REMANSO_ISSUING)) != 0 {
                freezers[index].wake()
            }
        }
    }

    private func advanceFreeze(_ phase: inout Phase, _ wave: inout UInt32) {
        while !any(REMANSO_ISSUING, in: wave) {
            if wave == lastWave() {
                phase = .frozen
                reply("F")
                return
            }
            wave += 1
            freeze(wave: wave)
        }
    }

    // MARK: Thawing

    private func abandonStuckCalls() {
        for index in 0..<count {
            let entry = freezers[index].entry
            _ = remanso_entry_change_state(entry, UInt32(REMANSO_ISSUING), UInt32(REMANSO_ABANDONED))
            // A thread that waits for a control group can give up at once.
            if remanso_entry_state(entry) == UInt32(REMANSO_ABANDONED) { freezers[index].wake() }
        }
    }

    private func thaw(wave: UInt32) {
        for index in 0..<count where thawers[index].entry.pointee.wave == wave {
            let entry = thawers[index].entry
            if remanso_entry_change_state(entry, UInt32(REMANSO_FROZEN), UInt32(REMANSO_THAWING)) != 0 {
                thawers[index].wake()
            }
        }
    }

    private func advanceThaw(_ phase: inout Phase, _ wave: inout UInt32, outOfPatience: Bool) {
        var isStuck = outOfPatience
        // A FITHAW that hangs must not keep the others frozen.
        while isStuck || !any(REMANSO_THAWING, in: wave) {
            isStuck = false
            if wave == 0 {
                reply("T")
                phase = .finished
                return
            }
            wave -= 1
            thaw(wave: wave)
        }
    }

    /// A FIFREEZE that was stuck thaws by its own thread as soon as it returns; this process lives until then.
    private func waitForStuckCalls() {
        while (0..<count).contains(where: { isUnderWay(thawers[$0].entry) }) { awaitEvent(done) }
    }

    private func isUnderWay(_ entry: UnsafeMutablePointer<remanso_ledger_entry>) -> Bool {
        let state = remanso_entry_state(entry)
        return state == UInt32(REMANSO_ABANDONED) || state == UInt32(REMANSO_THAWING)
    }

    private func any(_ state: Int, in wave: UInt32) -> Bool {
        for index in 0..<count {
            let entry = thawers[index].entry
            if entry.pointee.wave == wave && remanso_entry_state(entry) == UInt32(state) { return true }
        }
        return false
    }

    private func lastWave() -> UInt32 {
        var last: UInt32 = 0
        for index in 0..<count { last = max(last, thawers[index].entry.pointee.wave) }
        return last
    }
}
