internal import CLinux
internal import Glibc
internal import Linux

/// The instant since which files that are copied must not have changed.
struct SyncPoint: Sendable {
    /// By the calendar clock, which files' time stamps follow.
    var calendar: timespec
    /// By the clock that nobody sets.
    var monotonic: Instant

    static var now: SyncPoint {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return SyncPoint(calendar: time, monotonic: .now)
    }

    /// Waits until every time stamp that the kernel gives from now on is later. The kernel stamps by a clock that moves
    /// with its timer, so for a tick (1 to 10 ms) a change could still bear a time from before.
    func waitUntilPassed() {
        let limit = Instant.now.advanced(bySeconds: 0.1)
        var stamp = timespec()
        while Instant.now < limit {
            clock_gettime(CLOCK_REALTIME_COARSE, &stamp)
            if (stamp.tv_sec, stamp.tv_nsec) >= (calendar.tv_sec, calendar.tv_nsec) { return }
            usleep(200)
        }
    }

    /// Whether the calendar clock was set back since, so that a change may bear a time from before.
    var isUnreliable: Bool {
        let now = SyncPoint.now
        let seconds = Double(now.calendar.tv_sec - calendar.tv_sec)
        let passed = seconds * 1e3 + Double(now.calendar.tv_nsec - calendar.tv_nsec) / 1e6
        return passed < now.monotonic.milliseconds(since: monotonic) - 1
    }
}

/// Looks for files that changed after an instant: what a copy of live files cannot vouch for.
enum ChangeScan {
    /// Walks one file system by status changes, which no program can set back.
    /// - Parameter leavingOut: folders that do not belong to the copy.
    /// - Returns: how many, and the first one's path; a walk that fails vouches for nothing and counts as a change.
    static func changes(
        below folder: String, since point: SyncPoint, leavingOut: [String] = []
    ) -> (count: Int, example: String?) {
        if point.isUnreliable { return (1, folder) }
        var example = [CChar](repeating: 0, count: 4096)
        let left = leavingOut.compactMap { path -> remanso_file? in
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            return remanso_file(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        }
        let count = left.withUnsafeBufferPointer { left in
            var request = remanso_scan(
                seconds: Int64(point.calendar.tv_sec), nanoseconds: Int64(point.calendar.tv_nsec),
                left_out: left.baseAddress, left_out_count: Int32(left.count))
            return remanso_changes_since(folder, &request, &example, Int32(example.count))
        }
        if count == 0 { return (0, nil) }
        let path = String(decoding: example.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (max(1, Int(count)), path.isEmpty ? folder : path)
    }
}
