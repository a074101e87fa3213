internal import Drills
internal import Messages
internal import Runs

/// The part of the page that shows what a drill has proven or refuted.
struct HTMLDrill {
    let evidence: DrillEvidence
    /// Whether the recovery point claims what the drill has refuted.
    let isRefuted: Bool
    let words: HTMLWords

    var section: HTML {
        let opening: HTML =
            evidence.outcome == .failed
            ? "<section class=\"findings error\" aria-labelledby=\"drill\">" : "<section aria-labelledby=\"drill\">"
        let claim: HTML = isRefuted ? "<p class=\"action\"><b>\(words.text(.claimNotKept))</b></p>" : ""
        return """
            \(opening)
            <h2 id="drill">\(words.label(.drill))</h2>
            <p>\(DrillScreen.sentence(evidence, words.language)) <span class="aside">\(words.time(evidence.finishedAt))\
             · \(evidence.host)</span></p>
            \(claim)
            \(evidence.errors.map(finding))
            \(evidence.volumes.filter { $0.check != nil }.map(volume))
            \(evidence.applications.map(application))
            </section>
            """
    }

    private func finding(_ entry: Report.Entry) -> HTML {
        """
        <article>
        <h3><span class="code">\(entry.code)</span> <span class="aside">\(entry.number)</span></h3>
        <p>\(.prose(entry.message))</p>
        <p class="action"><b>\(words.label(.action))</b> \(.prose(entry.action))</p>
        </article>
        """
    }

    private func volume(_ volume: DrillEvidence.Volume) -> HTML {
        details(
            "\(words.label(.volume)) \(volume.mountPoint)", volume.check ?? "", volume.outcome,
            ending: words.duration(volume.durationMs), texts: [(words.label(.check), volume.output)])
    }

    private func application(_ one: DrillEvidence.Application) -> HTML {
        let head = [one.type, one.version].filter { !$0.isEmpty }.joined(separator: " ")
        let answered = one.answeredMs.map { "\(words.label(.answered)) \(words.duration($0))" } ?? ""
        var texts: [(String, String)] = [
            (words.label(.program), ([one.program] + one.arguments).joined(separator: " ")),
            (words.label(.namespaces), one.namespaces.joined(separator: " ")),
        ]
        texts += one.checks.map { ("\($0.name) (\(words.duration($0.durationMs)))", $0.output) }
        if let probe = one.probe { texts.append(("\(words.label(.probe)): \(probe.asked)", probe.found)) }
        texts.append((words.label(.log), one.log))
        return details(one.name, head, one.outcome, ending: answered, texts: texts)
    }

    /// Open where something went wrong: that is what its reader looks for.
    private func details(
        _ name: String, _ aside: String, _ outcome: DrillEvidence.Outcome, ending: String, texts: [(String, String)]
    ) -> HTML {
        let hasFailed = outcome == .failed || outcome == .impossible
        let opening: HTML = hasFailed ? "<details class=\"failed\" open>" : "<details>"
        let streams = texts.map { title, text -> HTML in
            let body: HTML =
                text.isEmpty ? "" : "<pre tabindex=\"0\" role=\"region\" aria-label=\"\(title)\">\(.output(text))</pre>"
            return "<h4>\(title)</h4>\n\(body)"
        }
        return """
            \(opening)
            <summary><h3>\(name)</h3> <span class="aside">\(aside)</span>
            <span class="ending"><span class="time">\(ending)</span></span>
            </summary>
            <div class="streams">
            \(streams)
            </div>
            </details>
            """
    }
}
