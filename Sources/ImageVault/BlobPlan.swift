internal import Messages

/// Where each blob of a file is: in which pack, and at which places of the file.
struct BlobPlan: Sendable {
    /// One place of the file.
    struct Place: Sendable {
        /// Which pack, as an index into `packs`.
        let pack: UInt32
        let offset: UInt32
        let length: UInt32
        let plainLength: UInt32
        /// Which blob of the file.
        let number: UInt32
    }

    let content: BlobList
    let packs: [StorageID]
    /// Every place, pack by pack in the order of the blobs there, so that each pack is read once and forwards.
    private(set) var places: [Place]
    /// Further copies of blobs, by their numbers in the file: there when the first one is damaged.
    private let copies: [UInt32: [Place]]
    /// Where each blob of the file begins, and at last where the file ends.
    let offsets: [UInt64]

    /// Finds the blobs in the repository's indexes. Memory: some 70 bytes for each blob of the file, whatever else is in
    /// the repository.
    /// - Throws: `.vaultDamaged` for a blob that no index tells of.
    init(_ file: StoredFile, in repository: Repository) throws(Failure) {
        content = file.content
        let finder = IDFinder(file.content)
        let none = Place(pack: .max, offset: 0, length: 0, plainLength: 0, number: 0)
        var found = [Place](repeating: none, count: file.content.count)
        var packs: [StorageID] = []
        var copies: [UInt32: [Place]] = [:]
        try IndexFile.readAll(repository) { pack, entries in
            var isNew = true
            for entry in entries where entry.kind == .data {
                finder.forEach(entry.id) { number in
                    if isNew { packs.append(pack) }
                    isNew = false
                    let place = Place(
                        pack: UInt32(packs.count - 1), offset: entry.offset, length: entry.length,
                        plainLength: entry.plainLength, number: UInt32(number))
                    if found[number].pack == .max {
                        found[number] = place
                    } else if found[number].offset != place.offset || packs[Int(found[number].pack)] != pack {
                        // The same pack may stand in several indexes; this is another.
                        copies[place.number, default: []].append(place)
                    }
                }
            }
        }
        offsets = try Self.offsets(found, file, repository)
        places = found
        self.packs = packs
        self.copies = copies
        places.sort { ($0.pack, $0.offset, $0.number) < ($1.pack, $1.offset, $1.number) }
    }

    private static func offsets(_ places: [Place], _ file: StoredFile, _ repository: Repository) throws(Failure)
        -> [UInt64]
    {
        var offsets: [UInt64] = [0]
        offsets.reserveCapacity(places.count + 1)
        var end: UInt64 = 0
        for (number, place) in places.enumerated() {
            if place.pack == .max {
                let detail = "index: blob \(file.content[number]): ENOENT"
                throw Failure(.vaultDamaged(repository: repository.name, detail: detail))
            }
            end += UInt64(place.plainLength == 0 ? place.length - UInt32(Sealer.overhead) : place.plainLength)
            offsets.append(end)
        }
        if end != file.size {
            let detail = "tree: \(end) ≠ \(file.size) bytes"
            throw Failure(.vaultDamaged(repository: repository.name, detail: detail))
        }
        return offsets
    }

    func location(_ place: Place) -> BlobLocation {
        BlobLocation(
            pack: packs[Int(place.pack)],
            entry: BlobEntry(
                id: content[Int(place.number)], kind: .data, offset: place.offset, length: place.length,
                plainLength: place.plainLength))
    }

    /// Where else the blob of a place is.
    func copies(of place: Place) -> [BlobLocation] { (copies[place.number] ?? []).map(location) }

    /// Bytes of a blob of the file.
    func length(_ number: Int) -> Int { Int(offsets[number + 1] - offsets[number]) }

    /// Leaves out the places of blobs that are not needed.
    mutating func keep(_ isNeeded: (Int) -> Bool) { places.removeAll { !isNeeded(Int($0.number)) } }
}

/// Finds at which places of a list an id stands.
struct IDFinder {
    private let ids: BlobList
    /// The places in the order of their ids.
    private let order: [UInt32]
    /// Where in `order` the ids with given first 16 bits begin.
    private let starts: [UInt32]

    init(_ ids: BlobList) {
        self.ids = ids
        order = (0..<UInt32(ids.count)).sorted { ids[Int($0)] < ids[Int($1)] }
        var starts = [UInt32](repeating: 0, count: 1 << 16 + 1)
        for place in 0..<ids.count { starts[Int(ids[place].first >> 48) + 1] += 1 }
        for index in 1...1 << 16 { starts[index] += starts[index - 1] }
        self.starts = starts
    }

    func forEach(_ id: StorageID, _ body: (Int) -> Void) {
        let bucket = Int(id.first >> 48)
        for index in starts[bucket]..<starts[bucket + 1] {
            let place = Int(order[Int(index)])
            if ids[place] == id { body(place) }
        }
    }
}
