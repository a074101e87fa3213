import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// Where images must not go, and what must be there in the end.
@Suite struct TargetTests {
    private func attach(_ path: String) throws -> LoopDevice {
        try LoopDevice.attach(try Descriptor.open(path, O_RDWR), offset: 0, length: 0, readOnly: false)
    }

    @Test func neverUnderALoopDevice() throws {
        try Sandbox.with { sandbox in
            // A loop device takes hold of nothing: neither of a file nor of a device below it.
            try Volume.with(.ext4, in: sandbox.path) { volume in
                let file = problem { _ = try FileImageTarget.overwrite(volume.image, size: 1 << 20) }
                #expect(file?.code.name == "RestoreTargetUnusable")
                guard case .restoreTargetUnusable(_, let reason)? = file else { return }
                #expect(reason.contains(volume.device))
            }
            try Shell.run("truncate", "-s", "64M", sandbox.path("disk"))
            let below = try attach(sandbox.path("disk"))
            let above = try attach(below.node)
            let device = problem { _ = try FileImageTarget.overwrite(below.node, size: 1 << 20) }
            #expect(device?.code.name == "RestoreTargetUnusable")
            _ = try FileImageTarget.overwrite(above.node, size: 1 << 20)
            withExtendedLifetime(below) {}
        }
    }

    @Test(arguments: [10, 70]) func changedOnlyLeavesTheImageAndNothingElse(_ mebibytes: Int) throws {
        try Place.with { place in
            let image = try place.makeImage("image", mebibytes: 16)
            let stored = try place.store(image)
            let target = place.sandbox.path("target")
            try Shell.run("cp", image, target)
            try Shell.run("truncate", "-s", "\(mebibytes)M", target)
            let reader = ImageReader(try place.open())
            let file = try reader.file(stored.id, "/srv/db.img")
            try reader.restore(file, to: try FileImageTarget.overwrite(target, size: file.size), onlyChanged: true)
            let isEqual = try place.equal(target, image)
            #expect(isEqual)
        }
    }

    @Test func oneRestoreToAFileAtATime() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("db.img")
            let neighbour = try sandbox.write("db.img.unfinished", "somebody's")
            do {
                let first = try UnfinishedImage(path, size: 10)
                let second = problem { _ = try UnfinishedImage(path, size: 10) }
                #expect(second?.code.name == "RestoreTargetUnusable")
                #expect(!Files.exists(path))
                try first.finish(overwrite: false)
            }
            #expect(Files.text(path)?.utf8.count == 10)
            let more = try UnfinishedImage(path, size: 20)
            let refused = problem { try more.finish(overwrite: false) }
            #expect(refused == .restoreWouldOverwrite(path: path, count: 1))
            #expect(Files.text(path)?.utf8.count == 10)
            try more.finish(overwrite: true)
            #expect(Files.text(path)?.utf8.count == 20)
            #expect(Files.text(neighbour) == "somebody's")
            #expect(Files.names(in: sandbox.path) == ["db.img", "db.img.unfinished"])
        }
    }

    @Test func whatIsGivenUpIsGone() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("db.img")
            // As a killed restore leaves it.
            try sandbox.write("db.img.remanso-unfinished", "half of it")
            do {
                let unfinished = try UnfinishedImage(path, size: 5)
                let bytes: [UInt8] = [1, 2]
                try bytes.withBytes { (bytes) throws(Failure) in try unfinished.target.write(bytes, at: 3) }
                #expect(Files.names(in: sandbox.path).count == 1)
            }
            #expect(Files.names(in: sandbox.path) == [])
            let tooLong = sandbox.path(String(repeating: "x", count: 250))
            let refused = problem { _ = try UnfinishedImage(tooLong, size: 5) }
            #expect(refused?.code.name == "RestoreTargetUnusable")
        }
    }
}
