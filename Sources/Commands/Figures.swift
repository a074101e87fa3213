internal import FoundationEssentials

/// Numbers as people read them.
enum Figures {
    /// `12.3 ms`, `4.1 s`, `3 min 5 s`.
    static func duration(_ milliseconds: Double) -> String {
        if milliseconds < 1000 { return "\(decimal(milliseconds)) ms" }
        if milliseconds < 60_000 { return "\(decimal(milliseconds / 1000)) s" }
        let seconds = Int(milliseconds / 1000)
        return "\(seconds / 60) min \(seconds % 60) s"
    }

    /// `512 B`, `3.4 MiB`.
    static func bytes(_ count: UInt64) -> String {
        if count < 1024 { return "\(count) B" }
        var value = Double(count)
        var unit = -1
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 1024 && unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(decimal(value)) \(units[unit])"
    }

    /// One digit after the point.
    static func decimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
