import BlockTracking
import Linux
import Testing

@Suite struct BlockSetTests {
    @Test func extentsJoinNeighboursAndEndWithTheDevice() {
        var set = BlockSet(size: 4096 * 200 + 512)
        set.insert(0..<1)
        set.insert(60..<70)
        set.insert(127..<129)
        set.insert(199..<300)
        #expect(set.count == 1 + 10 + 2 + 2)
        #expect(
            set.extents() == [
                Extent(offset: 0, length: 4096), Extent(offset: 60 * 4096, length: 10 * 4096),
                Extent(offset: 127 * 4096, length: 2 * 4096), Extent(offset: 199 * 4096, length: 4096 + 512),
            ])
    }

    @Test func aGapCanBeReadOver() {
        var set = BlockSet(size: 1 << 20)
        set.insert(Extent(offset: 0, length: 1))
        set.insert(Extent(offset: 3 * 4096, length: 4096))
        #expect(set.extents(joining: 2 * 4096) == [Extent(offset: 0, length: 4 * 4096)])
        #expect(set.extents(joining: 4096).count == 2)
    }

    @Test func wholeDeviceIsOneExtent() {
        let set = BlockSet.all(size: 4096 * 64 * 3 + 4096)
        #expect(set.extents() == [Extent(offset: 0, length: set.size)])
        #expect(set.count == set.blockCount)
    }

    @Test func setsAreAddedAndTakenAway() {
        var left = BlockSet(size: 4096 * 130), right = BlockSet(size: 4096 * 130)
        left.insert(0..<100)
        right.insert(50..<130)
        var union = left
        union.formUnion(right)
        #expect(union.count == 130)
        var both = left
        both.formIntersection(right)
        #expect(both.extents() == [Extent(offset: 50 * 4096, length: 50 * 4096)])
        left.subtract(right)
        #expect(left.extents() == [Extent(offset: 0, length: 50 * 4096)])
        left.remove(10..<50)
        #expect(left.count == 10)
    }
}
