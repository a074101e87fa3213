internal import CLinux
internal import Glibc

/// Freezing and thawing a control group: a request in one file, its effect in another. A process is frozen where it would
/// return to its own program, so that one that waits for a disk is waited for.
extension Worker {
    func freezeCgroup() {
        // Looked at before anything is issued: whoever finds `issued_ns` empty knows that nothing of it is ours.
        let isAsked = remanso_cgroup_is_asked(target)
        if isAsked < 0 { return refuse(errno) }
        if isAsked == 1 || remanso_cgroup_is_frozen(events) == 1 { return refuse(EBUSY) }
        guard remanso_entry_state(entry) == UInt32(REMANSO_ISSUING) else { return cancel() }
        entry.pointee.issued_ns = remanso_monotonic_ns()
        if remanso_cgroup_freeze(target) != 0 { return refuse(errno) }
        let isFrozen = awaitFrozen(until: entry.pointee.issued_ns + patience)
        entry.pointee.frozen_ns = remanso_monotonic_ns()
        if isFrozen, change(REMANSO_ISSUING, REMANSO_FROZEN) { return }
        if change(REMANSO_ISSUING, REMANSO_THAWING) {
            // Some process of it does not come to rest: the others must not wait for it.
            if remanso_cgroup_thaw(target) == 0 || errno == EINVAL { return refuse(ETIMEDOUT) }
            entry.pointee.error = errno
            remanso_entry_set_state(entry, UInt32(REMANSO_LOST))
        } else if change(REMANSO_ABANDONED, REMANSO_THAWING) {
            thaw()
        }
    }

    /// Waits until every process stands still, until the keeper gives up and wakes this thread, or until a time is over.
    private func awaitFrozen(until limit: Int64) -> Bool {
        var polls = (
            pollfd(fd: events, events: Int16(POLLPRI), revents: 0), pollfd(fd: start, events: Int16(POLLIN), revents: 0)
        )
        while remanso_entry_state(entry) == UInt32(REMANSO_ISSUING) {
            if remanso_cgroup_is_frozen(events) == 1 { return true }
            let left = limit - remanso_monotonic_ns()
            if left <= 0 { return false }
            withUnsafeMutablePointer(to: &polls) { pair in
                _ = pair.withMemoryRebound(to: pollfd.self, capacity: 2) { poll($0, 2, Int32(left / 1_000_000 + 1)) }
            }
            if polls.1.revents != 0 { awaitEvent(start) }
        }
        return false
    }

    private func refuse(_ code: Int32) {
        entry.pointee.error = code
        remanso_entry_set_state(entry, UInt32(REMANSO_REFUSED))
    }

    private func cancel() {
        if change(REMANSO_ABANDONED, REMANSO_CANCELLED) { return }
        _ = change(REMANSO_ISSUING, REMANSO_CANCELLED)
    }

    private func change(_ old: Int, _ new: Int) -> Bool {
        remanso_entry_change_state(entry, UInt32(old), UInt32(new)) != 0
    }
}
