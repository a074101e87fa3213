internal import FoundationEssentials

/// What the report of a run says of its times.
struct Report: Decodable {
    struct Entry: Decodable {
        var phase: String
        var startMs: Double
        var durationMs: Double
    }
    struct Pause: Decodable {
        var application: Double
        var freeze: Double
    }
    var outcome: String
    var consistency: String
    var timeline: [Entry]
    var pauseMs: Pause

    /// - Throws: when the run did not reach the level that its scripts promise.
    init(_ ran: Ran) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(ran.output))
        guard ran.status == 0, outcome == "succeeded" else {
            throw BenchmarkError(
                "remanso ended with \(ran.status), \(outcome), \(consistency): "
                    + String(decoding: ran.output, as: UTF8.self))
        }
    }
}

/// The windows that the floor program measured.
struct Floor: Decodable {
    var windowMs: [Double]

    init(_ ran: Ran) throws {
        guard ran.status == 0 else { throw BenchmarkError("floor ended with \(ran.status)") }
        self = try JSONDecoder().decode(Floor.self, from: Data(ran.output))
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    if sorted.isEmpty { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// One line of the table.
struct Figure: Encodable {
    enum Unit: String, Encodable { case ms, MiB }
    /// A limit, and what it is held against.
    struct Target: Encodable {
        enum Kind: String, Encodable { case ratio, difference, value }
        var kind: Kind
        var limit: Double
    }

    var name: String
    var unit = Unit.ms
    var remanso: Double
    var floor: Double?
    var target: Target?
    /// Every single value, in the order of the rounds.
    var samples: [Double] = []
    var floorSamples: [Double] = []

    var ratio: Double? { floor.map { $0 > 0 ? remanso / $0 : 0 } }

    var isMet: Bool? {
        guard let target else { return nil }
        return switch target.kind {
        case .ratio: (ratio ?? .infinity) <= target.limit
        case .difference: remanso - (floor ?? 0) <= target.limit
        case .value: remanso <= target.limit
        }
    }

    private enum Key: CodingKey { case name, unit, remanso, floor, ratio, target, met, samples, floorSamples }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(unit, forKey: .unit)
        try container.encode(remanso, forKey: .remanso)
        try container.encodeIfPresent(floor, forKey: .floor)
        try container.encodeIfPresent(ratio, forKey: .ratio)
        try container.encodeIfPresent(target, forKey: .target)
        try container.encodeIfPresent(isMet, forKey: .met)
        try container.encode(samples, forKey: .samples)
        try container.encode(floorSamples, forKey: .floorSamples)
    }

    /// The cells of its line in the table.
    var cells: [String] {
        let limit =
            switch target?.kind {
            case .ratio: "≤ \(decimal(target?.limit, 1)) ×"
            case .difference: "≤ floor + \(decimal(target?.limit, 0)) \(unit)"
            case .value: "≤ \(decimal(target?.limit, 0)) \(unit)"
            case nil: "–"
            }
        return [
            name, "\(decimal(remanso, 1)) \(unit)", floor.map { "\(decimal($0, 1)) \(unit)" } ?? "–",
            ratio.map { "\(decimal($0, 2))" } ?? "–", limit, isMet.map { $0 ? "yes" : "NO" } ?? "–",
        ]
    }
}

private func decimal(_ value: Double?, _ digits: Int) -> String {
    let scale = digits == 2 ? 100 : digits == 1 ? 10 : 1
    let units = Int(((value ?? 0) * Double(scale)).rounded())
    let fraction = String(abs(units) % scale + scale).dropFirst()
    return (units < 0 ? "-" : "") + "\(abs(units) / scale)" + (digits > 0 ? "." + fraction : "")
}

/// The table as Markdown, its columns aligned.
func table(_ figures: [Figure]) -> String {
    let rows = [["figure", "remanso", "floor", "ratio", "target", "met"]] + figures.map(\.cells)
    let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
        "| " + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
            + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return ([line(rows[0]), rule] + rows.dropFirst().map(line)).joined(separator: "\n")
}
