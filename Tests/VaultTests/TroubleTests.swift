import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// What can go wrong with a vault, each with its own clear problem.
@Suite(.serialized)
struct TroubleTests {
    @Test
    func `a vault that cannot be opened says why`() throws {
        try Sandbox.with { box in
            expect(.fileExists(path: box.path("vault"))) { try box.vault.create() }
            #expect(Files.isFolder(box.path("vault")))
            var location = box.location
            location.passwordFile = box.path("other.key")
            try PasswordFile.make(location.passwordFile)
            expect(.vaultWrongPassword(repository: location.repository, passwordFile: location.passwordFile)) {
                try reach(location, box)
            }
            #expect(chmod(location.passwordFile, 0o640) == 0)
            expect(code: "VaultPasswordUnusable") { try reach(location, box) }

            location = box.location
            location.repository = box.path("none")
            expect(.vaultMissing(repository: box.path("none"))) { try reach(location, box) }
            #expect(try !Vault(location, options: Sandbox.options(box.root)).exists())
            try box.write("file", "x")
            location.repository = box.path("file")
            let file = problem { try reach(location, box) }
            #expect(file == .vaultFailed(repository: box.path("file"), detail: "Not a directory"))
            try box.write("used/x", "x")
            location.repository = box.path("used")
            let used = problem { try Vault(location, options: Sandbox.options(box.root)).create() }
            #expect(used == .vaultFailed(repository: box.path("used"), detail: "Directory not empty"))

            location.repository = "nonsense:x"
            expect(code: "VaultFailed") { try reach(location, box) }
            location.repository = "rest:http://user:hush@127.0.0.1:1/"
            guard case .vaultUnreachable(let name, let reason) = problem({ try reach(location, box) }) else {
                Issue.record("not unreachable")
                return
            }
            #expect(name == "rest:http://user:***@127.0.0.1:1/" && reason.contains("connection refused"))
        }
    }

    private func reach(_ location: VaultLocation, _ box: Sandbox) throws {
        try Vault(location, options: Sandbox.options(box.root)).open()
    }

    @Test
    func `a missing or old restic is named`() throws {
        try Sandbox.empty { box in
            var options = Sandbox.options(box.root)
            options.program = box.path("no-restic")
            expect(.resticMissing) { try Vault(box.location, options: options).open() }
            try box.write("old", "#!/bin/sh\necho 'restic 0.12.1 compiled with go1.17'\n", mode: 0o755)
            options.program = box.path("old")
            let old = problem { try Vault(box.location, options: options).open() }
            #expect(old == .resticTooOld(version: "0.12", needed: "0.14"))
        }
    }

    @Test
    func `a source that is missing or unreadable is no success`() throws {
        try Sandbox.with { box in
            try box.write("db/a", "a")
            var request = box.request(.data, "one", [box.path("db")])
            request.paths = [box.path("db"), box.path("gone")]
            expect(.vaultIncomplete(path: box.path("gone"))) { _ = try box.vault.store(request) }
            request.paths = [box.path("db"), "/proc/self/mem"]
            expect(.vaultIncomplete(path: "/proc/self/mem")) { _ = try box.vault.store(request) }
            #expect(Files.names(in: box.path("vault/snapshots")).isEmpty)
        }
    }

    @Test
    func `a full vault fails clearly and works again once there is space`() throws {
        try Sandbox.empty { box in
            try Files.makeFolder(box.path("vault"))
            try box.write("db/a", bytes: Sandbox.noise(30 << 20))
            // The mount is seen only by this thread and what it starts.
            try Threads.isolated(in: MountView()) {
                let place = box.path("vault")
                try check("mount", place) { mount("none", place, "tmpfs", 0, "size=20m") }
                try box.vault.create()
                let full = problem { try box.storePoint("one", [box.path("db")]) }
                #expect(full == .vaultFull(repository: place))
                #expect(try box.vault.recoveryPoints().isEmpty)
                try check("mount", place) { mount("none", place, "tmpfs", UInt(MS_REMOUNT), "size=100m") }
                try box.storePoint("two", [box.path("db")])
                try box.vault.verify(try box.vault.recoveryPoint("two"))
                try check("mount", place) { mount("none", place, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), "") }
                #expect(try box.vault.recoveryPoints().count == 1)
                let readOnly = problem { try box.storePoint("three", [box.path("db")]) }
                #expect(readOnly == .vaultFailed(repository: place, detail: "Read-only file system"))
            }
        }
    }

    @Test
    func `a full target is named`() throws {
        try Sandbox.with { box in
            try box.write("db/a", bytes: Sandbox.noise(20 << 20))
            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            try Files.makeFolder(box.path("out"))
            try Threads.isolated(in: MountView()) {
                let place = box.path("out")
                try check("mount", place) { mount("none", place, "tmpfs", 0, "size=4m") }
                let full = problem { _ = try box.vault.restore(RestoreRequest(point: point, target: place)) }
                #expect(full == .restoreTargetUnusable(path: place, reason: "No space left on device"))
            }
            try box.write("file", "x")
            let file = problem { _ = try box.vault.restore(RestoreRequest(point: point, target: box.path("file"))) }
            #expect(file == .restoreTargetUnusable(path: box.path("file"), reason: "Not a directory"))
        }
    }

    @Test
    func `a flipped byte is found and the file named`() throws {
        try Sandbox.with { box in
            try box.write("db/victim", bytes: Sandbox.noise(3 << 20))
            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            try box.vault.verify(point)
            let pack = try #require(box.packs().first)
            #expect(chmod(pack, 0o600) == 0)
            try box.flipByte(of: pack, at: box.size(pack) / 2)
            guard case .recoveryPointDamaged("one", let detail) = problem({ try box.vault.verify(point) }) else {
                Issue.record("not found")
                return
            }
            #expect(detail.contains(box.path("db/victim")) && detail.contains("ciphertext verification failed"))
            expect(code: "VaultDamaged") { try box.vault.verify(nil) }
            let restored = problem {
                _ = try box.vault.restore(RestoreRequest(point: point, target: box.path("out")))
            }
            #expect(restored?.code.name == "RecoveryPointDamaged")
        }
    }

    @Test
    func `a flipped byte in any pack and a missing pack are found`() throws {
        try Sandbox.with { box in
            try box.write("db/victim", bytes: Sandbox.noise(3 << 20))
            try box.storePoint("one", [box.path("db")])
            let point = try box.vault.recoveryPoint("one")
            let packs = box.packs()
            // Files, folders and the report lie in packs of their own.
            for pack in packs {
                #expect(chmod(pack, 0o600) == 0)
                try box.flipByte(of: pack, at: 10)
                let found = problem { try box.vault.verify(point) }?.code.name ?? ""
                #expect(["VaultDamaged", "RecoveryPointDamaged"].contains(found), "\(pack)")
                try box.flipByte(of: pack, at: 10)
            }
            try box.vault.verify(point)
            let name = try #require(packs[0].split(separator: "/").last)
            #expect(unlink(packs[0]) == 0)
            guard case .vaultDamaged(_, let detail) = problem({ try box.vault.verify(point) }) else {
                Issue.record("not found")
                return
            }
            #expect(detail.contains(name))
        }
    }
}
