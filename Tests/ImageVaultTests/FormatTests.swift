import Glibc
import Linux
import Testing

@testable import ImageVault

/// The parts of the format that need no repository.
@Suite struct FormatTests {
    private func reader(_ text: String, step: Int = 1) throws -> JSONReader {
        JSONReader(try SteppingSource(Array(text.utf8), step))
    }

    @Test(arguments: [1, 2, 7, 4096]) func jsonInPieces(_ step: Int) throws {
        let id = "ab" + String(repeating: "01", count: 31)
        let text = """
             {"a": [1, 22 , 333], "skip": {"x": [1, {"y": "}]\\""}, null, -1.5e3, true]}, "id": "\(id)",
            "text": "a\\"\\\\\\n\\u00f1\\ud83d\\ude00\\/", "none": null, "yes": true, "empty": {}, "list": []}\n
            """
        let json = try reader(text, step: step)
        var numbers: [UInt64] = []
        var names: [String] = []
        try json.object { (name) throws(Damage) in
            names.append(name)
            switch name {
            case "a": try json.array { () throws(Damage) in numbers.append(try json.integer()) }
            case "id": names.append(try json.identifier().description)
            case "text": names.append(try json.string())
            case "none": try json.array { () throws(Damage) in throw Damage("not empty") }
            case "yes": names.append("\(try json.boolean())")
            default: try json.skip()
            }
        }
        try json.finish()
        #expect(numbers == [1, 22, 333])
        #expect(names == ["a", "skip", "id", id, "text", "a\"\\\nñ😀/", "none", "yes", "true", "empty", "list"])
    }

    @Test(arguments: [
        "{", "{\"a\"", "{\"a\":1,}", "{\"a\":}", "[1]", "{\"a\":1}x", "{\"a\":1.5}", "{\"a\":99999999999999999999}",
    ])
    func brokenJSON(_ text: String) throws {
        let json = try reader(text)
        let result = Result { () throws(Damage) in
            try json.object { (_) throws(Damage) in _ = try json.integer() }
            try json.finish()
        }
        let isBroken = (try? result.get()) == nil
        #expect(isBroken)
    }

    @Test func jsonAsGoWritesIt() {
        var json = JSONWriter()
        json.beginObject()
        json.member("a")
        json.value("x<y>&\"\\\n\u{1}\u{2028}ñ")
        json.member("b")
        json.beginArray()
        json.value(1)
        json.value(true)
        json.null()
        json.beginObject()
        json.endObject()
        json.endArray()
        json.endObject()
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text == #"{"a":"x\u003cy\u003e\u0026\"\\\n\u0001\u2028ñ","b":[1,true,null,{}]}"#)
    }

    @Test(arguments: ["plain", "a\"b\\c", "tab\tline\n", "bell\u{7}\u{1}\u{7F}", "ñ日本"]) func goQuoting(_ name: String)
    {
        let back = GoQuoting.unquote(GoQuoting.quote(name))
        #expect(back == Array(name.utf8))
    }

