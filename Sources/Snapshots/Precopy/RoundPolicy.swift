/// When to stop reading a volume that goes on changing.
///
/// Each round reads what changed while the last one ran, so that rounds shrink as long as reading is faster than writing.
/// When they do not, a lull of the writers may come: some rounds more are made. After that what is left is read inside the
/// freeze if it fits into memory, however long that takes, and if not the image is given up.
struct RoundPolicy {
    /// What to do next.
    enum Step: Equatable {
        /// The rest is read inside the freeze.
        case freeze(exceedsBudget: Bool)
        /// Another round, after a pause in seconds.
        case again(pause: Double)
        /// Too much is left, and it does not get less.
        case giveUp
    }

    /// The most that can be read inside the freeze, in bytes.
    let limit: UInt64

    /// Rounds without progress that are made in the hope of a lull.
    static let patience = 6
    /// Between these, in seconds.
    static let pause = 0.25
    /// The most rounds, shrinking or not.
    static let most = 40

    /// So little that another round saves nothing, in bytes.
    static let little: UInt64 = 2 << 20

    private var best = UInt64.max
    private var previous = UInt64.max
    private var stalled = 0
    private var rounds = 0

    init(limit: UInt64) { self.limit = limit }

    /// - Parameters:
    ///   - left: bytes that changed while the last round ran.
    ///   - budget: bytes that can be read in the time that the freeze may take.
    mutating func next(left: UInt64, budget: UInt64) -> Step {
        rounds += 1
        defer { previous = left }
        if left <= min(budget, limit) {
            // As long as a round halves the rest it is worth its time.
            let isWorthIt = left > Self.little && left < previous / 2 && rounds < Self.most
            return isWorthIt ? .again(pause: 0) : .freeze(exceedsBudget: false)
        }
        if left < best / 5 * 4 {
            best = left
            stalled = 0
            if rounds < Self.most { return .again(pause: 0) }
        }
        stalled += 1
        if stalled <= Self.patience && rounds < Self.most { return .again(pause: stalled == 1 ? 0 : Self.pause) }
        // The freeze writes back what is still dirty then.
        return left <= limit / 4 * 3 ? .freeze(exceedsBudget: true) : .giveUp
    }
}
