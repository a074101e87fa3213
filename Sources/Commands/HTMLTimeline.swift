internal import Messages
internal import Runs

/// The time line of a run in up to three pictures, each of which enlarges a part of the one before it: the whole run, the
/// pause of the application, and the freeze, if it would be too narrow to be seen in the pause.
struct HTMLTimeline {
    /// The part of a run in which the application stands still.
    struct Pause {
        let window: ClosedRange<Double>
        let entries: [Report.TimelineEntry]

        var hasScripts: Bool { entries.contains { $0.phase == .preScript || $0.phase == .postScript } }
    }

    let report: Report
    let words: HTMLWords

    private static let pausePhases: [PhaseName] = [
        .preScript, .quiesce, .freeze, .snapshot, .thaw, .copy, .resume, .postScript,
    ]
    private static let freezePhases: [PhaseName] = [.freeze, .snapshot, .thaw]

    /// `nil` when the run ended before it, or neither ran a script nor froze a volume.
    static func pause(of report: Report) -> Pause? {
        let carriedOut = carriedOut(report)
        // Without scripts, the copy after the thaw stops nobody.
        let phases = carriedOut.contains { $0.phase == .preScript } ? pausePhases : freezePhases
        let entries = carriedOut.filter { phases.contains($0.phase) }
        guard entries.contains(where: { $0.phase == .preScript || $0.phase == .freeze }) else { return nil }
        return window(of: entries).map { Pause(window: $0, entries: entries) }
    }

    /// Whether snapshots were taken, or tried.
    static func hasSnapshot(_ report: Report) -> Bool { carriedOut(report).contains { $0.phase == .snapshot } }

    /// Milliseconds from the start of the run to the end of its last phase.
    static func duration(of report: Report) -> Double? { window(of: carriedOut(report))?.upperBound }

    var sections: HTML {
        let entries = Self.carriedOut(report)
        guard let whole = Self.window(of: entries) else { return "" }
        let pause = Self.pause(of: report)
        var charts = [overview(entries, 0...whole.upperBound, pause)]
        if let pause {
            let freeze = enlargedFreeze(pause)
            // A rehearsal is hardly more than its pause: to show the same twice would help nobody.
            if freeze == nil || pause.window.length < whole.upperBound * 0.8 { charts.append(enlargedPause(pause)) }
            if let freeze { charts.append(freeze) }
        }
        return """
            <section class="timeline" aria-labelledby="timeline">
            <h2 id="timeline">\(words.label(.timeline))</h2>
            \(charts.map(\.figure))</section>
            """
    }

    // MARK: The pictures

    private func overview(
        _ entries: [Report.TimelineEntry], _ window: ClosedRange<Double>, _ pause: Pause?
    ) -> HTMLChart {
        let band = pause.map {
            HTMLChart.Band(
                window: $0.window, label: $0.hasScripts ? .pause : .freeze, duration: pauseDuration($0))
        }
        return HTMLChart(
            name: "run", heading: nil, window: window, entries: entries, band: band, words: words)
    }

    private func enlargedPause(_ pause: Pause) -> HTMLChart {
        HTMLChart(
            name: "pause", heading: pause.hasScripts ? .pauseEnlarged : .freezeEnlarged, window: pause.window,
            entries: pause.entries, band: freezeBand(pause), words: words)
    }

    private func enlargedFreeze(_ pause: Pause) -> HTMLChart? {
        let entries = pause.entries.filter { Self.freezePhases.contains($0.phase) }
        guard let band = freezeBand(pause), let window = Self.window(of: entries),
            window.length < pause.window.length * 0.15
        else { return nil }
        return HTMLChart(
            name: "freeze", heading: .freezeEnlarged, window: window, entries: entries, band: band,
            words: words)
    }

    private func pauseDuration(_ pause: Pause) -> Double {
        report.pauseMs.application > 0 ? report.pauseMs.application : pause.window.length
    }

    /// From FIFREEZE to FITHAW. The freeze phase writes back what is dirty before FIFREEZE, so the band is counted back
    /// from the end of the thaw; where the thaw failed, that end says nothing.
    private func freezeBand(_ pause: Pause) -> HTMLChart.Band? {
        let length = HTMLWords.sound(report.pauseMs.freeze)
        guard length > 0, let freeze = pause.entries.first(where: { $0.phase == .freeze }) else { return nil }
        let start = HTMLWords.sound(freeze.startMs)
        let thaw = pause.entries.last { $0.phase == .thaw && $0.outcome == .ok }
        let from = max(start, (thaw?.end ?? start + length) - length)
        let upper = min(from + length, pause.window.upperBound)
        return HTMLChart.Band(window: min(from, upper)...upper, label: .freeze, duration: length)
    }

    // MARK: Phases

    private static func carriedOut(_ report: Report) -> [Report.TimelineEntry] {
        report.timeline.filter { $0.outcome != .skipped }
    }

    private static func window(of entries: [Report.TimelineEntry]) -> ClosedRange<Double>? {
        guard let from = entries.map({ HTMLWords.sound($0.startMs) }).min(), let to = entries.map(\.end).max() else {
            return nil
        }
        return from...to
    }
}

extension Report.TimelineEntry {
    /// Milliseconds from the start of the run.
    var end: Double { HTMLWords.sound(startMs) + HTMLWords.sound(durationMs) }
}

extension ClosedRange<Double> {
    /// From the lower to the upper bound.
    var length: Double { upperBound - lowerBound }
}
