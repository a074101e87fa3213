/// The version of a restic program.
struct ResticVersion: Sendable, Comparable, CustomStringConvertible {
    let major: Int
    let minor: Int

    /// The oldest that Remanso drives: the first with the repository format 2, and that of Debian 12.
    static let oldest = ResticVersion(major: 0, minor: 14)

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `restic 0.14.0 compiled with go1.19.8 on linux/amd64`.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count > 1, words[0] == "restic" else { return nil }
        let numbers = words[1].split(separator: ".").map { $0.prefix { $0.isNumber } }.compactMap { Int($0) }
        guard numbers.count >= 2 else { return nil }
        self.init(major: numbers[0], minor: numbers[1])
    }

    /// `restore --sparse`.
    var restoresSparsely: Bool { self >= ResticVersion(major: 0, minor: 15) }

    var description: String { "\(major).\(minor)" }

    static func < (left: ResticVersion, right: ResticVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
