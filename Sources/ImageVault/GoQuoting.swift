/// Names in trees are quoted as Go's `strconv.Quote` does, without the quotes around them.
enum GoQuoting {
    /// What is no letter that can be printed is escaped; bytes that are no UTF-8 do not occur in a `String`.
    static func quote(_ name: String) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{7}": result += "\\a"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{B}": result += "\\v"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    result += "\\x" + hexadecimal(scalar.value, 2)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    private static func hexadecimal(_ value: UInt32, _ count: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }

    /// The bytes that a quoted name stands for.
    static func unquote(_ quoted: String) -> [UInt8] {
        guard quoted.utf8.contains(UInt8(ascii: "\\")) else { return Array(quoted.utf8) }
        var result: [UInt8] = []
        var rest = quoted.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "a"): result.append(0x07)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "v"): result.append(0x0B)
            case UInt8(ascii: "x"): result.append(UInt8(truncatingIfNeeded: take(2, 16, &rest)))
            case UInt8(ascii: "u"): result += utf8(take(4, 16, &rest))
            case UInt8(ascii: "U"): result += utf8(take(8, 16, &rest))
            case 0x30...0x37: result.append((letter - 0x30) << 6 | UInt8(truncatingIfNeeded: take(2, 8, &rest)))
            default: result.append(letter)
            }
        }
        return result
    }

    private static func take(_ count: Int, _ radix: Int, _ rest: inout Substring.UTF8View) -> UInt32 {
        let digits = rest.prefix(count)
        rest = rest.dropFirst(count)
        return UInt32(String(decoding: digits, as: UTF8.self), radix: radix) ?? 0xFFFD
    }

    private static func utf8(_ code: UInt32) -> [UInt8] { Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8) }
}
