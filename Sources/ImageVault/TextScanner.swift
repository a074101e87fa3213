internal import Glibc

/// Reads text that is expected to stand as nearly every writer puts it, a whole value at once. Whoever finds it written
/// otherwise reads it again token by token.
struct TextScanner {
    /// Bytes that were read.
    private(set) var position = 0
    private let text: UnsafeRawBufferPointer

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    /// Passes over `wanted` when it stands here.
    mutating func pass(_ wanted: StaticString) -> Bool {
        let count = wanted.utf8CodeUnitCount
        guard text.count - position >= count, let start = text.baseAddress,
            memcmp(start + position, wanted.utf8Start, count) == 0
        else { return false }
        position += count
        return true
    }

    /// Reads an id between its quotation marks.
    mutating func identifier() -> StorageID? {
        let quote = UInt8(ascii: "\"")
        guard text.count - position >= 66, text[position] == quote, text[position + 65] == quote,
            let start = text.baseAddress, let id = StorageID(hexadecimal: start + position + 1)
        else { return nil }
        position += 66
        return id
    }

    /// Reads a number of 32 bits behind which something else follows.
    mutating func number() -> UInt32? {
        var value: UInt64 = 0
        let first = position
        while position < text.count, (0x30...0x39).contains(text[position]) {
            value = value * 10 + UInt64(text[position] - 0x30)
            guard value <= UInt32.max else { return nil }
            position += 1
        }
        return position > first && position < text.count ? UInt32(value) : nil
    }
}
