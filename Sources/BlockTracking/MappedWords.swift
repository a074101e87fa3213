internal import CBlockTracking
internal import Linux

/// A map of bits that the kernel's program and this process share.
final class MappedWords: @unchecked Sendable {
    let count: Int
    private let words: UnsafeMutablePointer<UInt64>
    private let memory: MappedMemory

    /// Maps all of a BPF array of 64-bit words.
    init(_ descriptor: Descriptor, words count: Int) throws(SystemError) {
        memory = try MappedMemory(descriptor, bytes: count * 8)
        words = memory.start.bindMemory(to: UInt64.self, capacity: count)
        self.count = count
    }

    /// The bits that are set.
    var setBits: Int { Int(remanso_count_bits(words, count)) }

    /// Every word as it is now.
    func copy() -> [UInt64] {
        var result = [UInt64](repeating: 0, count: count)
        remanso_copy_bits(words, &result, count)
        return result
    }

    /// Takes what is set and clears that; it goes to `keeper` first.
    func take(into keeper: MappedWords?) -> [UInt64] {
        var result = [UInt64](repeating: 0, count: count)
        remanso_take_bits(words, keeper?.words, &result, count)
        return result
    }

    /// Sets bits.
    func set(_ bits: ClosedRange<UInt64>) {
        for word in Int(bits.lowerBound / 64)...Int(bits.upperBound / 64) where word < count {
            var mask = UInt64.max
            if word == Int(bits.lowerBound / 64) { mask &= UInt64.max << (bits.lowerBound % 64) }
            if word == Int(bits.upperBound / 64) { mask &= UInt64.max >> (63 - bits.upperBound % 64) }
            remanso_set_bits(words, word, mask)
        }
    }

    /// Clears all; whoever calls is the only writer.
    func clear() { words.update(repeating: 0, count: count) }
}
