internal import Linux
internal import Messages
internal import Runs
internal import Vault

/// Progress on standard error: a bar with rate and time left on a terminal, plain lines without one.
final class ProgressScreen: RunObserver {
    private let language: Language
    private let attempts: Int
    private let storeStart = Shared<Instant?>(nil)

    init(language: Language, attempts: Int = 1) {
        self.language = language
        self.attempts = attempts
    }

    func phaseStarted(_ phase: PhaseName) {
        // Nothing is written between freeze and thaw: the terminal may wait for a log on a frozen file system.
        switch phase {
        case .freeze, .snapshot, .thaw, .preScript, .quiesce, .resume, .postScript: return
        case .preflight, .prepare, .copy, .store, .release: break
        }
        storeStart.withLock { $0 = phase == .store || phase == .copy ? .now : nil }
        let line = Phrase.begins(phase).text(in: language)
        Terminal.step(line)
    }

    func stored(_ progress: StoreProgress) { show(progress.bytesDone, of: progress.bytesTotal ?? 0) }

    func willRetry(attempt: Int, afterSeconds seconds: Double) {
        let delay = Figures.duration(seconds * 1000, in: language)
        Terminal.note(Phrase.retrying(attempt: attempt, of: attempts, delay: delay).text(in: language))
    }

    /// A bar for data that moves.
    private func show(_ done: UInt64, of total: UInt64) {
        let start = storeStart.withLock { value in
            value = value ?? .now
            return value ?? .now
        }
        guard Terminal.hasProgressLine, total > 0 else { return }
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let seconds = Instant.now.milliseconds(since: start) / 1000
        var parts = ["\(bar) \(Int(share * 100)) %"]
        parts.append(
            Phrase.ofTotal(done: Figures.bytes(done, in: language), total: Figures.bytes(total, in: language)).text(
                in: language))
        if seconds > 0.5, done > 0 {
            let rate = Double(done) / seconds
            parts.append(Phrase.perSecond(Figures.bytes(UInt64(rate), in: language)).text(in: language))
            let left = Double(total - min(done, total)) / rate * 1000
            parts.append(Phrase.left(Figures.duration(left, in: language)).text(in: language))
        }
        Terminal.progress(parts.joined(separator: "  "))
    }

    func finish() { Terminal.clearProgress() }
}
