internal import Messages
internal import Runs

/// The upper half of the page, what an administrator reads first: how it ended, what is wrong and what to do, how long
/// the application stood still.
struct HTMLSummary {
    let report: Report
    let words: HTMLWords

    var sections: HTML {
        """
        \(header)
        \(findings(.error, heading: .errors))
        \(findings(.warning, heading: .warnings))
        <div class="card">
        \(figures)
        \(facts)
        </div>
        """
    }

    // MARK: Headline

    private var header: HTML {
        """
        <header class="\(report.outcome.rawValue)">
        <p class="brand">Remanso <span>\(words.label(.report))</span></p>
        <p class="state">\(symbol)<span class="unseen">\(words.label(.outcome)): </span>\
        \(words.title(.outcome(report.outcome)))</p>
        \(headline)
        \(place)
        </header>
        """
    }

    /// A shape besides the colour, for who cannot tell green from red.
    private var symbol: HTML {
        let path =
            switch report.outcome {
            case .succeeded: "M4 8.5l2.7 2.7L12 5.5"
            case .degraded: "M8 3.5v5.5M8 11.8v.2"
            case .failed: "M4.7 4.7l6.6 6.6M11.3 4.7l-6.6 6.6"
            }
        return """
            <svg class="symbol" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="\(path)"/></svg>
            """
    }

    private var headline: HTML {
        if report.rehearsal, report.outcome != .failed {
            let pause = words.duration(report.pauseMs.application), freeze = words.duration(report.pauseMs.freeze)
            return "<h1 class=\"sentence\">\(words.text(.rehearsed(pause: pause, freeze: freeze)))</h1>"
        }
        guard report.outcome != .failed else { return "<h1>\(words.text(.backupFailed))</h1>" }
        return """
            <h1>\(words.title(.level(report.consistency)))</h1>
            <p class="lead">\(words.text(.levelExplained(report.consistency)))</p>
            """
    }

    private var place: HTML {
        let parts: [(Label, String)] = [(.host, report.host), (.started, words.time(report.startedAt))]
        let list = parts.filter { !$0.1.isEmpty }.map { label, value -> HTML in
            "<div><dt class=\"unseen\">\(words.label(label))</dt><dd>\(value)</dd></div>"
        }
        return list.isEmpty ? "" : "<dl class=\"place\">\n\(list)</dl>"
    }

    // MARK: Errors and warnings

    private func findings(_ severity: Severity, heading: Label) -> HTML {
        let entries = report.errors.filter { $0.severity == severity }
        if entries.isEmpty { return "" }
        return """
            <section class="findings \(severity.rawValue)" aria-labelledby="\(heading.rawValue)">
            <h2 id="\(heading.rawValue)">\(words.label(heading))</h2>
            \(entries.map(finding))
            </section>
            """
    }

    private func finding(_ entry: Report.Entry) -> HTML {
        """
        <article>
        <h3><span class="code">\(entry.code)</span> <span class="aside">\(entry.number)\(phase(of: entry))</span></h3>
        <p>\(.prose(entry.message))</p>
        \(subject(of: entry))<p class="action"><b>\(words.label(.action))</b> \(.prose(entry.action))</p>
        </article>
        """
    }

    private func phase(of entry: Report.Entry) -> String {
        let name = PhaseName(rawValue: entry.phase).map { words.text(.phase($0)) } ?? entry.phase
        return name.isEmpty ? "" : " · " + name
    }

    /// Most messages name what they are about.
    private func subject(of entry: Report.Entry) -> HTML {
        guard let subject = entry.subject, !subject.isEmpty, !entry.message.contains(subject) else { return "" }
        return "<p class=\"path\">\(subject)</p>"
    }

    // MARK: Figures

    private var figures: HTML {
        var tiles: [HTML] = []
        if HTMLTimeline.pause(of: report) != nil {
            tiles.append(tile(.pause, words.duration(report.pauseMs.application), isKey: true))
        }
        if report.pauseMs.freeze > 0 {
            tiles.append(tile(.freeze, words.duration(report.pauseMs.freeze), isKey: true))
        } else if HTMLTimeline.hasSnapshot(report) {
            tiles.append(tile(.freeze, words.title(.notFrozen)))
        }
        if let duration = HTMLTimeline.duration(of: report) {
            tiles.append(tile(.duration, words.duration(duration)))
        }
        if !report.rehearsal, !report.volumes.isEmpty {
            tiles.append(tile(.read, words.bytes(total(\.bytesRead))))
            tiles.append(tile(.stored, words.bytes(total(\.bytesStored))))
        }
        tiles.append(tile(.attempts, "\(report.attempts)"))
        return "<dl class=\"figures\">\n\(tiles)</dl>"
    }

    private func tile(_ label: Label, _ value: String, isKey: Bool = false) -> HTML {
        "<div class=\"\(isKey ? "key" : "plain")\"><dt>\(words.label(label))</dt><dd>\(value)</dd></div>"
    }

    private func total(_ amount: KeyPath<Report.Volume, UInt64>) -> UInt64 {
        report.volumes.reduce(0) { sum, volume in
            let (result, isOver) = sum.addingReportingOverflow(volume[keyPath: amount])
            return isOver ? .max : result
        }
    }

    private var facts: HTML {
        var rows: [(Label, String)] = [
            (.recoveryPoint, report.recoveryPoint ?? ""),
            (.applications, report.applications.joined(separator: ", ")),
            (.finished, words.time(report.finishedAt)),
            (.vault, report.vault?.repository ?? ""),
        ]
        if report.rehearsal, report.outcome != .failed {
            rows.append((.level, words.text(.level(report.consistency))))
        }
        rows.removeAll { $0.1.isEmpty }
        let list = rows.map { row -> HTML in "<div><dt>\(words.label(row.0))</dt><dd>\(row.1)</dd></div>" }
        return list.isEmpty ? "" : "<dl class=\"facts\">\n\(list)</dl>"
    }
}
