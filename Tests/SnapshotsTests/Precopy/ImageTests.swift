import Fixtures
import Glibc
import Linux
import Testing

@testable import Snapshots

/// Images of volumes that everything writes to, each compared with the device as it was while frozen.
@Suite("An image of a living volume", .serialized)
struct ImageTests {
    @Test("is bit for bit the device at the instant of the freeze", arguments: [Volume.Kind.ext4, .xfs])
    func isTheDevice(_ kind: Volume.Kind) throws { try Proof(kind).images(5) }

    @Test("so is each increment, which reads only what has changed", arguments: [Volume.Kind.ext4, .xfs])
    func increments(_ kind: Volume.Kind) throws { try Proof(kind).chain(3, skipsFreeSpace: true) }
}

/// The same fifty times; `make prove` runs it, `make test` leaves it out.
@Suite("Proof: images of living volumes", .serialized)
struct ProofTests {
    @Test("fifty images of each file system under load", arguments: [Volume.Kind.ext4, .xfs])
    func fifty(_ kind: Volume.Kind) throws {
        for _ in 0..<5 { try Proof(kind, usesVault: true).images(10) }
    }

    @Test("chains of ten increments under load", arguments: [Volume.Kind.ext4, .xfs], [true, false])
    func chains(_ kind: Volume.Kind, _ skipsFreeSpace: Bool) throws {
        try Proof(kind, usesVault: true).chain(10, skipsFreeSpace: skipsFreeSpace)
    }
}

/// Takes images of a volume under the heaviest load, and compares each.
struct Proof {
    private let kind: Volume.Kind
    private let megabytes: Int
    private let usesVault: Bool

    /// - Parameter megabytes: of the volume; an ext4 of less than 512 has blocks of 1 KiB, of which nothing is left out.
    init(_ kind: Volume.Kind, megabytes: Int? = nil, usesVault: Bool = false) {
        self.kind = kind
        self.usesVault = usesVault
        self.megabytes = megabytes ?? (kind == .ext4 ? 520 : 320)
    }

    /// Images without a parent; every second one leaves free space out.
    func images(_ count: Int) throws {
        try ImageStage.with(kind, megabytes: megabytes, usesVault: usesVault) { stage in
            try HeavyLoad.with(stage.volume, in: stage.sandbox) {
                for number in 0..<count {
                    var stage = stage
                    stage.settings.skipsFreeSpace = number % 2 == 0
                    let shot = try stage.shoot("image")
                    #expect(shot.result.readEverything)
                    try judge(shot, stage, "image \(number + 1) of \(count)")
                }
                try stage.shelf.check()
            }
        }
    }

    /// An image and its increments.
    func chain(_ count: Int, skipsFreeSpace: Bool) throws {
        try ImageStage.with(kind, megabytes: megabytes, usesVault: usesVault) { stage in
            var stage = stage
            stage.settings.skipsFreeSpace = skipsFreeSpace
            stage.settings.freezeBudget = Self.budget(0)
            try HeavyLoad.with(stage.volume, in: stage.sandbox) {
                var shot = try stage.shoot("image-0")
                try judge(shot, stage, "the chain's first image")
                for number in 1...count {
                    stage.settings.freezeBudget = Self.budget(number)
                    shot = try stage.shoot("image-\(number)", after: shot)
                    #expect(!shot.result.readEverything)
                    try judge(shot, stage, "increment \(number) of \(count)")
                    unlink(stage.sandbox.path("images/image-\(number - 1)"))
                }
                try stage.shelf.check()
            }
        }
    }

    /// In a long freeze there are fewer rounds, and more that is read inside it: both are to be right.
    private static func budget(_ number: Int) -> Double { number % 5 == 2 ? 0.2 : 5 }

    private func judge(_ shot: ImageStage.Shot, _ stage: ImageStage, _ name: String) throws {
        let skips = stage.settings.skipsFreeSpace
        let wrong = try shot.differences(leavingOutFree: skips)
        #expect(wrong.isEmpty, "\(kind), \(name): \(wrong.count) blocks differ, the first is \(wrong.first ?? 0)")
        #expect(shot.result.doubt == nil)
        try requireSound(stage, shot.path)
        Record.line(kind, name, shot, wrong.count, skips)
    }

    /// The file system's own checker finds nothing to complain of.
    private func requireSound(_ stage: ImageStage, _ image: String) throws {
        switch kind {
        case .ext4: try Shell.run("e2fsck", "-fn", image)
        default:
            // A frozen xfs still has its log, which a mount replays: not in the image itself, which may get increments.
            let copy = stage.sandbox.path("images/copy"), folder = stage.sandbox.path("copy")
            try Files.makeFolder(folder)
            try Shell.run("cp", "--sparse=always", image, copy)
            try Shell.run("mount", "-o", "loop,nouuid", copy, folder)
            try Shell.run("umount", folder)
            try Shell.run("xfs_repair", "-n", copy)
        }
    }
}

/// What the long proof prints of each image.
enum Record {
    static func line(
        _ kind: Volume.Kind, _ name: String, _ shot: ImageStage.Shot, _ wrong: Int, _ skips: Bool
    ) {
        let result = shot.result
        func megabytes(_ bytes: UInt64) -> String { "\((bytes + 500_000) / 1_000_000)" }
        let rounds = result.rounds.map { megabytes($0.bytes) }.joined(separator: "+")
        print(
            "\(kind) \(name), free space \(skips ? "left out" : "read"): \(wrong) blocks differ; rounds \(rounds) MB,",
            "last \(Double(result.finalBytes / 10_000) / 100) MB in \(Int(result.finalSeconds * 1000)) ms,",
            "reads \(megabytes(UInt64(result.readRate))) MB/s, freezes that failed \(result.failedFreezes), changes \(megabytes(UInt64(result.changeRate))) MB/s"
        )
    }
}
