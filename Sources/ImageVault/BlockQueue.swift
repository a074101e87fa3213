internal import Linux

/// Blocks that have to be looked at, handed out piece by piece.
struct BlockQueue {
    private var ranges: [Range<Int>]
    private var next = 0

    /// - Parameter ranges: in any order; they may overlap.
    init(_ ranges: [Range<Int>]) { self.ranges = Self.merged(ranges) }

    /// The next blocks, all side by side, at most `limit`; `nil` when none are left.
    mutating func take(_ limit: Int) -> Range<Int>? {
        guard next < ranges.count else { return nil }
        let range = ranges[next]
        let part = range.lowerBound..<min(range.upperBound, range.lowerBound + limit)
        ranges[next] = part.upperBound..<range.upperBound
        if ranges[next].isEmpty { next += 1 }
        return part
    }

    /// How many pieces there are at most.
    func pieceCount(_ limit: Int) -> Int { ranges.reduce(0) { $0 + ($1.count + limit - 1) / limit } }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}
