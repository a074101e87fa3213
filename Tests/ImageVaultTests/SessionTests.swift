import Fixtures
import Glibc
import Images
import Linux
import Messages
import Testing

@testable import ImageVault

/// An image that is put together piece by piece is what the pieces say, whatever their order and size.
@Suite struct SessionTests {
    /// Carries out random changes on a device in memory and tells the session of each.
    private func change(_ device: TestDevice, _ session: ImageSession, steps: Int, seed: UInt64) throws {
        var random = Noise(seed: seed)
        for step in 0..<steps {
            let extents = random.extents(in: device.size, count: 1 + step % 7)
            if step % 3 == 1 {
                for extent in extents { device.write([UInt8](repeating: 0, count: Int(extent.length)), extent.offset) }
                try session.storeZeros(extents)
                continue
            }
            for extent in extents { device.write(random.text(Int(extent.length)), extent.offset) }
            if step % 3 == 0 {
                try session.store(extents, from: device)
            } else {
                try device.withPieces(extents) { try session.overlay($0) }
            }
        }
    }

    @Test(arguments: [1, 2, 3]) func randomPieces(_ seed: UInt64) throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 3, seed: seed))
            var parent: StorageID?
            for step in 0..<3 {
                let id = try place.write { writer in
                    let session = try writer.beginImage(at: "/srv/db.img", size: device.size, parent: parent)
                    #expect(session.hasParent == (parent != nil) && session.parentDoubt == nil)
                    if parent == nil { try session.store([Extent(offset: 0, length: device.size)], from: device) }
                    try change(device, session, steps: 40, seed: seed * 100 + UInt64(step))
                    try session.finish()
                }
                try device.save(place.sandbox.path("expected"))
                try place.expectRestored(id, equals: place.sandbox.path("expected"))
                parent = id
            }
            try place.check()
        }
    }

    /// A first image of zeros, stored parts and small pieces, none of which keeps to the borders of blobs.
    @Test func everyByteFromSomewhere() throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 1))
            let border: UInt64 = 300_001, hole: UInt64 = 500_003
            device.write([UInt8](repeating: 0, count: Int(hole - border)), border)
            let id = try place.write { writer in
                let session = try writer.beginImage(at: "/srv/db.img", size: device.size)
                try session.storeZeros([Extent(offset: border, length: hole - border)])
                try device.withPieces([Extent(offset: hole, length: device.size - hole)]) { try session.overlay($0) }
                try session.store([Extent(offset: 0, length: border)], from: device)
                try session.finish()
            }
            try device.save(place.sandbox.path("expected"))
            try place.expectRestored(id, equals: place.sandbox.path("expected"))
        }
    }

    @Test(arguments: [0, 70_000, 65_536 * 2 - 1]) func aForgottenByteIsNoZero(_ gap: UInt64) throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 0, tail: 200_000))
            let found = problem {
                try place.write { writer in
                    let session = try writer.beginImage(at: "/srv/db.img", size: device.size)
                    let left = Extent(offset: gap + 1, length: device.size - gap - 1)
                    try device.withPieces([Extent(offset: 0, length: gap)]) { try session.overlay($0) }
                    try session.storeZeros([Extent(offset: left.offset, length: 10)])
                    try device.withPieces([left]) { try session.overlay($0) }
                    try session.finish()
                }
            }
            #expect(found == .imageIncomplete(path: "/srv/db.img", offset: gap / 65_536 * 65_536))
            #expect(try place.files(.snapshot).isEmpty)
        }
    }

    @Test func severalVolumesSideBySide() throws {
        try Place.with { place in
            // Alike to a large part, so that one uses blobs of which the other has just begun the pack.
            let devices = try (0..<3).map { number in
                let device = TestDevice(try place.makeImage("image", mebibytes: 12))
                device.write(Array("volume \(number)".utf8), 1000)
                return device
            }
            let failures = Shared<[String]>([])
            let id = try place.write { writer in
                _ = Threads.concurrently(
                    devices.indices.map { number in
                        { @Sendable in
                            do {
                                let device = devices[number]
                                let session = try writer.beginImage(at: "/v\(number).img", size: device.size)
                                try session.store([Extent(offset: 0, length: device.size)], from: device)
                                try change(device, session, steps: 30, seed: 5)
                                try session.finish()
                            } catch {
                                failures.withLock { $0.append("\(error)") }
                            }
                        }
                    })
            }
            #expect(failures.withLock { $0 } == [])
            // Their increments, begun side by side as well.
            let parents = Shared(0)
            let second = try place.write { writer in
                _ = Threads.concurrently(
                    devices.indices.map { number in
                        { @Sendable in
                            do {
                                let device = devices[number]
                                let session = try writer.beginImage(
                                    at: "/v\(number).img", size: device.size, parent: id)
                                if session.hasParent { parents.withLock { $0 += 1 } }
                                try session.finish()
                            } catch {
                                failures.withLock { $0.append("\(error)") }
                            }
                        }
                    })
            }
            #expect(failures.withLock { $0 } == [] && parents.withLock { $0 } == 3)
            try devices[2].save(place.sandbox.path("expected"))
            try place.expectRestored(second, equals: place.sandbox.path("expected"), at: "/v2.img")
            try place.check()
            for (number, device) in devices.enumerated() {
                try device.save(place.sandbox.path("expected"))
                try place.expectRestored(id, equals: place.sandbox.path("expected"), at: "/v\(number).img")
            }
        }
    }

    @Test func tenIncrementsEachEqual() throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 6))
            var ids: [StorageID] = []
            for step in 0...10 {
                let id = try place.write { writer in
                    let session = try writer.beginImage(at: "/srv/db.img", size: device.size, parent: ids.last)
                    if step == 0 { try session.store([Extent(offset: 0, length: device.size)], from: device) }
                    try change(device, session, steps: 6, seed: UInt64(step) + 50)
                    try session.finish()
                }
                try device.save(place.sandbox.path("\(step)"))
                ids.append(id)
            }
            try place.check()
            for (step, id) in ids.enumerated() {
                try place.expectRestored(id, equals: place.sandbox.path("\(step)"))
                if step % 5 == 0 { try place.expectDumped(id, equals: place.sandbox.path("\(step)")) }
            }
            // Without the first ones the later ones stay what they are.
            try place.resticOn(
                place.folder, ["forget", "--prune", "--max-unused", "0"] + ids[..<7].map(\.description))
            try place.check()
            for step in 7...10 { try place.expectRestored(ids[step], equals: place.sandbox.path("\(step)")) }
        }
    }

    // MARK: Parents

    private func doubt(_ place: Place, _ parent: StorageID, size: UInt64, at path: String = "/srv/db.img") throws
        -> ParentDoubt?
    {
        let repository = try place.open()
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let session = try VaultWriter(repository, lock: lock).beginImage(at: path, size: size, parent: parent)
        #expect(session.hasParent == (session.parentDoubt == nil))
        return session.parentDoubt
    }

    @Test func unfitParentsAreNamed() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let size: UInt64 = 2 << 20 + 1234
            let stored = try place.store(image)
            #expect(try doubt(place, stored.id, size: size - 1) == .otherSize(bytes: size))
            #expect(try doubt(place, stored.id, size: size, at: "/other.img") == .noImage)
            let forgotten = try place.store(image)
            try place.resticOn(place.folder, ["forget", forgotten.id.description])
            #expect(try doubt(place, forgotten.id, size: size) == .gone)

            // Too small for restic to be cut in two.
            try place.restic("backup", "--quiet", place.sandbox.write("text", "some text"))
            let files = try #require(try place.open().backend.list(.snapshot).first { $0.id != stored.id }?.id)
            #expect(try doubt(place, files, size: 9, at: place.sandbox.path("text")) == nil)
        }
    }

    @Test func parentWithDamagedTreeIsReadWhole() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 2)
            let size: UInt64 = 2 << 20 + 1234
            let stored = try place.store(image)
            try place.flip(try place.treePack(stored.id), at: 0.1)
            guard case .damaged(let detail)? = try doubt(place, stored.id, size: size) else {
                Issue.record("no doubt")
                return
            }
            #expect(detail.hasPrefix("data/"))
            // The backup goes on without it.
            let second = try place.store(image, parent: stored.id, changed: [])
            #expect(second.bytes.read > 1 << 20)
            try place.expectRestored(second.id, equals: image)
        }
    }

    /// A damaged blob fails the small piece that needs the rest of it; begun anew, the same run stores the blob again.
    @Test func damagedBlobIsStoredAnew() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 1)
            let device = TestDevice(image)
            let stored = try place.store(image)
            let largest = try #require(
                try FolderBackend(place.folder).list(.pack).max { $0.size < $1.size }?.id)
            try place.flip("\(place.folder)/\(RepositoryFile(.pack, largest))", at: 0)
            let id = try place.write { writer in
                let session = try writer.beginImage(at: "/srv/db.img", size: device.size, parent: stored.id)
                let everywhere = (0..<device.size / 65_536).map { Extent(offset: $0 * 65_536 + 5, length: 3) }
                let found = damage { try device.withPieces(everywhere) { try session.overlay($0) } }
                #expect(found?.hasPrefix("data/") == true)
                // It cannot be finished by mistake.
                #expect(damage { try session.finish() } == found)
                let again = try writer.beginImage(at: "/srv/db.img", size: device.size)
                try again.store([Extent(offset: 0, length: device.size)], from: device)
                try again.finish()
            }
            try place.expectRestored(id, equals: image)
        }
    }

    /// Ends after its first half, as a disk that breaks.
    private struct HalfSource: ImageSource {
        let whole: FileImageSource
        var size: UInt64 { whole.size }
        func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) {
            if offset >= size / 2 { throw Failure(.systemCall(operation: "read", subject: "disk", reason: "EIO")) }
            try whole.read(at: offset, into: bytes)
        }
        func holes() -> [Extent] { [] }
    }

    @Test func aFailedSessionLeavesNoHoles() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 8)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            defer { lock.release() }
            let writer = try VaultWriter(repository, lock: lock)
            let whole = try FileImageSource(try Descriptor.open(image, O_RDONLY))
            let failed = problem { try writer.addImage(HalfSource(whole: whole), at: "/a.img") }
            #expect(failed != nil)
            // What it had begun to store is in packs that will never be whole.
            try writer.addImage(whole, at: "/a.img")
            let id = try writer.finish(time: .now, host: "db1", tags: [])
            lock.release()
            try place.check()
            try place.expectRestored(id, equals: image, at: "/a.img")
        }
    }

    @Test func anImageThatSharesWhatWasLostIsRefused() throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 4)
            let repository = try place.open()
            let lock = try RepositoryLock(repository)
            defer { lock.release() }
            let writer = try VaultWriter(repository, lock: lock, threads: 1)
            let whole = try FileImageSource(try Descriptor.open(image, O_RDONLY))
            try writer.addImage(whole, at: "/a.img")
            let failed = problem { try writer.addImage(HalfSource(whole: whole), at: "/b.img") }
            let finished = problem { _ = try writer.finish(time: .now, host: "db1", tags: []) }
            let snapshots = try place.files(.snapshot)
            #expect(failed != nil && finished?.code.name == "ImageIncomplete")
            #expect(snapshots.isEmpty)
            lock.release()
            try place.check()
        }
    }

    @Test func noTwoThingsAtOnePath() throws {
        try Place.with { place in
            let device = TestDevice(try place.makeImage("image", mebibytes: 0, tail: 100))
            let found = problem {
                try place.write { writer in
                    for path in ["/srv.img", "/srv.img/db.img"] {
                        let session = try writer.beginImage(at: path, size: device.size)
                        try session.store([Extent(offset: 0, length: device.size)], from: device)
                        try session.finish()
                    }
                }
            }
            #expect(found?.code.name == "ImagePathTaken")
        }
    }
}

