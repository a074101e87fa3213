internal import Messages
internal import Runs

/// A picture of phases as bars on a common scale. Across, it is measured in percent of the width that there is, so that
/// its letters keep their size on a phone.
struct HTMLChart {
    /// A stretch of time that is marked behind the bars.
    struct Band {
        let window: ClosedRange<Double>
        let label: Label
        /// What its label says, in milliseconds.
        let duration: Double
    }

    /// Makes the identifiers within the page unique.
    let name: String
    let heading: Label?
    /// Milliseconds from the start of the run: what the width shows.
    let window: ClosedRange<Double>
    let entries: [Report.TimelineEntry]
    let band: Band?
    let words: HTMLWords

    private static let laneHeight = 36.0
    private static let barHeight = 12.0
    private var top: Double { band == nil ? 4 : 26 }
    private var bottom: Double { top + Double(entries.count) * Self.laneHeight }

    var figure: HTML {
        let title: HTML = heading.map { "<figcaption><h3>\(words.label($0))</h3></figcaption>" } ?? ""
        return """
            <figure>
            \(title)
            <div class="chart">
            <svg role="img" aria-labelledby="\(name)-title" aria-describedby="\(name)-description" width="100%" \
            height="\(bottom + 26)">
            <title id="\(name)-title">\(words.label(heading ?? .timeline))</title>
            <desc id="\(name)-description">\(description)</desc>
            \(scale.ticks.map(grid))
            \(bandBehind)
            \(entries.enumerated().map { lane($0.element, number: $0.offset) })
            </svg>
            </div>
            </figure>
            """
    }

    /// The picture in words.
    private var description: String {
        var parts = entries.map { entry in
            let phase = words.text(.phase(entry.phase)), outcome = words.text(.stepOutcome(entry.outcome))
            return "\(phase): \(words.duration(entry.durationMs)), \(outcome)"
        }
        if let band { parts.append("\(words.label(band.label)): \(words.duration(band.duration))") }
        return parts.joined(separator: "; ")
    }

    // MARK: Across

    private var scale: HTMLScale { HTMLScale(length: window.length) }

    /// Where a moment stands, in percent of the width.
    private func position(_ moment: Double) -> Double {
        window.length > 0 ? min(max((moment - window.lowerBound) / window.length * 100, 0), 100) : 0
    }

    /// Keeps a text at the edge inside.
    private func anchor(_ position: Double, edge: Double) -> String {
        position < edge ? "start" : position > 100 - edge ? "end" : "middle"
    }

    // MARK: Parts

    private func grid(_ tick: HTMLScale.Tick) -> HTML {
        let place = position(window.lowerBound + tick.moment)
        let label = tick.label.replacing(".", with: words.language.decimalSeparator)
        return """
            <line class="grid" x1="\(place)%" x2="\(place)%" y1="\(top)" y2="\(bottom)"/>\
            <text class="tick" x="\(place)%" y="\(bottom + 18)">\(label)</text>
            """
    }

    private var bandBehind: HTML {
        guard let band else { return "" }
        let from = position(band.window.lowerBound), to = position(band.window.upperBound)
        let middle = (from + to) / 2
        let anchor = anchor(middle, edge: 22)
        let place = anchor == "start" ? from : anchor == "end" ? to : middle
        return """
            <g class="\(band.label == .pause ? "script" : "still")">
            <rect class="band" x="\(from)%" y="\(top - 4)" width="\(to - from)%" height="\(bottom - top + 4)"/>
            <text class="mark" x="\(place)%" y="14" text-anchor="\(anchor)">\(words.label(band.label)) \
            \(words.duration(band.duration))</text>
            </g>
            """
    }

    /// The bar of a phase, with its name and duration above it; the style moves them beside it where there is room.
    private func lane(_ entry: Report.TimelineEntry, number: Int) -> HTML {
        let y = top + Double(number) * Self.laneHeight
        let from = position(HTMLWords.sound(entry.startMs)), to = position(entry.end)
        let mark = entry.outcome == .failed ? "✕ " : ""
        return """
            <g class="\(kind(entry))">
            <text class="name" x="0" y="\(y + 12)">\(mark)\(words.text(.phase(entry.phase)))</text>
            <text class="value" x="100%" y="\(y + 12)">\(words.duration(entry.durationMs))</text>
            <rect class="bar" x="\(from)%" y="\(y + 18)" width="\(to - from)%" height="\(Self.barHeight)"/>
            </g>
            """
    }

    private func kind(_ entry: Report.TimelineEntry) -> String {
        if entry.outcome == .failed { return "failed" }
        return switch entry.phase {
        case .preScript, .quiesce, .resume, .postScript: "script"
        case .freeze, .snapshot, .thaw: "still"
        case .preflight, .prepare, .copy, .store, .release: "work"
        }
    }
}

/// The ticks of a scale, at round numbers of a unit that fits.
struct HTMLScale {
    struct Tick: Equatable {
        /// Milliseconds from the start of the scale.
        let moment: Double
        let label: String
    }

    /// Milliseconds.
    let length: Double

    /// At most six, from zero.
    var ticks: [Tick] {
        guard length > 0 else { return [Tick(moment: 0, label: "0 \(unit.name)")] }
        let step = Self.step(atLeast: length / unit.milliseconds / 5)
        let count = Int((length / unit.milliseconds / step + 1e-9).rounded(.down))
        return (0...count).map { number in
            let value = Double(number) * step
            return Tick(moment: value * unit.milliseconds, label: "\(HTML.number(value)) \(unit.name)")
        }
    }

    private var unit: (name: String, milliseconds: Double) {
        switch length {
        case ..<2000: ("ms", 1)
        case ..<300_000: ("s", 1000)
        case ..<10_800_000: ("min", 60_000)
        default: ("h", 3_600_000)
        }
    }

    /// The next of 1, 2, 5, 10, 20, 50… and of their tenths.
    private static func step(atLeast least: Double) -> Double {
        var power = 0.001
        while power < 1e12 {
            for factor in [1.0, 2, 5] where power * factor >= least { return power * factor }
            power *= 10
        }
        return power
    }
}
