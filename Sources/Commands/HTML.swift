/// A piece of a page. Only what is written in the source is taken as markup: every text that is put in by interpolation
/// is escaped, so that no path, message or output of a script can become a part of the page's structure.
struct HTML: ExpressibleByStringInterpolation, Sendable {
    /// The text of the page.
    private(set) var source = ""

    init(stringLiteral value: String) { source = value }

    init(stringInterpolation: Interpolation) { source = stringInterpolation.source }

    private init(source: String) { self.source = source }

    /// Literal parts as they are; the rest escaped.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var source = ""

        init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ literal: String) { source += literal }

        mutating func appendInterpolation(_ text: String) {
            source += HTML.escaped(text) { "\\u{\(HTML.hexadecimal($0))}" }
        }

        mutating func appendInterpolation(_ number: Int) { source += String(number) }

        mutating func appendInterpolation(_ number: Double) { source += HTML.number(number) }

        mutating func appendInterpolation(_ part: HTML) { source += part.source }

        mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { source += part.source + "\n" }
        }
    }

    /// What a script wrote: line ends and tabs as they are, other control characters marked.
    static func output(_ text: String) -> HTML {
        // A reader of HTML drops the first line end of `pre`.
        HTML(
            source: "\n"
                + escaped(text.replacing("\r\n", with: "\n"), keepsLines: true) {
                    "<span class=\"control\">\\u{\(hexadecimal($0))}</span>"
                })
    }

    /// A sentence of the catalogue, where commands stand between backquotes.
    static func prose(_ text: String) -> HTML {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        guard parts.count % 2 == 1 else { return "\(text)" }
        return parts.enumerated().reduce(into: "") { result, part in
            result = part.offset % 2 == 0 ? "\(result)\(part.element)" : "\(result)<code>\(part.element)</code>"
        }
    }

    /// At most four digits after the point and never an exponent, whatever the language of the page: for geometry.
    static func number(_ value: Double) -> String {
        let rounded = (value * 10_000).rounded() / 10_000
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? String(Int64(rounded)) : String(rounded)
    }

    /// Works on scalars, not characters: `<` with a combining mark behind it is one character, and still opens a tag.
    private static func escaped(
        _ text: String, keepsLines: Bool = false, hidden: (Unicode.Scalar) -> String
    ) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n" where keepsLines, "\t" where keepsLines: result.unicodeScalars.append(scalar)
            case _ where isHidden(scalar): result += hidden(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Characters that cannot be seen, or that reorder or hide others.
    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: true
        default: false
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        String(scalar.value, radix: 16, uppercase: true)
    }
}
