internal import CLinux
internal import Glibc

/// The instant since which files that are copied must not have changed.
struct SyncPoint: Sendable {
    /// By the calendar clock, which files' time stamps follow.
    var calendar: timespec

    static var now: SyncPoint {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return SyncPoint(calendar: time)
    }

    func waitUntilPassed() {}
}

/// Looks for files that changed after an instant: what a copy of live files cannot vouch for.
enum ChangeScan {
    /// Walks one file system by status changes, which no program can set back.
    /// - Returns: how many, and the first one's path; a walk that fails vouches for nothing and counts as a change.
    static func changes(below folder: String, since point: SyncPoint, leavingOut: [String] = []) -> (count: Int, example: String?) {
        var example = [CChar](repeating: 0, count: 4096)
        let count = remanso_changes_since(
            folder, Int64(point.calendar.tv_sec), Int64(point.calendar.tv_nsec), &example, Int32(example.count))
        if count == 0 { return (0, nil) }
        let path = String(decoding: example.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (max(1, Int(count)), path.isEmpty ? folder : path)
    }
}
