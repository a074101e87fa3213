import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// A restic repository in a sandbox, with room for images beside it. Its key costs little to open.
struct Place {
    let sandbox: Sandbox
    let folder: String
    let passwordFile: String
    /// The restic that is called.
    var judge = Judge.debian

    static func with<Value>(
        version: Int = 2, in folder: String? = nil, judge: Judge = .debian, _ body: (Place) throws -> Value
    ) throws -> Value {
        try Sandbox.with { sandbox in
            let passwordFile = try sandbox.write("password", TestVault.password + "\n")
            let folder = folder ?? sandbox.path("vault")
            let place = Place(sandbox: sandbox, folder: folder, passwordFile: passwordFile, judge: judge)
            if version == 2 {
                // Opened in no time, unlike one that `restic init` makes.
                let name = folder.split(separator: "/").last.map(String.init) ?? ""
                _ = try TestVault(in: Files.parent(of: folder), name: name)
            } else {
                try place.restic("init", "--repository-version", "\(version)")
            }
            return try body(place)
        }
    }

    // MARK: restic, the judge

    @discardableResult
    func restic(_ arguments: String...) throws -> String { try resticOn(folder, arguments) }

    @discardableResult
    func resticOn(_ repository: String, _ arguments: [String]) throws -> String {
        let common = ["--no-cache", "--repo", repository, "--password-file", passwordFile]
        return try Shell.run(try judge.program, common + arguments, seconds: 600)
    }

    /// Every restic finds the repository whole.
    func check() throws {
        for judge in Judge.allCases {
            var place = self
            place.judge = judge
            try place.restic("check", "--read-data")
        }
    }

    // MARK: Ours

    func open() throws -> Repository {
        try Repository(try FolderBackend(folder), password: Array(TestVault.password.utf8), passwordFile: passwordFile)
    }

    /// Stores an image as a snapshot of its own.
    @discardableResult
    func store(
        _ image: String, at path: String = "/srv/db.img", parent: StorageID? = nil, changed: [Extent]? = nil
    ) throws -> (id: StorageID, bytes: StoredBytes) {
        let repository = try open()
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let writer = try VaultWriter(repository, lock: lock)
        let source = try FileImageSource(try Descriptor.open(image, O_RDONLY))
        let bytes = try writer.addImage(source, at: path, parent: parent, changed: changed)
        let id = try writer.finish(time: .now, host: "db1", tags: ["remanso-image"], parent: parent)
        return (id, bytes)
    }

    /// Restores into a new file and expects it to equal `image`.
    func expectRestored(
        _ id: StorageID, equals image: String, at path: String = "/srv/db.img",
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let reader = ImageReader(try open())
        let file = try reader.file(id, path)
        try reader.verify(file)
        let target = sandbox.path("restored")
        try reader.restore(file, to: try FileImageTarget.create(target, size: file.size))
        let isEqual = try equal(target, image)
        unlink(target)
        #expect(isEqual, sourceLocation: place)
    }

    /// Expects restic to hand out exactly `image`.
    func expectDumped(
        _ id: StorageID, equals image: String, at path: String = "/srv/db.img", from repository: String? = nil,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let target = sandbox.path("dumped")
        let script = "\"$0\" --no-cache --repo \"$1\" --password-file \"$2\" dump \"$3\" \"$4\" > \"$5\""
        let words = [try judge.program, repository ?? folder, passwordFile, "\(id)", path, target]
        try Shell.run("sh", ["-c", script] + words, seconds: 600)
        let isEqual = try equal(target, image)
        unlink(target)
        #expect(isEqual, sourceLocation: place)
    }

    func equal(_ left: String, _ right: String) throws -> Bool {
        let cmp = try #require(Program.find("cmp"))
        let result = try ChildProcess.run(Program(.path(cmp), ["--silent", left, right]))
        return result.ending == .exited(0)
    }

    // MARK: Images

