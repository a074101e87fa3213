internal import Applications
internal import Messages
internal import Runs
internal import Scripts

/// The lower half of the page: the volumes, and what the scripts wrote.
struct HTMLDetails {
    let report: Report
    let words: HTMLWords

    var sections: HTML { "\(volumes)\n\(applications)\n\(scripts)" }

    // MARK: Volumes

    /// The roles repeat what the elements say, because the style that stacks the cells on a phone would take it away.
    private var volumes: HTML {
        if report.volumes.isEmpty { return "" }
        let head = headings.map { label -> HTML in
            "<th scope=\"col\" role=\"columnheader\">\(words.label(label))</th>"
        }
        return """
            <section aria-labelledby="volumes">
            <h2 id="volumes">\(words.label(.volumes))</h2>
            <table role="table" aria-labelledby="volumes">
            <thead role="rowgroup"><tr role="row">
            \(head)</tr></thead>
            <tbody role="rowgroup">
            \(report.volumes.map(row))</tbody>
            </table>
            </section>
            """
    }

    private var headings: [Label] {
        [.volume, .provider, .level, .freeze] + (report.rehearsal ? [] : [.read, .stored])
    }

    private func row(_ volume: Report.Volume) -> HTML {
        let source = [volume.filesystem, volume.device].filter { !$0.isEmpty }.joined(separator: " · ")
        let image = ReportScreen.imagePhrases(volume, words.language).map { phrase -> HTML in
            "<span class=\"aside\">\(words.text(phrase))</span>"
        }
        let freeze = volume.frozen ? words.duration(volume.freezeMs) : words.text(.notFrozen)
        var cells = [
            cell(.provider, volume.provider),
            cell(.level, words.text(.level(volume.consistency))),
            cell(.freeze, freeze, isNumber: true),
        ]
        if !report.rehearsal {
            cells.append(cell(.read, words.bytes(volume.bytesRead), isNumber: true))
            cells.append(cell(.stored, words.bytes(volume.bytesStored), isNumber: true))
        }
        return """
            <tr role="row">
            <th scope="row" role="rowheader">\(volume.mountPoint)<span class="aside">\(source)</span>\(image)</th>
            \(cells)</tr>
            """
    }

    private func cell(_ label: Label, _ value: String, isNumber: Bool = false) -> HTML {
        let kind = isNumber ? "number" : "word"
        return "<td role=\"cell\" class=\"\(kind)\" data-label=\"\(words.label(label))\">\(value)</td>"
    }

    // MARK: Applications

    private var applications: HTML {
        if report.adapters.isEmpty { return "" }
        let rows = report.adapters.map { one -> HTML in
            let facts = [one.type, one.version].filter { !$0.isEmpty }.joined(separator: " ")
            let held = words.text(ReportScreen.heldPhrase(one, words.language))
            let steps = one.steps.map { step -> HTML in
                "<span class=\"aside\">\(step.action): \(words.duration(step.durationMs))</span>"
            }
            return "<li>\(one.name): \(facts), \(held)\(steps)</li>\n"
        }
        return """
            <section aria-labelledby="applications">
            <h2 id="applications">\(words.label(.applications))</h2>
            <ul>
            \(rows)</ul>
            </section>
            """
    }

    // MARK: Scripts

    private var scripts: HTML {
        let pre = attempts(report.scripts.pre.attempts, .preScript)
        let post = attempts(report.scripts.post.attempts, .postScript)
        if pre.isEmpty && post.isEmpty { return "" }
        return """
            <section aria-labelledby="scripts">
            <h2 id="scripts">\(words.label(.scriptOutput))</h2>
            \(pre + post)</section>
            """
    }

    private func attempts(_ attempts: [ScriptAttempt], _ phase: PhaseName) -> [HTML] {
        var seen: [String: Int] = [:]
        return attempts.map { attempt in
            seen[attempt.plugin, default: 0] += 1
            var name = [attempt.plugin].filter { !$0.isEmpty }
            if attempts.count(where: { $0.plugin == attempt.plugin }) > 1 {
                name.append("\(words.label(.attempt).lowercased()) \(seen[attempt.plugin, default: 1])")
            }
            return details(attempt, phase, name: name.joined(separator: " · "))
        }
    }

    /// Open where the script failed: that is what its reader looks for.
    private func details(_ attempt: ScriptAttempt, _ phase: PhaseName, name: String) -> HTML {
        let hasFailed = attempt.exitCode != 0 || attempt.timedOut
        let opening: HTML = hasFailed ? "<details class=\"failed\" open>" : "<details>"
        return """
            \(opening)
            <summary><h3>\(words.title(.phase(phase)))</h3> <span class="aside">\(name)</span>
            <span class="ending">\(ending(attempt)) <span class="time">\(words.duration(attempt.durationMs))</span></span>
            </summary>
            <div class="streams">
            \(streams(attempt))
            </div>
            </details>
            """
    }

    private func ending(_ attempt: ScriptAttempt) -> String {
        var parts: [String] = []
        if attempt.timedOut { parts.append(words.label(.timedOut)) }
        if let code = attempt.exitCode {
            parts.append("\(words.label(.exitStatus)) \(code)")
        } else if let signal = attempt.signal {
            parts.append("\(words.label(.signal)) \(signal)")
        } else if !attempt.timedOut {
            parts.append(words.label(.notStarted))
        }
        return parts.joined(separator: " · ")
    }

    private func streams(_ attempt: ScriptAttempt) -> HTML {
        if attempt.stdout.isEmpty && attempt.stderr.isEmpty {
            return "<p class=\"note\">\(words.text(.noOutput))</p>"
        }
        let note: HTML = attempt.truncated ? "<p class=\"note\">\(words.text(.outputTruncated))</p>" : ""
        return "\(note)\(stream(.standardOutput, attempt.stdout))\(stream(.standardError, attempt.stderr))"
    }

    private func stream(_ label: Label, _ text: String) -> HTML {
        if text.isEmpty { return "" }
        let name = words.label(label)
        return "<h4>\(name)</h4>\n<pre tabindex=\"0\" role=\"region\" aria-label=\"\(name)\">\(.output(text))</pre>\n"
    }
}