    @Test func goUnquoting() {
        let bytes = GoQuoting.unquote(#"\xff\u00f1\U0001f600\101"#)
        #expect(bytes == [0xFF] + Array("ñ😀A".utf8))
    }

    @Test func times() throws {
        let time = try #require(Timestamp("2026-11-21T10:15:00.1200+01:00"))
        #expect(time.description == "2026-11-21T09:15:00.12Z")
        #expect(Timestamp("2026-11-21T10:15:00Z")?.seconds == 1_795_256_100)
        #expect(Timestamp(Timestamp.now.description) != nil)
        #expect(Timestamp("2026-11-21") == nil && Timestamp("") == nil)
    }

    @Test func blockSizes() {
        let gibibyte: UInt64 = 1 << 30
        let sizes = [1, 32 * gibibyte, 32 * gibibyte + 1, 64 * gibibyte, 2048 * gibibyte, 65_536 * gibibyte]
        let blocks = sizes.map { BlockGrid(size: $0).blockSize >> 10 }
        #expect(blocks == [64, 64, 128, 128, 4096, 4096])
        let grid = BlockGrid(size: 200_000)
        #expect(grid.count == 4 && grid.length(of: 3) == 200_000 - 3 * 65_536)
        #expect(grid.blocks(Extent(offset: 65_535, length: 2)) == 0..<2)
        #expect(grid.blocks(Extent(offset: 199_999, length: 99)) == 3..<4)
        #expect(grid.blocks(Extent(offset: 65_536, length: 65_536)) == 1..<2)
        #expect(grid.blocks(Extent(offset: 300_000, length: 5)).isEmpty)
        #expect(grid.blocks(Extent(offset: 0, length: .max)) == 0..<4)
        #expect(grid.wholeBlocks(Extent(offset: 1, length: 199_999)) == 1..<3)
    }

    @Test func manyIDs() throws {
        var table = BlobTable()
        var random = Noise(seed: 3)
        let ids = (0..<50_000).map { _ in
            StorageID(first: random.next(), second: random.next(), third: random.next(), fourth: random.next())
        }
        let place = BlobPlace(
            pack: 7, BlobEntry(id: .null, kind: .data, offset: 1, length: 40, plainLength: 0))
        table.reserve(1000)
        for id in ids[..<40_000] { _ = table.add(id, at: place) }
        let again = table.add(ids[7], at: place)
        #expect(again.number == 7 && !again.isNew)
        #expect(table.number(of: ids[8], guess: 8) == 8 && table.number(of: ids[8], guess: 9) == 8)
        #expect(table.number(of: ids[40_000], guess: 40_000) == nil)
        let found = ids.filter { table.number(of: $0) != nil }.count
        let right = (0..<40_000).filter { table.number(of: ids[$0]) == UInt32($0) && table.id(UInt32($0)) == ids[$0] }
        #expect(found == 40_000 && right.count == 40_000 && table.count == 40_000)
        #expect(table.place(39_999) == place)
        let finder = IDFinder(BlobList(ids + ids[..<10]))
        var places: [Int] = []
        finder.forEach(ids[3]) { places.append($0) }
        #expect(places.sorted() == [3, 50_003])
        let text = ids[0].description
        #expect(StorageID(text) == ids[0] && StorageID(text.dropLast()) == nil)
    }

    @Test func packHeaders() throws {
        var random = Noise(seed: 4)
        var offset: UInt32 = 0
        let entries = (0..<40).map { index in
            let length = UInt32(truncatingIfNeeded: random.next() & 0xFFFF) + 33
            defer { offset += length }
            return BlobEntry(
                id: StorageID(first: random.next(), second: 1, third: 2, fourth: 3),
                kind: index % 3 == 0 ? .tree : .data, offset: offset, length: length,
                plainLength: index % 2 == 0 ? 0 : 70_000)
        }
        let bytes = PackHeader.encode(entries)
        let decoded = try bytes.withUnsafeBytes { try PackHeader.decode($0) }
        #expect(decoded == entries)
    }

    @Test func sealing() throws {
        let zero = [UInt8](repeating: 0, count: 32)
        let key = try #require(
            SealingKey(encryption: zero, k: Array(zero[..<16]), r: Array(repeating: 0xFF, count: 16)))
        let sealer = try Sealer(key)
        let memory = try Memory(capacity: 100)
        let plain = Array("a quiet place in a river".utf8)
        let sealed = memory.bytes(plain.count + Sealer.overhead)
        try plain.withUnsafeBytes { try sealer.seal($0, into: sealed) }
        let copy = Array(sealed)
        for index in copy.indices {
            sealed.copyBytes(from: copy)
            sealed[index] ^= 1
            let opened = try sealer.open(sealed)
            #expect(opened == nil)
        }
        sealed.copyBytes(from: copy)
        let opened = try sealer.open(sealed).map { Array($0) }
        #expect(opened == plain)
        memory.keepAlive()
    }
}

/// Bytes that come in pieces of a given length.
final class SteppingSource: ByteSource {
    private let memory: Memory
    private let count: Int
    private let step: Int
    private var position = 0

    init(_ bytes: [UInt8], _ step: Int) throws {
        memory = try Memory(capacity: bytes.count)
        memory.bytes(bytes.count).copyBytes(from: bytes)
        count = bytes.count
        self.step = step
    }

    func next() -> UnsafeRawBufferPointer? {
        if position == count { return nil }
        let part = memory.bytes(min(step, count - position), at: position)
        position += part.count
        return UnsafeRawBufferPointer(part)
    }
}
