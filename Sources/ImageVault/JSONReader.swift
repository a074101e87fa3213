internal import Glibc

/// Reads JSON of any length without holding it: restic's indexes and the trees of large images have millions of values.
/// What is unknown is passed over, as restic does.
final class JSONReader {
    private let source: any ByteSource
    private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    private var position = 0
    private var text: [UInt8] = []

    init(_ source: any ByteSource) { self.source = source }

    // MARK: Values

    /// Reads an object; `member` must read the value of the name that it is told.
    func object(_ member: (String) throws(Damage) -> Void) throws(Damage) {
        try expect(UInt8(ascii: "{"))
        if try peek() == UInt8(ascii: "}") { return advance() }
        while true {
            let name = try string()
            try expect(UInt8(ascii: ":"))
            try member(name)
            if try endsList(with: UInt8(ascii: "}")) { return }
        }
    }

    /// Reads an array, or `null` for an empty one as Go writes it; `element` must read each value.
    func array(_ element: () throws(Damage) -> Void) throws(Damage) {
        if try null() { return }
        try expect(UInt8(ascii: "["))
        if try peek() == UInt8(ascii: "]") { return advance() }
        while true {
            try element()
            if try endsList(with: UInt8(ascii: "]")) { return }
        }
    }

    /// Reads a text.
    func string() throws(Damage) -> String {
        try readText()
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads an id of 64 hexadecimal digits.
    func identifier() throws(Damage) -> StorageID {
        // Nearly every id lies whole in the bytes at hand, and a large image has half a million of them.
        if let id = scan({ $0.identifier() }) { return id }
        try readText()
        guard let id = StorageID(String(decoding: text, as: UTF8.self)) else { throw Damage("JSON id") }
        return id
    }

    /// Reads what begins at the very next byte and lies whole in the bytes at hand.
    /// - Returns: what `body` returns; when that is `nil`, nothing has been read.
    func scan<Value>(_ body: (inout TextScanner) -> Value?) -> Value? {
        var scanner = TextScanner(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        guard let value = body(&scanner) else { return nil }
        position += scanner.position
        return value
    }

    /// Reads a whole number that is not negative.
    func integer() throws(Damage) -> UInt64 {
        var value: UInt64 = 0
        var count = 0
        var next = try peek()
        while (0x30...0x39).contains(next) {
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = product.addingReportingOverflow(UInt64(next - 0x30))
            if isOver || isOverToo { throw Damage("JSON number") }
            value = sum
            count += 1
            position += 1
            guard let more = try byte() else { break }
            next = more
        }
        if count == 0 || next == UInt8(ascii: ".") || next == UInt8(ascii: "e") { throw Damage("JSON number") }
        return value
    }

    /// Reads `true` or `false`.
    func boolean() throws(Damage) -> Bool {
        switch try word() {
        case "true": return true
        case "false": return false
        default: throw Damage("JSON boolean")
        }
    }

    /// Whether `null` stands here; passes over it.
    func null() throws(Damage) -> Bool {
        guard try peek() == UInt8(ascii: "n") else { return false }
        guard try word() == "null" else { throw Damage("JSON") }
        return true
    }

    /// Passes over any value.
    func skip() throws(Damage) {
        var depth = 0
        repeat {
            switch try peek() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                advance()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                advance()
            case UInt8(ascii: ","), UInt8(ascii: ":"): advance()
            case UInt8(ascii: "\""): try readText()
            default: if try word().isEmpty { throw Damage("JSON") }
            }
        } while depth > 0
    }

    /// Reads to the end, where nothing but white space may follow.
    func finish() throws(Damage) {
        while let next = try byte() {
            guard Self.isSpace(next) else { throw Damage("JSON") }
            position += 1
        }
    }

    // MARK: Parts

    private func byte() throws(Damage) -> UInt8? {
        while position == bytes.count {
            guard let more = try source.next() else { return nil }
            bytes = more
            position = 0
        }
        return bytes[position]
    }

    private func advance() { position += 1 }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// The first byte of what comes next.
    private func peek() throws(Damage) -> UInt8 {
        while let next = try byte() {
            if !Self.isSpace(next) { return next }
            position += 1
        }
        throw Damage("JSON EOF")
    }

    private func expect(_ wanted: UInt8) throws(Damage) {
        guard try peek() == wanted else { throw Damage("JSON") }
        advance()
    }

    private func endsList(with end: UInt8) throws(Damage) -> Bool {
        let next = try peek()
        advance()
        if next == end { return true }
        if next != UInt8(ascii: ",") { throw Damage("JSON") }
        return false
    }

    /// Reads a bare word or number.
    private func word() throws(Damage) -> String {
        var letters: [UInt8] = []
        _ = try peek()
        while let next = try byte(), !Self.isSpace(next), !",:]}[{\"".utf8.contains(next), letters.count < 64 {
            letters.append(next)
            position += 1
        }
        return String(decoding: letters, as: UTF8.self)
    }

    private func readText() throws(Damage) {
        try expect(UInt8(ascii: "\""))
        text.removeAll(keepingCapacity: true)
        if readPlainText() { return }
        while let next = try byte() {
            position += 1
            if next == UInt8(ascii: "\"") { return }
            if next == UInt8(ascii: "\\") { try readEscape() } else { text.append(next) }
        }
        throw Damage("JSON EOF")
    }

    /// Takes the text up to its end when that is at hand and nothing in it is escaped.
    private func readPlainText() -> Bool {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        guard let start = rest.baseAddress, let end = memchr(start, 0x22, rest.count) else { return false }
        let content = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start)
        if content.contains(UInt8(ascii: "\\")) { return false }
        text.append(contentsOf: content)
        position += content.count + 1
        return true
    }

    private func readEscape() throws(Damage) {
        guard let letter = try byte() else { throw Damage("JSON EOF") }
        position += 1
        switch letter {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "u"): try readUnicode()
        default: text.append(letter)
        }
    }

    private func readUnicode() throws(Damage) {
        var code = try hexadecimal4()
        if (0xD800..<0xDC00).contains(code) {
            // The second half of a pair follows as another escape.
            guard try byte() == UInt8(ascii: "\\") else { return append(0xFFFD) }
            position += 1
            guard try byte() == UInt8(ascii: "u") else { throw Damage("JSON escape") }
            position += 1
            let low = try hexadecimal4()
            guard (0xDC00..<0xE000).contains(low) else { throw Damage("JSON escape") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        append(code)
    }

    private func append(_ code: UInt32) {
        text.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
    }

    private func hexadecimal4() throws(Damage) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let next = try byte(), let digit = Hexadecimal.value(of: next) else { throw Damage("JSON escape") }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
