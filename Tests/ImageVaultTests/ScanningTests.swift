import Linux
import Testing

@testable import ImageVault

/// What is read many bytes at a time is what reading it digit by digit and token by token gives.
@Suite struct ScanningTests {
    @Test func everyByteAsADigit() {
        var digits = Array("0123456789abcdefABCDEF0011223344".utf8)
        for place in [0, 3, 7, 8, 15] {
            for byte in UInt8.min...UInt8.max {
                digits[place] = byte
                let word = digits.withUnsafeBytes { $0.baseAddress.flatMap(Hexadecimal.word) }
                var expected: UInt64? = 0
                for digit in digits[..<16] {
                    let value = Hexadecimal.value(of: digit).map(UInt64.init)
                    expected = expected.flatMap { word in value.map { word << 4 | $0 } }
                }
                #expect(word == expected, "\(byte) at \(place)")
            }
            digits[place] = UInt8(ascii: "7")
        }
    }

    @Test func idsThereAndBack() throws {
        var random = Noise(seed: 5)
        for _ in 0..<1000 {
            let words = (0..<4).map { _ in random.next() }
            let id = StorageID(first: words[0], second: words[1], third: words[2], fourth: words[3])
            let text = words.map { word in
                let digits = String(word, radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
            #expect(id.description == text)
            let back = Array(text.uppercased().utf8).withUnsafeBytes { $0.baseAddress.flatMap(StorageID.init) }
            #expect(back == id)
        }
    }

    private static let ids = (1...3).map { StorageID(first: UInt64($0) << 60, second: 0xAB, third: 0, fourth: 0xCD) }

    /// The same index as restic writes it, and as it might be written as well.
    private static let spellings = [
        """
        {"packs":[{"id":"\(ids[2])","blobs":[\
        {"id":"\(ids[0])","type":"data","offset":0,"length":40,"uncompressed_length":65536},\
        {"id":"\(ids[1])","type":"tree","offset":40,"length":99,"uncompressed_length":300},\
        {"id":"\(ids[1])","type":"data","offset":139,"length":4294967295}]}]}
        """,
        """
         {"supersedes": null, "packs": [ {"blobs": [
          {"uncompressed_length": 65536, "length": 40, "offset": 0, "type": "data", "id": "\(ids[0])"},
          {"id": "\(ids[1])", "type": "tree", "offset": 40, "length": 99, "uncompressed_length": 300, "new": [1]},
          {"id":"\(ids[1])","type":"data","offset":139,"length":4294967295,"uncompressed_length":0 }], "id": "\(ids[2])"}]}
        """,
    ]

    @Test(arguments: spellings, [1, 70, 200, 4096]) func index(_ text: String, inPiecesOf step: Int) throws {
        let json = JSONReader(try SteppingSource(Array(text.utf8), step))
        var packs: [StorageID] = []
        var found: [BlobEntry] = []
        try IndexFile.read(json) { pack, entries in
            packs.append(pack)
            found += entries
        }
        try json.finish()
        #expect(packs == [Self.ids[2]])
        #expect(
            found == [
                BlobEntry(id: Self.ids[0], kind: .data, offset: 0, length: 40, plainLength: 65_536),
                BlobEntry(id: Self.ids[1], kind: .tree, offset: 40, length: 99, plainLength: 300),
                BlobEntry(id: Self.ids[1], kind: .data, offset: 139, length: .max, plainLength: 0),
            ])
    }

    @Test(
        arguments: [
            ("\"data\"", "\"date\""), ("\"length\":40", "\"length\":31"), (":65536", ":4294967296"), (":65536", ":-1"),
            (":65536", ":1e3"), ("\(ids[0])", "\(ids[0])0"), ("\"offset\":0", "\"offset\":"), (":65536}", ":65536"),
        ],
        [1, 4096])
    func brokenIndex(_ change: (String, String), inPiecesOf step: Int) throws {
        let text = Self.spellings[0].split(separator: change.0, maxSplits: 1).joined(separator: change.1)
        let json = JSONReader(try SteppingSource(Array(text.utf8), step))
        let result = Result { () throws(Damage) in try IndexFile.read(json) { _, _ in } }
        let isBroken = (try? result.get()) == nil
        #expect(isBroken)
    }
}
