/// What `xfs_repair -n` says of an image that was taken inside a freeze.
///
/// A frozen XFS leaves a record in its log, which xfs_repair does not replay and `-n` ignores: the superblock's counters, which
/// the kernel counts anew, and files that were open without a name, which it removes, look wrong. Everything else counts.
struct XFSReport {
    private let lines: [Substring]

    init(_ output: String) { lines = output.split(whereSeparator: \.isNewline) }

    /// Whether nothing but that is found.
    var isSound: Bool { hasCome(to: "Phase 7") && complaints.isEmpty }

    private func hasCome(to phase: String) -> Bool { lines.contains { $0.hasPrefix(phase) } }

    private static let harmless = [
        "Phase ", "        - ", "ALERT: The filesystem has valuable metadata changes in a log",
        "ignored because the -n option was used", "which may be resolved by first mounting the filesystem",
        "No modify flag set", "Cannot get host filesystem geometry",
        "Repair may fail if there is a sector size mismatch",
        "the image and the host filesystem", "sb_icount ", "sb_ifree ", "sb_fdblocks ",
    ]

    private var complaints: [Substring] {
        let open = namelessFiles
        return lines.filter { line in
            if Self.harmless.contains(where: line.hasPrefix) || Self.namelessFile(line) != nil { return false }
            return !open.contains { Self.follows(from: $0, line) }
        }
    }

    /// The inode numbers of files that were open without a name.
    private var namelessFiles: Set<Substring> { Set(lines.compactMap(Self.namelessFile)) }

    /// The inode in `agi unlinked bucket 33 is 161 in ag 0 (inode=161)`.
    private static func namelessFile(_ line: Substring) -> Substring? {
        guard line.hasPrefix("agi unlinked bucket "), let start = line.lastIndex(of: "=") else { return nil }
        let number = line[start...].dropFirst().prefix { $0.isNumber }
        return number.isEmpty ? nil : number
    }

    private static func follows(from inode: Substring, _ line: Substring) -> Bool {
        line == "disconnected inode \(inode), would move to lost+found"
            || line == "would have reset inode \(inode) nlinks from 0 to 1"
    }
}
