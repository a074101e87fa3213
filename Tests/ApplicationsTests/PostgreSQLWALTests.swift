@testable import Applications
import FoundationEssentials
import Testing

@Suite struct PostgreSQLWALTests {
    private static func segments(_ start: String, to end: String, size: UInt64 = 16 << 20) -> ClosedRange<UInt64>? {
        let label = "START WAL LOCATION: \(start) (file 000000010000000000000002)\nCHECKPOINT LOCATION: 0/2000060\n"
        return WALSegments(label, to: end, segmentSize: size)?.numbers
    }

    @Test func segmentsReachFromTheStartToTheEnd() {
        #expect(Self.segments("0/2000028", to: "0/2000138") == 2...2)
        #expect(Self.segments("0/2000028", to: "0/4000001") == 2...4)
        // The end is the first byte that is no longer needed.
        #expect(Self.segments("0/2000028", to: "0/3000000") == 2...2)
        #expect(Self.segments("0/FF000028", to: "1/1000000") == 255...256)
        #expect(Self.segments("0/2000028", to: "0/2000138", size: 1 << 30) == 0...0)
    }

    @Test func whatIsNoPositionIsRefused() {
        #expect(Self.segments("0/2000028", to: "0/1000000") == nil)
        #expect(Self.segments("0/2000028", to: "somewhere") == nil)
        #expect(WALSegments("no label", to: "0/2000138", segmentSize: 16 << 20) == nil)
    }

    @Test func aFilesNameIsItsNumber() throws {
        let label = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)"
        let segments = try #require(WALSegments(label, to: "0/2000138", segmentSize: 16 << 20))
        #expect(segments.number(of: "000000010000000000000002") == 2)
        #expect(segments.number(of: "0000000A0000000100000001") == 257)
        #expect(segments.number(of: "00000002.history") == nil)
        #expect(segments.number(of: "000000010000000000000002.partial") == nil)
    }

    /// Between keeper and run; a segment of 16 MiB with little in it is short there.
    @Test(arguments: [[], [7], [1, 2, 0, 3], [0, 0], [5, 0, 0]])
    func aFileIsTheSameOnTheOtherSide(content: [UInt8]) throws {
        let file = ApplicationRecord.File(path: "/a/b", content: content)
        let back = try JSONDecoder().decode(ApplicationRecord.File.self, from: JSONEncoder().encode(file))
        #expect(back == file)
        let segment = ApplicationRecord.File(path: "/a", content: [1] + [UInt8](repeating: 0, count: 16 << 20))
        let size = try JSONEncoder().encode(segment).count
        #expect(size < 100)
    }
}
