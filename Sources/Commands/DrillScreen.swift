internal import Drills
internal import Messages
internal import Runs
internal import Vault

/// A drill for people: in one cell of a table, and whole.
enum DrillScreen {
    /// `proven 2026-11-21, answered in 4.1 s`.
    static func cell(_ point: RecoveryPoint, in language: Language) -> String {
        guard let mark = point.drill?.mark else { return Phrase.notDrilled.text(in: language) }
        return phrase(mark, in: language).text(in: language)
    }

    private static func phrase(_ mark: DrillMark, in language: Language) -> Phrase {
        let date = String(mark.time.prefix(10))
        switch mark.result {
        case .proven:
            return .proven(date: date, answered: mark.answeredMs.map { Figures.duration($0, in: language) })
        case .failed:
            let reason = [mark.application, mark.fault].compactMap { $0 }.joined(separator: ", ")
            return .failedDrill(date: date, reason: reason)
        case .checked: return .checkedOnly(date: date)
        }
    }

    /// Whether a recovery point claims what its drill has refuted.
    static func isRefuted(_ point: RecoveryPoint) -> Bool {
        point.level == .application && point.drill?.mark.result == .failed
    }

    /// The evidence whole.
    static func lines(_ evidence: DrillEvidence, in language: Language) -> [String] {
        var lines = evidence.volumes.flatMap { volume($0, language) }
        lines += evidence.applications.flatMap { application($0, language) }
        lines += evidence.errors.map { FindingText.text($0, in: language) }
        if !lines.isEmpty { lines.append("") }
        lines.append(conclusion(evidence, language))
        return lines
    }

    private static func conclusion(_ evidence: DrillEvidence, _ language: Language) -> String {
        let text = sentence(evidence, language)
        return evidence.outcome == .failed ? Terminal.red(text) : text
    }

    /// The whole in one sentence; what could not be carried out has its error.
    static func sentence(_ evidence: DrillEvidence, _ language: Language) -> String {
        let id = evidence.recoveryPoint
        switch evidence.outcome {
        case .proven: return Phrase.drillProven(recoveryPoint: id).text(in: language)
        case .failed: return Phrase.drillFailed(recoveryPoint: id).text(in: language)
        case .checked: return Phrase.drillChecked(recoveryPoint: id).text(in: language)
        case .impossible: return "\(id): \(Phrase.notDrilled.text(in: language))"
        }
    }

    private static func label(_ label: Label, _ language: Language) -> String {
        Columns.padded(Phrase.label(label).text(in: language), 26)
    }

    private static func volume(_ volume: DrillEvidence.Volume, _ language: Language) -> [String] {
        guard let check = volume.check else { return [] }
        let time = Figures.duration(volume.durationMs, in: language)
        return [label(.volume, language) + "\(volume.mountPoint)  \(check), \(mark(volume.outcome, language)), \(time)"]
            + (volume.outcome == .failed ? output(volume.output) : [])
    }

    private static func application(_ one: DrillEvidence.Application, _ language: Language) -> [String] {
        var lines = [label(.drill, language) + "\(one.name) (\(one.type)) \(one.version)"]
        if !one.program.isEmpty {
            lines.append(label(.program, language) + ([one.program] + one.arguments).joined(separator: " "))
            lines.append(label(.user, language) + "\(one.user):\(one.group)")
        }
        if !one.namespaces.isEmpty {
            lines.append(label(.namespaces, language) + one.namespaces.joined(separator: " "))
        }
        if let time = one.answeredMs { lines.append(label(.answered, language) + Figures.duration(time, in: language)) }
        for check in one.checks {
            let time = Figures.duration(check.durationMs, in: language)
            lines.append(label(.check, language) + "\(check.name), \(mark(check.outcome, language)), \(time)")
            if check.outcome != .proven { lines += output(check.output) }
        }
        if let probe = one.probe {
            lines.append(label(.probe, language) + "\(probe.asked)  \(mark(probe.outcome, language)): \(probe.found)")
        }
        if one.outcome == .failed, !one.log.isEmpty { lines += [label(.log, language)] + output(one.log) }
        return lines
    }

    private static func mark(_ outcome: DrillEvidence.Outcome, _ language: Language) -> String {
        Phrase.stepOutcome(outcome == .failed ? .failed : outcome == .impossible ? .skipped : .ok).text(in: language)
    }

    private static func output(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).suffix(20).map { "    | " + $0 }
    }
}
