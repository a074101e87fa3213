internal import Messages
internal import Runs

/// Findings as people read them: what, and what to do about it.
enum FindingText {
    /// Two lines: severity, code and message; the action.
    static func text(_ finding: Finding, in language: Language) -> String {
        text(Report.Entry(finding, in: language), in: language)
    }

    static func text(_ entry: Report.Entry, in language: Language) -> String {
        let severity = Phrase.severity(entry.severity).text(in: language)
        let head = "\(severity) \(entry.code) (\(entry.number)): \(entry.message)"
        let action = "\(Phrase.label(.action).text(in: language)): \(entry.action)"
        return Help.wrapped(head, width: Terminal.width) + "\n"
            + Help.wrapped(action, width: Terminal.width - 4).split(separator: "\n").map { "    " + $0 }.joined(
                separator: "\n")
    }
}
