internal import Messages

/// Reads JSON strictly (RFC 8259): no comments, no trailing commas, no key twice, no half of a surrogate pair.
struct JSONReader {
    /// Values nested deeper than this are refused, so that no file can exhaust the stack.
    static let maximalDepth = 64

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    private init(_ text: String) { bytes = Array(text.utf8) }

    /// Reads a text that holds one object and nothing else.
    static func object(_ text: String) throws(UnusableFile) -> JSONObject {
        var reader = JSONReader(text)
        reader.skipBlanks()
        guard reader.current == UInt8(ascii: "{") else { throw reader.syntaxError() }
        let object = try reader.readObject()
        reader.skipBlanks()
        if reader.current != nil { throw reader.syntaxError() }
        return object
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { index += 1 }
    }

    /// Moves past the character if it stands here.
    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(UnusableFile) {
        if !skip(character) { throw syntaxError() }
    }

    private mutating func readValue() throws(UnusableFile) -> JSONValue {
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return .object(try readObject())
        case UInt8(ascii: "["): return .array(try readArray())
        case UInt8(ascii: "\""): return .string(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try readWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return .number(try readNumber())
        }
    }

    private mutating func readWord(_ word: StaticString, _ value: JSONValue) throws(UnusableFile) -> JSONValue {
        let end = index + word.utf8CodeUnitCount
        let isWhole = word.withUTF8Buffer { bytes[index...].starts(with: $0) }
        guard isWhole, end == bytes.count || !isWordCharacter(bytes[end]) else { throw syntaxError() }
        index = end
        return value
    }

    private mutating func enter() throws(UnusableFile) {
        depth += 1
        index += 1
        if depth > Self.maximalDepth { throw UnusableFile(.tooDeep(limit: Self.maximalDepth)) }
    }

    private mutating func readObject() throws(UnusableFile) -> JSONObject {
        try enter()
        defer { depth -= 1 }
        var object = JSONObject()
        skipBlanks()
        if skip("}") { return object }
        while true {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { throw syntaxError() }
            let key = try readString()
            skipBlanks()
            try expect(":")
            let value = try readValue()
            if !object.add(key, value) { throw UnusableFile(.duplicate(key: key)) }
            skipBlanks()
            if skip("}") { return object }
            try expect(",")
        }
    }

    private mutating func readArray() throws(UnusableFile) -> [JSONValue] {
        try enter()
        defer { depth -= 1 }
        var array: [JSONValue] = []
        skipBlanks()
        if skip("]") { return array }
        while true {
            array.append(try readValue())
            skipBlanks()
            if skip("]") { return array }
            try expect(",")
        }
    }

    private mutating func readNumber() throws(UnusableFile) -> String {
        let start = index
        _ = skip("-")
        // No digit may follow a leading zero.
        if skip("0") { if isDigit(current) { throw syntaxError() } } else { try skipDigits() }
        if skip(".") { try skipDigits() }
        if skip("e") || skip("E") {
            if !skip("+") { _ = skip("-") }
            try skipDigits()
        }
        if let next = current, isWordCharacter(next) { throw syntaxError() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func skipDigits() throws(UnusableFile) {
        guard isDigit(current) else { throw syntaxError() }
        while isDigit(current) { index += 1 }
    }

    private mutating func readString() throws(UnusableFile) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(try readEscape()).utf8)
            case 0..<0x20:
                throw syntaxError()
            default:
                text.append(byte)
                index += 1
            }
        }
        throw syntaxError()
    }

    private mutating func readEscape() throws(UnusableFile) -> Unicode.Scalar {
        let start = index
        index += 1
        guard let kind = current else { throw syntaxError() }
        index += 1
        switch kind {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try readScalar(from: start)
        default: throw syntaxError(at: start, length: 2)
        }
    }

    private mutating func readScalar(from start: Int) throws(UnusableFile) -> Unicode.Scalar {
        let first = try readFourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // The first half of a surrogate pair needs its second.
        guard first < 0xDC00, skip("\\"), skip("u") else { throw syntaxError(at: start, length: 6) }
        let second = try readFourHexDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw syntaxError(at: start, length: 12) }
        return scalar
    }

    private mutating func readFourHexDigits() throws(UnusableFile) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw syntaxError()
            }
            value = value << 4 + UInt32(digit)
            index += 1
        }
        return value
    }

    private func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }

    private func isWordCharacter(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || (0x41...0x5A).contains(byte & ~0x20)
    }

    /// An error at the current place, with the word or character that stands there.
    private func syntaxError() -> UnusableFile {
        let word = bytes[index...].prefix(20).prefix(while: isWordCharacter).count
        if word > 0 { return syntaxError(at: index, length: word) }
        let rest = String(decoding: bytes[index...].prefix(4), as: UTF8.self)
        return syntaxError(at: index, found: rest.unicodeScalars.first.map(Self.shown) ?? "")
    }

    private func syntaxError(at place: Int, length: Int) -> UnusableFile {
        syntaxError(at: place, found: String(decoding: bytes[place...].prefix(length), as: UTF8.self))
    }

    private func syntaxError(at place: Int, found: String) -> UnusableFile {
        let position = TextPlace(of: place, in: bytes)
        return UnusableFile(.syntax(line: position.line, column: position.column, found: found))
    }

    /// Characters that no screen shows are named by their number.
    private static func shown(_ scalar: Unicode.Scalar) -> String {
        guard scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format else {
            return String(scalar)
        }
        let number = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - number.count)) + number
    }
}
