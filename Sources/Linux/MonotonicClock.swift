internal import Glibc

/// A reading of the monotonic clock, which no change of the date moves.
public struct Instant: Sendable, Comparable {
    /// Nanoseconds since boot, without suspended time.
    public let nanoseconds: Int64

    /// From a stored reading in nanoseconds.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock now.
    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Milliseconds from `earlier` to here.
    public func milliseconds(since earlier: Instant) -> Double {
        Double(nanoseconds - earlier.nanoseconds) / 1e6
    }

    /// This instant moved by seconds.
    public func advanced(bySeconds seconds: Double) -> Instant {
        Instant(nanoseconds: nanoseconds + Int64(seconds * 1e9))
    }

    /// Milliseconds left for poll(2), rounded up; 0 when the instant has passed.
    public var millisecondsLeft: Int32 {
        let left = (nanoseconds - Instant.now.nanoseconds + 999_999) / 1_000_000
        return Int32(clamping: max(0, left))
    }

    /// By time.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}
