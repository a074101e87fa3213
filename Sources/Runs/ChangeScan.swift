internal import CLinux
internal import Glibc

/// Looks for files that changed after an instant: what a copy of live files cannot vouch for.
enum ChangeScan {
    /// Walks one file system by status changes, which no program can set back.
    /// - Returns: how many, and the first one's path; a walk that fails vouches for nothing and counts as a change.
    static func changes(below folder: String, since instant: timespec) -> (count: Int, example: String?) {
        var example = [CChar](repeating: 0, count: 4096)
        let count = remanso_changes_since(
            folder, Int64(instant.tv_sec), Int64(instant.tv_nsec), &example, Int32(example.count))
        if count == 0 { return (0, nil) }
        let path = String(decoding: example.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (max(1, Int(count)), path.isEmpty ? folder : path)
    }
}
