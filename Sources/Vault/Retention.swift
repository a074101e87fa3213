/// How many recovery points are kept, by the rules of `restic forget --keep-*`: each rule keeps the newest point of
/// each of the last so many days, weeks (ISO 8601), months or years that have one. Days are those of UTC. What any rule
/// keeps stays. Hosts and sets of volumes are counted apart.
public struct Retention: Sendable, Equatable {
    /// The newest ones.
    public var last: Int
    /// Days.
    public var daily: Int
    /// Weeks.
    public var weekly: Int
    /// Months.
    public var monthly: Int
    /// Years.
    public var yearly: Int

    /// A retention; without any number all is kept.
    public init(last: Int = 0, daily: Int = 0, weekly: Int = 0, monthly: Int = 0, yearly: Int = 0) {
        self.last = last
        self.daily = daily
        self.weekly = weekly
        self.monthly = monthly
        self.yearly = yearly
    }

    /// Decides for each point; both lists keep the order that they came in.
    public func split(_ points: [RecoveryPoint]) -> (kept: [RecoveryPoint], removed: [RecoveryPoint]) {
        struct Series: Hashable {
            let host: String
            let volumes: Set<String>
        }
        let series = Dictionary(grouping: points) { Series(host: $0.host, volumes: Set($0.volumes)) }
        let kept = series.values.reduce(into: Set<String>()) { $0.formUnion(keptIDs(of: $1)) }
        return (points.filter { kept.contains($0.id) }, points.filter { !kept.contains($0.id) })
    }

    private func keptIDs(of points: [RecoveryPoint]) -> Set<String> {
        // To keep nothing is never what an empty rule means.
        if self == Retention() { return Set(points.map(\.id)) }
        let sorted = points.sorted { ($0.timeSeconds, $0.id) > ($1.timeSeconds, $1.id) }
        var kept = Set(sorted.prefix(max(0, last)).map(\.id))
        kept.formUnion(newest(daily, in: sorted) { $0.day })
        kept.formUnion(newest(weekly, in: sorted) { $0.week })
        kept.formUnion(newest(monthly, in: sorted) { $0.date.year * 12 + $0.date.month })
        kept.formUnion(newest(yearly, in: sorted) { $0.date.year })
        return kept
    }

    /// The newest point of each of the last `count` spans that have one.
    private func newest(_ count: Int, in sorted: [RecoveryPoint], span: (CivilTime) -> Int64) -> [String] {
        var seen: Set<Int64> = []
        return sorted.filter { point in
            seen.count < count && seen.insert(span(CivilTime(seconds: point.timeSeconds))).inserted
        }.map(\.id)
    }
}
