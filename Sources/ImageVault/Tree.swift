internal import Messages

/// A file in a snapshot: its size and the blobs that it consists of, in order.
public struct StoredFile: Sendable {
    /// Bytes.
    public let size: UInt64
    /// The ids of its blobs.
    let content: BlobList
}

/// An entry of a folder as far as images need it (design document, "Trees and Data").
struct TreeNode: Sendable {
    var name = ""
    var type = ""
    var subtree: StorageID?
    var size: UInt64 = 0
}

/// Reads folders of a snapshot.
enum TreeReader {
    /// The entry of that name in a folder; `nil` when there is none.
    /// - Parameter blob: is told the ids of its blobs in order.
    static func node(
        named name: String, in tree: BlobLocation, _ reader: BlobReader, blob: (StorageID) -> Void
    ) throws(Failure) -> TreeNode? {
        let wanted = Array(name.utf8)
        return try reader.readJSON(tree) { (json) throws(Damage) in
            var found: TreeNode?
            try json.object { (member) throws(Damage) in
                guard member == "nodes" else { return try json.skip() }
                try json.array { () throws(Damage) in
                    if let node = try node(named: wanted, json, blob) { found = node }
                }
            }
            return found
        }
    }

    /// All entries of a folder, without their blobs.
    static func nodes(in tree: BlobLocation, _ reader: BlobReader) throws(Failure) -> [TreeNode] {
        try reader.readJSON(tree) { (json) throws(Damage) in
            var nodes: [TreeNode] = []
            try json.object { (member) throws(Damage) in
                guard member == "nodes" else { return try json.skip() }
                try json.array { () throws(Damage) in nodes.append(try node(json)) }
            }
            return nodes
        }
    }

    private static func node(_ json: JSONReader) throws(Damage) -> TreeNode {
        var node = TreeNode()
        try json.object { (member) throws(Damage) in
            switch member {
            case "name":
                node.name = String(decoding: GoQuoting.unquote(try json.string()), as: UTF8.self)
            case "type": node.type = try json.string()
            case "size": node.size = try json.integer()
            case "subtree": node.subtree = try json.null() ? nil : try json.identifier()
            default: try json.skip()
            }
        }
        return node
    }

    /// Reads a node; `nil` when it has another name.
    private static func node(named wanted: [UInt8], _ json: JSONReader, _ blob: (StorageID) -> Void) throws(Damage)
        -> TreeNode?
    {
        var node = TreeNode()
        var isWanted: Bool?
        try json.object { (member) throws(Damage) in
            // The name comes first, whoever wrote the tree: the rest of other nodes can be passed over.
            if isWanted != true && member != "name" { return try json.skip() }
            switch member {
            case "name": isWanted = GoQuoting.unquote(try json.string()) == wanted
            case "type": node.type = try json.string()
            case "size": node.size = try json.integer()
            case "subtree": node.subtree = try json.null() ? nil : try json.identifier()
            case "content": try json.array { () throws(Damage) in blob(try json.identifier()) }
            default: try json.skip()
            }
        }
        return isWanted == true ? node : nil
    }
}

/// Writes the folders above the files of a snapshot.
struct TreeWriter {
    /// A file that a tree will name.
    struct File {
        /// Bytes.
        let size: UInt64
        let blobCount: Int
        /// The ids of blobs of it.
        let blobs: (Range<Int>) -> [StorageID]
    }

    private final class Folder {
        var folders: [String: Folder] = [:]
        var files: [String: File] = [:]
    }

    private let root = Folder()
    private let time: String
    /// Stores a tree blob.
    private let store: (CompressedText) throws(Failure) -> StorageID

    /// - Parameters:
    ///   - time: of every file and folder.
    ///   - store: takes the text of a tree and gives its id.
    init(time: Timestamp, store: @escaping (CompressedText) throws(Failure) -> StorageID) {
        self.time = time.description
        self.store = store
    }

    /// Adds a file at an absolute path.
    /// - Throws: `.imagePathTaken` when the path, or one above it, is that of another file or folder.
    func add(_ file: File, at path: String) throws(Failure) {
        var folder = root
        let names = path.split(separator: "/").map(String.init)
        for name in names.dropLast() {
            if folder.files[name] != nil { throw Failure(.imagePathTaken(path: path)) }
            let next = folder.folders[name] ?? Folder()
            folder.folders[name] = next
            folder = next
        }
        guard let name = names.last, folder.files[name] == nil, folder.folders[name] == nil else {
            throw Failure(.imagePathTaken(path: path))
        }
        folder.files[name] = file
    }

    /// Stores all folders, the deepest first.
    /// - Returns: the root's id.
    func finish() throws(Failure) -> StorageID { try write(root) }

    private func write(_ folder: Folder) throws(Failure) -> StorageID {
        var subtrees: [String: StorageID] = [:]
        for (name, one) in folder.folders { subtrees[name] = try write(one) }
        let text = try CompressedText()
        var json = JSONWriter()
        json.beginObject()
        json.member("nodes")
        json.beginArray()
        // Nodes stand in the order of their names' bytes.
        let names = Set(folder.files.keys).union(subtrees.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            if let file = folder.files[name] {
                try writeFile(name, file, &json, text)
            } else if let subtree = subtrees[name] {
                writeFolder(name, subtree, &json)
            }
        }
        json.endArray()
        json.endObject()
        json.endLine()
        try text.append(json.bytes)
        return try store(text)
    }

    private func writeFolder(_ name: String, _ subtree: StorageID, _ json: inout JSONWriter) {
        // Go's os.ModeDir with rwx for the owner.
        begin(name, "dir", mode: 1 << 31 | 0o700, &json)
        json.member("content")
        json.null()
        json.member("subtree")
        json.value(subtree)
        json.endObject()
    }

    private func writeFile(_ name: String, _ file: File, _ json: inout JSONWriter, _ text: CompressedText)
        throws(Failure)
    {
        begin(name, "file", mode: 0o600, &json)
        if file.size > 0 {
            json.member("size")
            json.value(file.size)
        }
        json.member("links")
        json.value(1)
        json.member("content")
        json.beginArray()
        for start in stride(from: 0, to: file.blobCount, by: 512) {
            for id in file.blobs(start..<min(start + 512, file.blobCount)) { json.value(id) }
            try text.append(json.bytes)
            json.discardBytes()
        }
        json.endArray()
        json.endObject()
    }

    private func begin(_ name: String, _ type: String, mode: UInt32, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("name")
        json.value(GoQuoting.quote(name))
        json.member("type")
        json.value(type)
        json.member("mode")
        json.value(mode)
        for member in ["mtime", "atime", "ctime"] {
            json.member(member)
            json.value(time)
        }
        json.member("uid")
        json.value(0)
        json.member("gid")
        json.value(0)
        json.member("user")
        json.value("root")
        json.member("group")
        json.value("root")
    }
}
