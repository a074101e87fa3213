internal import CLinux
internal import Glibc

/// A thread that freezes or thaws one volume or control group when it is woken, so that a call that gets stuck holds back
/// no other.
struct Worker {
    let entry: UnsafeMutablePointer<remanso_ledger_entry>
    /// The volume's root, or the group's file `cgroup.freeze`.
    let target: Int32
    /// The group's file `cgroup.events`; -1 for a volume.
    let events: Int32
    /// Nanoseconds that a group has to come to rest.
    let patience: Int64
    /// Written by the keeper to wake the thread.
    let start: Int32
    /// Written by the thread when its call has returned.
    let done: Int32
    let thaws: Bool

    /// Starts the thread; it needs little stack, and all of it is locked.
    static func launch(_ target: Target, patience: Int64, done: Int32, thaws: Bool) -> Worker? {
        let start = remanso_event_descriptor()
        guard start >= 0 else { return nil }
        let worker = UnsafeMutablePointer<Worker>.allocate(capacity: 1)
        worker.initialize(
            to:
                Worker(
                    entry: target.entry, target: target.descriptor, events: target.events, patience: patience,
                    start: start,
                    done: done, thaws: thaws))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 64 << 10)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { raw in
                if let worker = raw?.assumingMemoryBound(to: Worker.self) { worker.pointee.work() }
                return nil
            }, worker)
        return result == 0 ? worker.pointee : nil
    }

    func wake() { signalEvent(start) }

    private func work() {
        awaitEvent(start)
        if thaws { thaw() } else if events >= 0 { freezeCgroup() } else { freeze() }
        signalEvent(done)
    }

    private func freeze() {
        entry.pointee.issued_ns = remanso_monotonic_ns()
        let result = remanso_freeze(target)
        let code = errno
        entry.pointee.frozen_ns = remanso_monotonic_ns()
        if result != 0 {
            entry.pointee.error = code
            remanso_entry_set_state(entry, UInt32(REMANSO_REFUSED))
        } else if remanso_entry_change_state(entry, UInt32(REMANSO_ISSUING), UInt32(REMANSO_FROZEN)) == 0 {
            // The keeper gave up on this call while it was stuck.
            thaw()
        }
    }

    func thaw() {
        entry.pointee.thaw_ns = remanso_monotonic_ns()
        let result = events >= 0 ? remanso_cgroup_thaw(target) : remanso_thaw(target)
        let code = errno
        entry.pointee.thawed_ns = remanso_monotonic_ns()
        entry.pointee.error = result == 0 ? 0 : code
        remanso_entry_set_state(entry, UInt32(result == 0 ? REMANSO_THAWED : REMANSO_LOST))
    }
}

func signalEvent(_ descriptor: Int32) {
    var one: UInt64 = 1
    while write(descriptor, &one, 8) < 0 && errno == EINTR {}
}

func awaitEvent(_ descriptor: Int32) {
    var count: UInt64 = 0
    while read(descriptor, &count, 8) < 0 && errno == EINTR {}
}