    /// An image of the kinds of content that disks have: text, noise, zeros, the same block again, an odd end.
    func makeImage(_ name: String, mebibytes: Int, seed: UInt64 = 1, tail: Int = 1234) throws -> String {
        let path = sandbox.path(name)
        let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_TRUNC)
        var random = Noise(seed: seed)
        for index in 0..<mebibytes {
            let block: [UInt8] =
                switch index % 4 {
                case 0: random.bytes(1 << 20)
                case 1: random.text(1 << 20)
                case 2: Noise.repeated
                default: []
                }
            try block.withUnsafeBytes { try file.write($0, at: UInt64(index) << 20) }
        }
        let end = random.bytes(tail)
        try end.withUnsafeBytes { try file.write($0, at: UInt64(mebibytes) << 20) }
        return path
    }

    /// Overwrites parts of an image.
    func change(_ image: String, _ extents: [Extent], seed: UInt64 = 99) throws {
        let file = try Descriptor.open(image, O_RDWR)
        var random = Noise(seed: seed)
        for extent in extents {
            let bytes = random.bytes(Int(extent.length))
            try bytes.withUnsafeBytes { try file.write($0, at: extent.offset) }
        }
    }

    // MARK: The repository's files

    func files(_ kind: FileKind) throws -> [String] {
        let backend = try FolderBackend(folder)
        if kind == .config { return [folder + "/config"] }
        return try backend.list(kind).map { backend.path(of: RepositoryFile(kind, $0.id)) }.sorted()
    }

    /// Turns one byte of a file over; `position` from 0, the start, to 1, the end.
    func flip(_ path: String, at position: Double) throws {
        chmod(path, 0o600)
        let file = try Descriptor.open(path, O_RDWR)
        let offset = off_t(Double(try file.status().st_size - 1) * position)
        var byte: UInt8 = 0
        try #require(pread(file.number, &byte, 1, offset) == 1)
        byte ^= 0x10
        try #require(pwrite(file.number, &byte, 1, offset) == 1)
    }

    /// Turns one byte over; `fromEnd` 1 is the last.
    func flip(_ path: String, fromEnd: Int) throws {
        let size = Double(try Descriptor.open(path, O_RDONLY).status().st_size)
        try flip(path, at: (size - Double(fromEnd)) / (size - 1))
    }

    /// The pack that holds a snapshot's root folder.
    func treePack(_ id: StorageID) throws -> String {
        let catalogue = BlobCatalogue()
        let repository = try open()
        try catalogue.load(repository, lengths: [])
        let tree = try #require(catalogue.tree(try repository.snapshot(id).tree))
        return "\(folder)/\(RepositoryFile(.pack, tree.pack))"
    }

    /// Names that no file of a repository has: what a killed upload leaves.
    func temporaries() throws -> [String] {
        let folders = ["\(folder)/data/00", "\(folder)/index", "\(folder)/snapshots", "\(folder)/locks"]
        return folders.flatMap { Files.names(in: $0) }.filter(FolderUpload.isTemporary)
    }
}

/// Bytes that look random, the same for each seed.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    static let repeated = [UInt8](repeating: 0x5A, count: 1 << 20)

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let words = (0..<(count + 7) / 8).map { _ in next() }
        return words.withUnsafeBytes { Array($0.prefix(count)) }
    }

    /// Words of a small vocabulary.
    mutating func text(_ count: Int) -> [UInt8] {
        let words = ["freeze ", "thaw ", "snapshot ", "volume ", "río ", "remanso\n", "0123 ", "backup "].map {
            Array($0.utf8)
        }
        var text: [UInt8] = []
        while text.count < count { text += words[Int(next() % UInt64(words.count))] }
        return Array(text.prefix(count))
    }
}

/// The problem that a call ends with.
func problem(_ body: () throws -> Void) -> Problem? {
    do {
        try body()
        return nil
    } catch let failure as Failure {
        return failure.problem
    } catch {
        Issue.record("\(error)")
        return nil
    }
}

/// The words that name what is damaged.
func damage(_ body: () throws -> Void) -> String? {
    guard case .vaultDamaged(_, let detail)? = problem(body) else { return nil }
    return detail
}
