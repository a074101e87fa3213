internal import Linux

/// The versions of restic that judge what Remanso writes. A missing one is a failure, not a reason to leave a test out.
public enum Judge: String, Sendable, CaseIterable {
    /// Debian 12's own, 0.14: the oldest that Remanso drives.
    case debian
    /// A newer one, unpacked by `scripts/newer-restic.sh`.
    case newer

    /// The program's path.
    public var program: String {
        get throws {
            switch self {
            case .debian:
                guard let path = Program.find("restic") else { throw FixtureError("restic is not installed") }
                return path
            case .newer:
                let source = Files.parent(of: Files.parent(of: Files.parent(of: #filePath)))
                let path = "\(source)/.build-tools/restic-trixie/usr/bin/restic"
                guard Files.exists(path) else {
                    throw FixtureError("a newer restic is missing: sh scripts/newer-restic.sh")
                }
                return path
            }
        }
    }

    /// The command that makes the index anew.
    public var repairIndex: [String] { self == .debian ? ["rebuild-index"] : ["repair", "index"] }
}
