import BlockTracking
import Fixtures
import Glibc
import Linux
import Testing

@testable import Snapshots

@Suite("Which blocks an image still lacks")
struct BacklogTests {
    private static let blocks = 256
    private static let size = UInt64(blocks * BlockSet.blockSize)

    private func set(_ blocks: Range<Int>...) -> BlockSet {
        var set = BlockSet(size: Self.size)
        blocks.forEach { set.insert($0) }
        return set
    }

    private func next(_ backlog: inout Backlog, free: BlockSet?) -> Backlog.Work {
        var work = Backlog.Work(size: Self.size)
        backlog.next(into: &work) { set in
            guard let free else { return false }
            set = free
            return true
        }
        return work
    }

    @Test("of a new image everything is read but free space, which becomes zero")
    func newImage() {
        var backlog = Backlog(size: Self.size, unread: nil)
        backlog.oweEverything()
        let work = next(&backlog, free: set(100..<200))
        #expect(work.read == set(0..<100, 200..<256))
        #expect(work.zero == set(100..<200))
        #expect(backlog.unread == set(100..<200))
    }

    @Test("a block that is given to a file without being written is read")
    func allocatedLater() {
        var backlog = Backlog(size: Self.size, unread: nil)
        backlog.oweEverything()
        _ = next(&backlog, free: set(100..<200))
        let work = next(&backlog, free: set(150..<200))
        #expect(work.read == set(100..<150))
        #expect(work.zero.isEmpty)
        #expect(backlog.unread == set(150..<200))
    }

    @Test("a discarded block is zero when it is free, and read when it is not")
    func discarded() {
        var backlog = Backlog(size: Self.size, unread: nil)
        backlog.owe(TakenBlocks(written: set(0..<10), discarded: set(5..<30)))
        let work = next(&backlog, free: set(20..<40))
        #expect(work.read == set(0..<20))
        #expect(work.zero == set(20..<30))
        #expect(backlog.unread == set(20..<30))
    }

    @Test("without a map of free space everything that changed or was left out is read")
    func withoutMap() {
        var backlog = Backlog(size: Self.size, unread: set(50..<60))
        backlog.owe(TakenBlocks(written: set(0..<10), discarded: set(20..<30)))
        let work = next(&backlog, free: nil)
        #expect(work.read == set(0..<10, 20..<30, 50..<60))
        #expect(work.zero.isEmpty && backlog.unread.isEmpty)
    }

    @Test("what a round could not do is in the next one")
    func putBack() {
        var backlog = Backlog(size: Self.size, unread: nil)
        backlog.owe(TakenBlocks(written: set(0..<10), discarded: set(20..<30)))
        let first = next(&backlog, free: set(20..<30))
        backlog.putBack(first)
        let second = next(&backlog, free: set(25..<30))
        #expect(second.read == set(0..<10, 20..<25))
        #expect(second.zero == set(25..<30))
    }
}

@Suite("When to stop reading what goes on changing")
struct RoundPolicyTests {
    @Test("as soon as the rest fits the budget")
    func fits() {
        var policy = RoundPolicy(limit: 1000)
        #expect(policy.next(left: 500, budget: 100) == .again(pause: 0))
        #expect(policy.next(left: 90, budget: 100) == .freeze(exceedsBudget: false))
    }

    @Test("but not while each round still halves the rest")
    func halves() {
        var policy = RoundPolicy(limit: 1 << 30)
        #expect(policy.next(left: 40 << 20, budget: 100 << 20) == .again(pause: 0))
        #expect(policy.next(left: 15 << 20, budget: 100 << 20) == .again(pause: 0))
        #expect(policy.next(left: 14 << 20, budget: 100 << 20) == .freeze(exceedsBudget: false))
    }

    @Test("never beyond the memory, whatever the budget")
    func limited() {
        var policy = RoundPolicy(limit: 1000)
        #expect(policy.next(left: 1500, budget: 5000) == .again(pause: 0))
    }

    @Test("after a while without progress, if the rest fits into memory")
    func exceeds() {
        var policy = RoundPolicy(limit: 1000)
        var step = policy.next(left: 400, budget: 100), steps = 0
        while case .again = step {
            step = policy.next(left: 390, budget: 100)
            steps += 1
        }
        #expect(step == .freeze(exceedsBudget: true))
        #expect(steps == RoundPolicy.patience + 1)
    }

    @Test("without an image when it does not")
    func givesUp() {
        var policy = RoundPolicy(limit: 1000)
        var step = policy.next(left: 5000, budget: 100)
        while case .again = step { step = policy.next(left: 5000, budget: 100) }
        #expect(step == .giveUp)
    }

    @Test("in a lull of the writers, if one comes while there is still hope")
    func lull() {
        var policy = RoundPolicy(limit: 1000)
        for _ in 0..<4 { #expect(policy.next(left: 5000, budget: 100) != .giveUp) }
        #expect(policy.next(left: 10, budget: 100) == .freeze(exceedsBudget: false))
    }
}
