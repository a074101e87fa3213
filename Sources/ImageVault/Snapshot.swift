public import Messages

/// A file in `snapshots/` (design document, "Snapshots").
public struct Snapshot: Sendable, Equatable {
    /// The instant that it shows.
    public var time: Timestamp
    /// The snapshot that it was made from.
    public var parent: StorageID?
    /// Its root folder.
    public var tree: StorageID
    /// What was backed up; with the host this is how restic groups snapshots.
    public var paths: [String]
    /// The host that the data belongs to.
    public var host: String
    /// The user who made it.
    public var user = Machine.user
    /// Its tags.
    public var tags: [String]

    init(time: Timestamp, parent: StorageID?, tree: StorageID, paths: [String], host: String, tags: [String]) {
        self.time = time
        self.parent = parent
        self.tree = tree
        self.paths = paths
        self.host = host
        self.tags = tags
    }

    init(_ json: JSONReader) throws(Damage) {
        var snapshot = Snapshot(
            time: Timestamp(seconds: 0), parent: nil, tree: .null, paths: [], host: "", tags: [])
        snapshot.user = ""
        try json.object { (name) throws(Damage) in
            switch name {
            case "time":
                guard let time = Timestamp(try json.string()) else { throw Damage("time") }
                snapshot.time = time
            case "parent": snapshot.parent = try json.null() ? nil : try json.identifier()
            case "tree": snapshot.tree = try json.identifier()
            case "paths": try json.array { () throws(Damage) in snapshot.paths.append(try json.string()) }
            case "hostname": snapshot.host = try json.string()
            case "username": snapshot.user = try json.string()
            case "tags": try json.array { () throws(Damage) in snapshot.tags.append(try json.string()) }
            default: try json.skip()
            }
        }
        self = snapshot
    }

    /// In the order and with the omissions of restic's own.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("time")
        json.value(time.description)
        if let parent {
            json.member("parent")
            json.value(parent)
        }
        json.member("tree")
        json.value(tree)
        Self.write("paths", paths, &json)
        json.member("hostname")
        json.value(host)
        json.member("username")
        json.value(user)
        if !tags.isEmpty { Self.write("tags", tags, &json) }
        json.endObject()
        return json.bytes
    }

    private static func write(_ name: String, _ texts: [String], _ json: inout JSONWriter) {
        json.member(name)
        json.beginArray()
        for text in texts { json.value(text) }
        json.endArray()
    }
}

extension Repository {
    /// Reads a snapshot.
    /// - Throws: `.vaultDamaged` naming the file, also when there is none.
    public func snapshot(_ id: StorageID) throws(Failure) -> Snapshot {
        try readJSON(RepositoryFile(.snapshot, id)) { (json) throws(Damage) in try Snapshot(json) }
    }

    /// The snapshot whose id begins with `prefix`; `nil` when there is none or more than one.
    public func snapshotID(startingWith prefix: String) throws(Failure) -> StorageID? {
        let found = try backend.list(.snapshot).map(\.id).filter { $0.description.hasPrefix(prefix) }
        return found.count == 1 ? found[0] : nil
    }
}
