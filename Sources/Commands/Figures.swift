internal import Messages

/// Numbers as people read them.
enum Figures {
    /// `12.3 ms`, `4.1 s`, `3 min 5 s`.
    static func duration(_ milliseconds: Double, in language: Language) -> String {
        if milliseconds < 1000 { return "\(decimal(milliseconds, in: language)) ms" }
        if milliseconds < 60_000 { return "\(decimal(milliseconds / 1000, in: language)) s" }
        let seconds = Int(milliseconds / 1000)
        return "\(seconds / 60) min \(seconds % 60) s"
    }

    /// `512 B`, `3.4 MiB`.
    static func bytes(_ count: UInt64, in language: Language) -> String {
        if count < 1024 { return "\(count) B" }
        var value = Double(count)
        var unit = -1
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value, in: language)) \(units[unit])"
    }

    /// One digit after the decimal separator.
    static func decimal(_ value: Double, in language: Language) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10)\(language.decimalSeparator)\(abs(tenths % 10))"
    }
}
