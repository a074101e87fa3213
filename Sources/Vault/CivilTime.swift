internal import Glibc

/// A moment of the proleptic Gregorian calendar in UTC: what restic writes and what retention counts in. Leap seconds
/// are left out, as in POSIX time.
struct CivilTime: Sendable, Equatable {
    /// Seconds since 1970.
    let seconds: Int64

    /// Days since 1970-01-01.
    var day: Int64 { Self.floorDivide(seconds, 86_400) }

    /// Weeks of ISO 8601 (Monday to Sunday) since the one that holds 1970-01-01, a Thursday.
    var week: Int64 { Self.floorDivide(day + 3, 7) }

    /// Year, month from 1, day from 1.
    var date: (year: Int64, month: Int64, day: Int64) {
        // Days to civil, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
        let shifted = day + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    /// As restic's `--time` wants it: `2026-01-21 10:15:00`.
    var resticText: String { text(separator: " ") }

    /// As reports write it: `2026-01-21T10:15:00Z`.
    var text: String { text(separator: "T") + "Z" }

    private func text(separator: String) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (year, month, dayOfMonth) = date
        let rest = seconds - day * 86_400
        let years = String(repeating: "0", count: max(0, 4 - "\(year)".count)) + "\(year)"
        let clock = "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60))"
        return "\(years)-\(two(month))-\(two(dayOfMonth))\(separator)\(clock)"
    }

    /// The clock now.
    static var now: CivilTime { CivilTime(seconds: Int64(time(nil))) }

    init(seconds: Int64) { self.seconds = seconds }

    /// Reads RFC 3339, `2026-01-21T10:15:00.123+01:00`; the fraction is dropped.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            return Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard bytes.count >= 20, let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day),
            let offset = Self.offset(
                String(decoding: bytes[19...].drop { $0 == 0x2E || (0x30...0x39).contains($0) }, as: UTF8.self))
        else { return nil }
        let date = Self.days(year, month, day)
        seconds = date * 86_400 + hour * 3600 + minute * 60 + second - offset
    }

    private static func offset(_ zone: String) -> Int64? {
        if zone == "Z" { return 0 }
        let parts = zone.dropFirst().split(separator: ":").compactMap { Int64($0) }
        guard parts.count == 2, zone.hasPrefix("+") || zone.hasPrefix("-") else { return nil }
        return (zone.hasPrefix("-") ? -1 : 1) * (parts[0] * 3600 + parts[1] * 60)
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}
