/// Hexadecimal digits, eight at a time in the bytes of a word: an index or a tree has millions of them.
enum Hexadecimal {
    /// The value of a digit of either case; `nil` for anything else.
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }

    /// What sixteen digits stand for; `nil` when one is none.
    static func word(at digits: UnsafeRawPointer) -> UInt64? {
        guard let high = half(at: digits), let low = half(at: digits + 8) else { return nil }
        return high << 32 | low
    }

    /// Writes sixteen lower case digits.
    static func write(_ word: UInt64, to digits: UnsafeMutableRawPointer) {
        digits.storeBytes(of: letters(spread(word >> 32)).bigEndian, as: UInt64.self)
        digits.storeBytes(of: letters(spread(word & 0xFFFF_FFFF)).bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    private static func half(at digits: UnsafeRawPointer) -> UInt64? {
        let text = UInt64(bigEndian: digits.loadUnaligned(as: UInt64.self))
        // Bit 6 tells letters, whose low four bits begin at 1, from figures.
        let isLetter = text >> 6 & ones
        let values = text & (ones * 0x0F) + (isLetter << 3 | isLetter)
        // Whatever was no digit does not come back, or gives more than 15.
        guard values & (ones * 0xF0) == 0, letters(values) == text | isLetter << 5 else { return nil }
        return gather(values)
    }

    /// The digits of eight values.
    private static func letters(_ values: UInt64) -> UInt64 {
        let isLetter = (values + ones * 6) >> 4 & ones
        // From "9" to "a" it is 0x27 more than one.
        return values + ones * 0x30 + (isLetter << 5 | isLetter << 2 | isLetter << 1 | isLetter)
    }

    /// Puts the low halves of eight bytes side by side.
    private static func gather(_ bytes: UInt64) -> UInt64 {
        let pairs = (bytes | bytes >> 4) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF
        return (fours | fours >> 16) & 0xFFFF_FFFF
    }

    /// Gives each four bits of a half word a byte.
    private static func spread(_ half: UInt64) -> UInt64 {
        let fours = (half | half << 16) & 0x0000_FFFF_0000_FFFF
        let pairs = (fours | fours << 8) & 0x00FF_00FF_00FF_00FF
        return (pairs | pairs << 4) & (ones * 0x0F)
    }
}
