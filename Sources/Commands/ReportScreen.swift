internal import Applications
internal import Messages
internal import Runs
internal import Scripts

/// A report for people: one line a phase, the pause, the level, what was stored, each error with its action.
enum ReportScreen {
    static func show(_ report: Report, in language: Language, isVerbose: Bool) {
        Terminal.print(lines(report, in: language, isVerbose: isVerbose).joined(separator: "\n"))
    }

    static func lines(_ report: Report, in language: Language, isVerbose: Bool) -> [String] {
        var lines = report.timeline.filter { isVerbose || $0.outcome != .skipped }.map { phaseLine($0, language) }
        if report.outcome != .failed || report.rehearsal {
            lines.append("")
            lines += figures(report, language)
            lines += report.volumes.flatMap { [volumeLine($0, language)] + imageLines($0, language) }
            lines += report.adapters.map { applicationLine($0, language) }
        }
        if isVerbose || report.errors.contains(where: { $0.phase.hasSuffix("script") }) {
            lines += scriptLines(report, language)
        }
        if !report.errors.isEmpty { lines.append("") }
        lines += report.errors.map { FindingText.text($0, in: language) }
        lines.append("")
        lines.append(conclusion(report, language))
        return lines
    }

    private static func label(_ label: Label, _ language: Language) -> String { Phrase.label(label).text(in: language) }

    private static func phaseLine(_ entry: Report.TimelineEntry, _ language: Language) -> String {
        let name = Phrase.phase(entry.phase).text(in: language)
        let outcome = entry.outcome == .ok ? "" : "  " + Phrase.stepOutcome(entry.outcome).text(in: language)
        return Columns.padded(name, 18) + Columns.leftPadded(Figures.duration(entry.durationMs, in: language), 12)
            + outcome
    }

    private static func figures(_ report: Report, _ language: Language) -> [String] {
        var rows = [
            (label(.level, language), Phrase.level(report.consistency).text(in: language)),
            (label(.pause, language), Figures.duration(report.pauseMs.application, in: language)),
            (label(.freeze, language), Figures.duration(report.pauseMs.freeze, in: language)),
        ]
        if !report.rehearsal {
            let read = report.volumes.reduce(0) { $0 + $1.bytesRead }
            let stored = report.volumes.reduce(0) { $0 + $1.bytesStored }
            rows.append((label(.read, language), Figures.bytes(read, in: language)))
            rows.append((label(.stored, language), Figures.bytes(stored, in: language)))
            rows.append((label(.vault, language), report.vault?.repository ?? ""))
        }
        return rows.map { Columns.padded($0.0, 26) + $0.1 }
    }

    private static func volumeLine(_ volume: Report.Volume, _ language: Language) -> String {
        let level = Phrase.level(volume.consistency).text(in: language)
        let freeze =
            volume.frozen
            ? "\(label(.freeze, language).lowercased()) \(Figures.duration(volume.freezeMs, in: language))"
            : Phrase.notFrozen.text(in: language)
        return Columns.padded(label(.volume, language), 26)
            + "\(volume.mountPoint)  \(volume.filesystem), \(volume.provider), \(level), \(freeze)"
    }

    private static func applicationLine(_ application: ApplicationRecord, _ language: Language) -> String {
        let facts = [application.type, application.version].filter { !$0.isEmpty }.joined(separator: " ")
        return Columns.padded(label(.application, language), 26)
            + "\(application.name)  \(facts), \(heldPhrase(application, language).text(in: language))"
    }

    /// How long an application was at rest.
    static func heldPhrase(_ application: ApplicationRecord, _ language: Language) -> Phrase {
        application.wasHeld ? .held(duration: Figures.duration(application.heldMs, in: language)) : .notHeld
    }

    private static func imageLines(_ volume: Report.Volume, _ language: Language) -> [String] {
        imagePhrases(volume, language).map { Columns.padded("", 26) + $0.text(in: language) }
    }

    /// How a volume's image was made; nothing for a volume that is stored as files.
    static func imagePhrases(_ volume: Report.Volume, _ language: Language) -> [Phrase] {
        guard let image = volume.image else { return [] }
        let final = Figures.bytes(image.finalBytes, in: language)
        return [.imageRead(rounds: image.rounds.count, final: final)]
            + [image.reason].compactMap { $0 }.map { .readEverything(reason: $0) }
    }

    private static func scriptLines(_ report: Report, _ language: Language) -> [String] {
        let pre = report.scripts.pre.attempts.map { ("pre", $0) }
        let post = report.scripts.post.attempts.map { ("post", $0) }
        return (pre + post).flatMap { phase, attempt -> [String] in
            let ending =
                attempt.exitCode.map { "\(label(.exitStatus, language).lowercased()) \($0)" }
                ?? attempt.signal.map { "\(label(.signal, language).lowercased()) \($0)" } ?? ""
            let head = "\(phase) (\(attempt.plugin)): \(ending), \(Figures.duration(attempt.durationMs, in: language))"
            let output = (attempt.stdout + attempt.stderr).split(separator: "\n").suffix(20).map { "    | " + $0 }
            return [head] + output
        }
    }

    private static func conclusion(_ report: Report, _ language: Language) -> String {
        if report.rehearsal, report.outcome != .failed {
            let pause = Figures.duration(report.pauseMs.application, in: language),
                freeze = Figures.duration(report.pauseMs.freeze, in: language)
            return Phrase.rehearsed(pause: pause, freeze: freeze).text(in: language)
        }
        guard let id = report.recoveryPoint else { return Phrase.backupFailed.text(in: language) }
        return Phrase.backupMade(recoveryPoint: id, level: report.consistency).text(in: language)
            + "\n" + Phrase.levelExplained(report.consistency).text(in: language)
    }
}

/// Text in columns.
enum Columns {
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    static func leftPadded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// A table whose columns are as wide as their widest cell.
    static func table(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : padded(cell, widths[column] + 2)
            }
            return line
        }
    }
}
