internal import Messages

/// The files in `index/` (design document, "Indexing").
enum IndexFile {
    /// Reads every index of a repository; `body` is told each pack and its blobs.
    static func readAll(_ repository: Repository, _ body: (StorageID, [BlobEntry]) -> Void) throws(Failure) {
        for (id, _) in try repository.backend.list(.index) {
            try repository.readJSON(RepositoryFile(.index, id)) { (json) throws(Damage) in try read(json, body) }
        }
    }

    static func read(_ json: JSONReader, _ body: (StorageID, [BlobEntry]) -> Void) throws(Damage) {
        var blobs: [BlobEntry] = []
        try json.object { (name) throws(Damage) in
            guard name == "packs" else { return try json.skip() }
            try json.array { () throws(Damage) in
                let pack = try readPack(json, &blobs)
                body(pack, blobs)
            }
        }
    }

    private static func readPack(_ json: JSONReader, _ blobs: inout [BlobEntry]) throws(Damage) -> StorageID {
        blobs.removeAll(keepingCapacity: true)
        var pack = StorageID.null
        var found = blobs
        swap(&found, &blobs)
        try json.object { (name) throws(Damage) in
            switch name {
            case "id": pack = try json.identifier()
            case "blobs": try json.array { () throws(Damage) in found.append(try readBlob(json)) }
            default: try json.skip()
            }
        }
        swap(&found, &blobs)
        return pack
    }

    private static func readBlob(_ json: JSONReader) throws(Damage) -> BlobEntry {
        if let entry = json.scan(dataBlob) { return entry }
        var id = StorageID.null
        var kind = BlobKind.data
        var offset: UInt64 = 0, length: UInt64 = 0, plainLength: UInt64 = 0
        try json.object { (name) throws(Damage) in
            switch name {
            case "id": id = try json.identifier()
            case "type":
                switch try json.string() {
                case "data": kind = .data
                case "tree": kind = .tree
                default: throw Damage("blob type")
                }
            case "offset": offset = try json.integer()
            case "length": length = try json.integer()
            case "uncompressed_length": plainLength = try json.integer()
            default: try json.skip()
            }
        }
        guard offset <= UInt32.max, length <= UInt32.max, plainLength <= UInt32.max, length >= Sealer.overhead else {
            throw Damage("blob length")
        }
        return BlobEntry(
            id: id, kind: kind, offset: UInt32(offset), length: UInt32(length), plainLength: UInt32(plainLength))
    }

    /// A data blob as restic and `write` describe it: the index of a large image has half a million.
    private static func dataBlob(_ text: inout TextScanner) -> BlobEntry? {
        guard text.pass("{\"id\":"), let id = text.identifier(),
            text.pass(",\"type\":\"data\",\"offset\":"), let offset = text.number(),
            text.pass(",\"length\":"), let length = text.number(), length >= Sealer.overhead
        else { return nil }
        var plainLength: UInt32 = 0
        if text.pass(",\"uncompressed_length\":") {
            guard let number = text.number() else { return nil }
            plainLength = number
        }
        guard text.pass("}") else { return nil }
        return BlobEntry(id: id, kind: .data, offset: offset, length: length, plainLength: plainLength)
    }

    /// Stores an index of these packs.
    static func write(_ packs: [(id: StorageID, entries: [BlobEntry])], to repository: Repository) throws(Failure) {
        let text = try CompressedText(versionByte: 2)
        var json = JSONWriter()
        json.beginObject()
        json.member("packs")
        json.beginArray()
        for pack in packs {
            json.beginObject()
            json.member("id")
            json.value(pack.id)
            json.member("blobs")
            json.beginArray()
            for entry in pack.entries {
                write(entry, &json)
                guard json.bytes.count > 32 << 10 else { continue }
                try text.append(json.bytes)
                json.discardBytes()
            }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        json.endLine()
        try text.append(json.bytes)
        _ = try repository.save(.index, text, try Sealer(repository.key))
    }

    private static func write(_ entry: BlobEntry, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("id")
        json.value(entry.id)
        json.member("type")
        json.value(entry.kind == .tree ? "tree" : "data")
        json.member("offset")
        json.value(entry.offset)
        json.member("length")
        json.value(entry.length)
        if entry.isCompressed {
            json.member("uncompressed_length")
            json.value(entry.plainLength)
        }
        json.endObject()
    }
}
