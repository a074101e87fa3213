internal import Yams

/// A scalar without quotes and without a tag, which YAML takes for a number, a truth value or nothing at all when it
/// looks like one.
struct Plain {
    let text: String

    /// `nil` for a text in quotes or with a tag.
    init?(_ scalar: Node.Scalar) {
        guard scalar.style == .plain, scalar.tag.rawValue.isEmpty else { return nil }
        text = scalar.string
    }

    /// Decimal and without a leading zero, which would be octal to some and decimal to others.
    var isInteger: Bool {
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        return isDigits(digits) && (digits == "0" || !digits.hasPrefix("0"))
    }

    /// What YAML takes for no value at all.
    var isNothing: Bool { ["", "~", "null"].contains(text.lowercased()) }

    var isText: Bool {
        let word = text.lowercased()
        return !["", "~", "null", "true", "false", "yes", "no", "on", "off"].contains(word) && Double(text) == nil
    }
}

/// A number with a unit: `500ms`, `10s`, `1.5m`, `1h`.
enum WrittenDuration: Equatable {
    case seconds(Double)
    case withoutUnit

    /// `nil` for anything else.
    init?(_ text: String) {
        let sign = text.hasPrefix("-") ? -1.0 : 1
        let rest = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy(isDigits), let value = Double(number) else { return nil }
        switch rest[number.endIndex...] {
        case "": self = .withoutUnit
        case "ms": self = .seconds(sign * value / 1000)
        case "s": self = .seconds(sign * value)
        case "m": self = .seconds(sign * value * 60)
        case "h": self = .seconds(sign * value * 3600)
        default: return nil
        }
    }
}

private func isDigits(_ text: Substring) -> Bool {
    !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
}

/// A key below another one.
func dotted(_ path: String, _ key: String) -> String {
    path.isEmpty ? printable(key) : "\(path).\(printable(key))"
}

/// At most 80 characters, and none that would move a terminal's cursor.
func printable(_ text: String) -> String {
    var result = ""
    for (index, character) in text.enumerated() {
        if index == 80 { return result + "…" }
        for scalar in character.unicodeScalars.prefix(8) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
    return result
}
