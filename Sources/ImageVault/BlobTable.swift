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

/// Blobs and their places, numbered in the order in which they came: 58 to 70 bytes for each, whatever their count. An
/// image is then a list of numbers.
struct BlobTable {
    /// A number at the place that follows from its id. Zeros where there is room: the kernel gives no memory for those.
    private struct Slot: BitwiseCopyable {
        /// Bits of the id: a slot of another blob is passed by without a look at the ids, which lie far apart in memory.
        var tag: UInt32
        /// The number and 1.
        var successor: UInt32

        init(_ id: StorageID, _ number: Int) {
            tag = Self.tag(id)
            successor = UInt32(number) + 1
        }

        static func tag(_ id: StorageID) -> UInt32 { UInt32(truncatingIfNeeded: id.third) }
    }

    private let ids = FlatList<StorageID>()
    private let places = FlatList<BlobPlace>()
    private var slots = FlatList<Slot>(zeros: 64)

    var count: Int { ids.count }

    func id(_ number: UInt32) -> StorageID { ids[Int(number)] }
    func place(_ number: UInt32) -> BlobPlace { places[Int(number)] }
    func move(_ number: UInt32, to place: BlobPlace) { places[Int(number)] = place }

    /// - Parameter guess: a number that it may be; when it is, nothing is searched.
    func number(of id: StorageID, guess: UInt32? = nil) -> UInt32? {
        if let guess, Int(guess) < count, ids[Int(guess)] == id { return guess }
        let successor = slots[slot(of: id)].successor
        return successor == 0 ? nil : successor - 1
    }

    /// The number of a blob, which is added when it is not there yet.
    mutating func add(_ id: StorageID, at place: BlobPlace) -> (number: UInt32, isNew: Bool) {
        reserve(count + 1)
        let slot = slot(of: id)
        let successor = slots[slot].successor
        if successor != 0 { return (successor - 1, false) }
        slots[slot] = Slot(id, count)
        ids.append(id)
        places.append(place)
        return (UInt32(count - 1), true)
    }

    /// Makes room for so many blobs, which is cheaper at once than while they come.
    mutating func reserve(_ blobs: Int) {
        var size = slots.count
        while blobs * 4 > size * 3 { size *= 2 }
        if size == slots.count { return }
        slots = FlatList(zeros: size)
        for number in 0..<count {
            let id = ids[number]
            slots[slot(of: id)] = Slot(id, number)
        }
    }

    /// The blob will be looked for or added soon: when many are announced at once, memory is waited for but once.
    func announce(_ id: StorageID) { slots.prefetch(home(of: id)) }

    /// Where an id would be in an empty table.
    private func home(of id: StorageID) -> Int {
        // Ids are hashes: each word of them is as good as random.
        Int(id.second.multipliedFullWidth(by: UInt64(slots.count)).high)
    }

    /// Where an id is, or the room where it belongs.
    private func slot(of id: StorageID) -> Int {
        var place = home(of: id)
        let tag = Slot.tag(id)
        while true {
            let slot = slots[place]
            if slot.successor == 0 || slot.tag == tag && ids[Int(slot.successor) - 1] == id { return place }
            place += 1
            if place == slots.count { place = 0 }
        }
    }
}