/// A device in memory.
final class TestDevice: ImageSource {
    let size: UInt64
    private let bytes: Shared<[UInt8]>

    init(_ path: String) {
        let content = (try? Descriptor.open(path, O_RDONLY).readAll(limit: 1 << 30)) ?? []
        size = UInt64(content.count)
        bytes = Shared(content)
    }

    func read(at offset: UInt64, into target: UnsafeMutableRawBufferPointer) throws(Failure) {
        bytes.withLock { target.copyBytes(from: $0[Int(offset)..<Int(offset) + target.count]) }
    }

    func write(_ new: [UInt8], _ offset: UInt64) {
        bytes.withLock { $0.replaceSubrange(Int(offset)..<Int(offset) + new.count, with: new) }
    }

    /// Pieces in rising order with what the extents hold.
    func withPieces(_ extents: [Extent], _ body: ([ImagePiece]) throws -> Void) throws {
        let content = bytes.withLock { $0 }
        try content.withUnsafeBytes { all in
            try body(
                extents.map { extent in
                    let part = all[Int(extent.offset)..<Int(extent.end)]
                    return ImagePiece(offset: extent.offset, bytes: UnsafeRawBufferPointer(rebasing: part))
                })
        }
    }

    func save(_ path: String) throws {
        try Files.replace(path, with: bytes.withLock { $0 }, isDurable: false)
    }
}

extension Noise {
    /// Extents in rising order, none touching another, from a few bytes to several blobs.
    fileprivate mutating func extents(in size: UInt64, count: Int) -> [Extent] {
        let part = size / UInt64(count)
        return (0..<UInt64(count)).map { number in
            let length = 1 + next() % [10, 5000, 70_000, 300_000][Int(next() % 4)] % part
            return Extent(offset: number * part + next() % (part - length), length: length)
        }
    }
}

extension Place {
    /// Writes a snapshot.
    @discardableResult
    func write(_ body: (VaultWriter) throws -> Void) throws -> StorageID {
        let repository = try open()
        let lock = try RepositoryLock(repository)
        defer { lock.release() }
        let writer = try VaultWriter(repository, lock: lock)
        try body(writer)
        return try writer.finish(time: .now, host: "db1", tags: ["remanso-image"])
    }
}
