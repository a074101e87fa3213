/// The SHA-256 hash by which a repository names a file or a blob ("storage ID", restic's design document, Terminology).
public struct StorageID: Hashable, Sendable, BitwiseCopyable, Comparable, CustomStringConvertible {
    /// Bytes of an id.
    static let count = 32

    // Words in the order of the bytes, the first byte highest: comparing words compares bytes.
    let first: UInt64
    let second: UInt64
    let third: UInt64
    let fourth: UInt64

    /// No blob has this id.
    static let null = StorageID(first: 0, second: 0, third: 0, fourth: 0)

    init(first: UInt64, second: UInt64, third: UInt64, fourth: UInt64) {
        self.first = first
        self.second = second
        self.third = third
        self.fourth = fourth
    }

    /// Takes the 32 bytes at `bytes`.
    init(reading bytes: UnsafeRawPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        self.init(first: word(0), second: word(1), third: word(2), fourth: word(3))
    }

    /// Reads 64 hexadecimal digits; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var digits = text.utf8.makeIterator()
        guard text.utf8.count == 64 else { return nil }
        func word() -> UInt64? {
            var word: UInt64 = 0
            for _ in 0..<16 {
                guard let byte = digits.next(), let value = Hexadecimal.value(of: byte) else { return nil }
                word = word << 4 | UInt64(value)
            }
            return word
        }
        guard let first = word(), let second = word(), let third = word(), let fourth = word() else { return nil }
        self.init(first: first, second: second, third: third, fourth: fourth)
    }

    /// Reads the 64 hexadecimal digits at `digits`; `nil` for anything else.
    init?(hexadecimal digits: UnsafeRawPointer) {
        guard let first = Hexadecimal.word(at: digits), let second = Hexadecimal.word(at: digits + 16),
            let third = Hexadecimal.word(at: digits + 32), let fourth = Hexadecimal.word(at: digits + 48)
        else { return nil }
        self.init(first: first, second: second, third: third, fourth: fourth)
    }

    /// 64 lower case hexadecimal digits.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        appendHexadecimal(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func appendHexadecimal(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { digits in
            guard let start = digits.baseAddress else { return }
            Hexadecimal.write(first, to: start)
            Hexadecimal.write(second, to: start + 16)
            Hexadecimal.write(third, to: start + 32)
            Hexadecimal.write(fourth, to: start + 48)
            bytes.append(contentsOf: digits)
        }
    }

    func appendBytes(to bytes: inout [UInt8]) {
        for word in [first, second, third, fourth] {
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
        }
    }

    /// The order of the bytes.
    public static func < (left: StorageID, right: StorageID) -> Bool {
        if left.first != right.first { return left.first < right.first }
        if left.second != right.second { return left.second < right.second }
        if left.third != right.third { return left.third < right.third }
        return left.fourth < right.fourth
    }

    /// The bytes are a hash already: a part of them is enough.
    public func hash(into hasher: inout Hasher) { hasher.combine(first) }
}
