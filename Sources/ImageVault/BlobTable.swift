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

/// Blobs and their places, numbered in the order in which they came: 52 to 60 bytes for each, whatever their count. An
/// image is then a list of numbers.
struct BlobTable {
    private let ids = FlatList<StorageID>()
    private let places = FlatList<BlobPlace>()
    /// Numbers, at places that follow from the ids; `none` where there is room.
    private var slots = FlatList<UInt32>(repeating: none, count: 64)

    static let none = UInt32.max

    var count: Int { ids.count }

    func id(_ number: UInt32) -> StorageID { ids[Int(number)] }
    func place(_ number: UInt32) -> BlobPlace { places[Int(number)] }
    func move(_ number: UInt32, to place: BlobPlace) { places[Int(number)] = place }

    func number(of id: StorageID) -> UInt32? {
        let number = slots[slot(of: id)]
        return number == Self.none ? nil : number
    }

    /// Adds a blob that is not there yet.
    mutating func add(_ id: StorageID, at place: BlobPlace) -> UInt32 {
        if (count + 1) * 4 > slots.count * 3 { rebuild(slots.count * 2) }
        let number = UInt32(count)
        ids.append(id)
        places.append(place)
        slots[slot(of: id)] = number
        return number
    }

    private mutating func rebuild(_ size: Int) {
        slots = FlatList(repeating: Self.none, count: size)
        for number in 0..<count { slots[slot(of: ids[number])] = UInt32(number) }
    }

    /// Where an id is, or the room where it belongs.
    private func slot(of id: StorageID) -> Int {
        // Ids are hashes: each word of them is as good as random.
        var slot = Int(id.second.multipliedFullWidth(by: UInt64(slots.count)).high)
        while true {
            let number = slots[slot]
            if number == Self.none || ids[Int(number)] == id { return slot }
            slot += 1
            if slot == slots.count { slot = 0 }
        }
    }
}
