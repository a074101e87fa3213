import Fixtures
import Freezing
import Glibc
import Linux
import Messages
import Testing

@Suite("A freeze", .serialized)
struct SessionTests {
    @Test("holds every volume until it is thawed, and leaves nothing behind", arguments: [Volume.Kind.ext4, .xfs])
    func holdsAndThaws(_ kind: Volume.Kind) throws {
        try Stage.with { stage in
            try Volume.with(kind, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume])
                #expect(!volume.isFrozen)
                let frozen = session.freeze()
                #expect(frozen.allSatisfy { $0.held && $0.wasFrozen && $0.problem == nil })
                #expect(volume.isFrozen)
                #expect(!volume.acceptsWrites(withinSeconds: 0.2))
                let thawed = session.thaw()
                #expect(thawed.allSatisfy { $0.held && $0.problem == nil && ($0.milliseconds ?? 0) > 0 })
                #expect(!session.endedEarly && !session.deadlineExceeded)
                #expect(session.totalMilliseconds >= 200)
                session.close()
                #expect(volume.acceptsWrites(withinSeconds: 20))
                #expect(!Files.exists(stage.ledgerPath))
                #expect(kill(session.freezerPID, 0) != 0)
            }
        }
    }

    @Test("of somebody else is named and left alone, while our own volumes freeze and thaw")
    func foreignFreezeStands() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "theirs") { theirs in
                try Volume.with(.ext4, in: stage.sandbox.path, name: "ours") { ours in
                    try theirs.freezeAsForeigner()
                    let session = try stage.session([theirs, ours])
                    let frozen = session.freeze()
                    let foreign = try #require(frozen.first { $0.mountPoint == theirs.mountPoint })
                    #expect(foreign.problem == .foreignFreeze(volume: theirs.mountPoint))
                    #expect(!foreign.held && !foreign.wasFrozen)
                    let thawed = session.thaw()
                    session.close()
                    #expect(thawed.first { $0.mountPoint == ours.mountPoint }?.held == true)
                    #expect(ours.acceptsWrites(withinSeconds: 20))
                    #expect(theirs.thaw(), "the foreign freeze still stood")
                }
            }
        }
    }

    @Test("never reaches the file system below a volume that went away since the plan")
    func vanishedMount() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path, name: "parent") { parent in
                try Volume.with(.ext4, in: parent.mountPoint, name: "child") { child in
                    let planned = try mount(of: child)
                    try Shell.run("umount", "-l", child.mountPoint)
                    #expect(throws: Failure(.mountVanished(volume: child.mountPoint))) {
                        try FreezeTarget.open(planned)
                    }
                    rmdir(child.mountPoint)
                    #expect(throws: Failure(.mountVanished(volume: child.mountPoint))) {
                        try FreezeTarget.open(planned)
                    }
                    #expect(!parent.isFrozen)
                }
            }
        }
    }

    @Test("refuses a volume that another mount covers now")
    func coveredMount() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let planned = try mount(of: volume)
                try Shell.run("mount", "-t", "tmpfs", "tmpfs", volume.mountPoint)
                defer { umount2(volume.mountPoint, Int32(MNT_DETACH)) }
                #expect(throws: Failure(.mountVanished(volume: volume.mountPoint))) { try FreezeTarget.open(planned) }
            }
        }
    }

    @Test("takes bind mounts and further mounts of one device as one")
    func oneSuperblock() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let second = stage.sandbox.path("second"), bound = stage.sandbox.path("bound")
                try [second, bound].forEach { try Files.makeFolder($0) }
                try Shell.run("mount", volume.device, second)
                defer { umount2(second, Int32(MNT_DETACH)) }
                try Files.makeFolder(volume.path("folder"))
                try Shell.run("mount", "--bind", volume.path("folder"), bound)
                defer { umount2(bound, Int32(MNT_DETACH)) }
                let table = try MountTable.current()
                let targets = try [volume.mountPoint, second, bound].map {
                    try FreezeTarget.open(#require(table.mount(at: $0)))
                }
                let session = try stage.session(FreezeTarget.ordered(targets, in: table))
                #expect(session.freeze().map(\.held) == [true])
                #expect(session.thaw().map(\.held) == [true])
                session.close()
                #expect(volume.acceptsWrites(withinSeconds: 20))
            }
        }
    }

    @Test("of a read-only volume succeeds and is undone")
    func readOnly() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                try Shell.run("mount", "-o", "remount,ro", volume.mountPoint)
                let session = try stage.session([volume])
                #expect(session.freeze().map(\.held) == [true])
                #expect(session.thaw().map(\.held) == [true])
                session.close()
                try Shell.run("mount", "-o", "remount,rw", volume.mountPoint)
                #expect(volume.acceptsWrites(withinSeconds: 20))
            }
        }
    }

    @Test("ends at its deadline, and is not taken for one that held")
    func deadline() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume], deadline: 2)
                #expect(session.freeze().map(\.held) == [true])
                #expect(volume.acceptsWrites(withinSeconds: 20))
                let thawed = session.thaw()
                session.close()
                #expect(thawed.map(\.held) == [false])
                #expect(session.deadlineExceeded && !session.endedEarly)
                #expect((2_000..<15_000).contains(session.totalMilliseconds))
            }
        }
    }

    @Test("does not begin without the freezer's program")
    func missingFreezer() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let missing = stage.sandbox.path("nothing")
                #expect(throws: Failure(.freezerMissing(path: missing))) {
                    try FreezeSession(
                        [target(volume)], deadlineSeconds: 1, ledgerPath: stage.ledgerPath, freezerPath: missing)
                }
                #expect(!volume.isFrozen)
                #expect(!Files.exists(stage.ledgerPath))
            }
        }
    }

    @Test("that a third party undid is reported as lost")
    func thirdPartyThaw() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let session = try stage.session([volume])
                _ = session.freeze()
                #expect(volume.thaw())
                let thawed = session.thaw()
                session.close()
                #expect(thawed.map(\.held) == [false])
                #expect(thawed.map(\.problem) == [.freezeLost(volume: volume.mountPoint)])
            }
        }
    }

    @Test("hands no descriptor of the program to the freezer but those that it needs")
    func descriptors() throws {
        try Stage.with { stage in
            try Volume.with(.ext4, in: stage.sandbox.path) { volume in
                let secret = try Descriptor.open("/etc/passwd", O_RDONLY)
                let session = try stage.session([volume])
                defer { session.close() }
                let folder = "/proc/\(session.freezerPID)/fd"
                let links = Files.names(in: folder).compactMap { Files.linkTarget("\(folder)/\($0)") }
                #expect(!links.contains(secret.path))
                let named = Set(links.filter { $0.hasPrefix("/") })
                #expect(named == ["/dev/null", stage.ledgerPath, volume.mountPoint])
            }
        }
    }
}
