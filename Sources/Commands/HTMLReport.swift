internal import Glibc
internal import Linux
internal import Messages
internal import Runs

/// A report as one page that needs nothing but itself: no script, no font, no picture from elsewhere. It can be mailed,
/// archived and printed.
enum HTMLReport {
    /// The page.
    static func page(_ report: Report, _ drill: HTMLDrill? = nil, in language: Language) -> String {
        let words = HTMLWords(language: language)
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(title(report, words))</title>
            <style>\(HTMLStyle.sheet)</style>
            </head>
            <body>
            <main>
            \(HTMLSummary(report: report, words: words).sections)
            \(drill?.section ?? "")
            \(HTMLTimeline(report: report, words: words).sections)
            \(HTMLDetails(report: report, words: words).sections)
            </main>
            <footer>Remanso \(report.version)</footer>
            </body>
            </html>

            """
        return page.source
    }

    /// Writes the page for its owner alone: the output of scripts may be confidential.
    /// - Throws: `.cannotWrite`.
    static func write(_ report: Report, _ drill: HTMLDrill? = nil, to path: String, in language: Language)
        throws(Failure)
    {
        let bytes = Array(page(report, drill, in: language).utf8)
        do throws(SystemError) {
            if isSpecial(path) {
                try Descriptor.open(path, O_WRONLY | O_NOCTTY).writeAll(bytes)
            } else {
                try Files.replace(path, with: bytes, mode: 0o600)
            }
        } catch {
            throw Failure(.cannotWrite(path: path, reason: error.reason))
        }
    }

    /// Whether the path is a device, a pipe or one of the names of an open file, such as `/dev/stdout`: root could replace
    /// even those by a file, to the harm of the whole machine.
    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT != S_IFREG || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
    }

    private static func title(_ report: Report, _ words: HTMLWords) -> String {
        let parts = ["Remanso", report.host, words.minute(report.startedAt), words.text(.outcome(report.outcome))]
        return parts.filter { !$0.isEmpty }.joined(separator: " – ")
    }
}

/// The words and figures of a page in its language.
struct HTMLWords {
    let language: Language

    func text(_ phrase: Phrase) -> String { phrase.text(in: language) }

    func label(_ label: Label) -> String { text(.label(label)) }

    /// With a capital, as a title begins.
    func title(_ phrase: Phrase) -> String {
        let text = text(phrase)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// `9.8 ms`, in Spanish `9,8 ms`; never broken between number and unit.
    func duration(_ milliseconds: Double) -> String {
        let value = Self.sound(milliseconds)
        let isTiny = value > 0 && value < 0.05
        return unbroken((isTiny ? "< " : "") + Figures.duration(isTiny ? 0.1 : value, in: language))
    }

    /// `3.4 MiB`, in Spanish `3,4 MiB`.
    func bytes(_ count: UInt64) -> String { unbroken(Figures.bytes(count, in: language)) }

    private func unbroken(_ figure: String) -> String { figure.replacing(" ", with: "\u{A0}") }

    /// `2026-11-21 10:15:00 UTC`; empty when there is no time.
    func time(_ iso: String) -> String {
        iso.isEmpty ? "" : iso.prefix(19).replacing("T", with: " ") + " UTC"
    }

    /// `2026-11-21 10:15`.
    func minute(_ iso: String) -> String { Timestamp.minute(iso) }

    /// A time that can be drawn and printed; a report that was read back may hold anything.
    static func sound(_ milliseconds: Double) -> Double {
        milliseconds.isFinite ? min(max(milliseconds, 0), 1e12) : 0
    }
}
