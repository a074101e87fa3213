/// What the texts of both languages share: values made fit to be read and to be typed.
enum Wording {
    /// `text` on one line: line breaks and tabs become spaces; other control characters and those that reorder the
    /// line become visible escapes.
    static func printable(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t", "\r":
                result.append(" ")
            case _ where isHidden(scalar):
                result.append("\\u{\(String(scalar.value, radix: 16, uppercase: true))}")
            default:
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `text` as one word of a shell command.
    static func shell(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "/", ".", "_", "-", "+", "=", ":", ",", "@", "%": true
            default: false
            }
        }
        if plain, !text.isEmpty, !text.hasPrefix("-") { return text }
        if text.unicodeScalars.contains(where: isHidden) { return "$'\(escaped(text))'" }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// `text` without the full stop or space at its end, so that a sentence around it ends in exactly one.
    static func stripped(_ text: String) -> String {
        var text = text[...]
        while let last = text.last, last == "." || last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// `4.1 s`, in Spanish `4,1 s`; `41 ms` below a second.
    static func seconds(_ milliseconds: Double, in language: Language) -> String {
        guard milliseconds.isFinite, milliseconds >= 1000 else { return "\(Int(max(0, milliseconds))) ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return "\(tenths / 10)\(language.decimalSeparator)\(tenths % 10) s"
    }

    /// The last line of a text that is not blank, without its full stop; `nil` when there is none.
    static func lastLine(_ text: String) -> String? {
        let lines = text.split(whereSeparator: \.isNewline).map { stripped(String($0)) }
        return lines.last { !$0.isEmpty }
    }

    /// A signal's number with its name, such as `15 (SIGTERM)`.
    static func signal(_ number: Int32) -> String {
        guard let name = signals[number] else { return "\(number)" }
        return "\(number) (\(name))"
    }

    /// Whether a folder's mode, in octal, has the sticky bit, as `/tmp` has: taking rights away there breaks other
    /// programs.
    static func isSticky(_ mode: String) -> Bool {
        (Int(mode, radix: 8) ?? 0) & 0o1000 != 0
    }

    private static let signals: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
        10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU",
        25: "SIGXFSZ", 31: "SIGSYS",
    ]

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }

    /// For `$'…'` of the shell: one `\xNN` for each byte of a hidden character.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar == "'" || scalar == "\\" {
                result.append("\\")
                result.unicodeScalars.append(scalar)
            } else if isHidden(scalar) {
                for byte in String(scalar).utf8 {
                    let digits = String(byte, radix: 16)
                    result.append(digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)")
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
