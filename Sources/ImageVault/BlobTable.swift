/// Where a copy of a blob is.
struct BlobPlace: BitwiseCopyable, Equatable {
    /// Which pack, as the table's owner numbers them.
    var pack: UInt32
    /// Bytes from the pack's start.
    var offset: UInt32
    /// Bytes in the pack.
    var length: UInt32
    /// Bytes before compression; 0 when it is not compressed.
    var plainLength: UInt32

    init(pack: UInt32, _ entry: BlobEntry) {
        self.pack = pack
        offset = entry.offset
        length = entry.length
        plainLength = entry.plainLength
    }
}

/// Blobs and their places, numbered in the order in which they came: 56 to 72 bytes for each, whatever their count. An
/// image is then a list of numbers.
struct BlobTable {
    /// A number at the place that follows from its id.
    private struct Slot: BitwiseCopyable {
        /// Bits of the id: a slot of another blob is passed by without a look at the ids, which lie far apart in memory.
        var tag: UInt32
        /// `none` where there is room.
        var number: UInt32
    }

    private let ids = FlatList<StorageID>()
    private let places = FlatList<BlobPlace>()
    private var slots = FlatList(repeating: room, count: 64)

    private static let none = UInt32.max
    private static let room = Slot(tag: 0, number: none)

    var count: Int { ids.count }

    func id(_ number: UInt32) -> StorageID { ids[Int(number)] }
    func place(_ number: UInt32) -> BlobPlace { places[Int(number)] }
    func move(_ number: UInt32, to place: BlobPlace) { places[Int(number)] = place }

    /// - Parameter guess: a number that it may be, which is seen at once.
    func number(of id: StorageID, guess: UInt32? = nil) -> UInt32? {
        if let guess, Int(guess) < count, ids[Int(guess)] == id { return guess }
        let number = slots[slot(of: id)].number
        return number == Self.none ? nil : number
    }

    /// Adds a blob that is not there yet.
    mutating func add(_ id: StorageID, at place: BlobPlace) -> UInt32 { findOrAdd(id, at: place).number }

    /// The number of a blob, which is added when it is not there yet.
    mutating func findOrAdd(_ id: StorageID, at place: BlobPlace) -> (number: UInt32, isNew: Bool) {
        if (count + 1) * 4 > slots.count * 3 { rebuild(slots.count * 2) }
        let slot = slot(of: id)
        let known = slots[slot].number
        if known != Self.none { return (known, false) }
        let number = UInt32(count)
        ids.append(id)
        places.append(place)
        slots[slot] = Slot(tag: Self.tag(id), number: number)
        return (number, true)
    }

    private mutating func rebuild(_ size: Int) {
        slots = FlatList(repeating: Self.room, count: size)
        for number in 0..<count {
            let id = ids[number]
            slots[slot(of: id)] = Slot(tag: Self.tag(id), number: UInt32(number))
        }
    }

    private static func tag(_ id: StorageID) -> UInt32 { UInt32(truncatingIfNeeded: id.third) }

    /// Where an id is, or the room where it belongs.
    private func slot(of id: StorageID) -> Int {
        // Ids are hashes: each word of them is as good as random.
        var place = Int(id.second.multipliedFullWidth(by: UInt64(slots.count)).high)
        let tag = Self.tag(id)
        while true {
            let slot = slots[place]
            if slot.number == Self.none || slot.tag == tag && ids[Int(slot.number)] == id { return place }
            place += 1
            if place == slots.count { place = 0 }
        }
    }
}
