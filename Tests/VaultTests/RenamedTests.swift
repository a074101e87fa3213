import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// `restic tag`, `rewrite` and `copy` give snapshots new ids: a recovery point must survive that.
@Suite(.serialized)
struct RenamedTests {
    private func restic(_ box: Sandbox, _ judge: Judge = .debian, _ arguments: String...) throws {
        let common = ["--no-cache", "--repo", box.location.repository, "--password-file", box.location.passwordFile]
        try Shell.run(try judge.program, common + arguments)
    }

    /// A vault that opens in no time.
    private func withVault(_ body: (Sandbox) throws -> Void) throws {
        try Sandbox.empty { box in
            _ = try TestVault(in: box.root)
            try body(box)
        }
    }

    private func expectWhole(_ id: String, _ vault: Vault, _ box: Sandbox, _ place: SourceLocation = #_sourceLocation)
        throws
    {
        let target = box.path("restored \(id)"), point = try vault.recoveryPoint(id)
        #expect(point.missing == [], sourceLocation: place)
        _ = try vault.restore(RestoreRequest(point: point, target: target))
        let text = Files.text(target + box.path("db/a"))
        #expect(text == id, sourceLocation: place)
        try vault.verify(point)
        Sandbox.remove(target)
    }

    private func store(_ id: String, _ box: Sandbox) throws {
        try box.write("db/a", id)
        try box.storePoint(id, [box.path("db")])
    }

    @Test(arguments: Judge.allCases)
    func `a tag that a user adds loses nothing`(_ judge: Judge) throws {
        try withVault { box in
            try store("one", box)
            try restic(box, judge, "tag", "--add", "keep")
            try expectWhole("one", box.vault, box)
            // What a backup does before and after itself.
            #expect(try box.vault.discardIncomplete(host: "db1") == 0)
            try store("two", box)
            try restic(box, judge, "tag", "--remove", "keep")
            #expect(try box.vault.discardIncomplete(host: "db1") == 0)
            try expectWhole("one", box.vault, box)
            try expectWhole("two", box.vault, box)
            try box.vault.forget([try box.vault.recoveryPoint("one")])
            #expect(try box.vault.snapshots().all.count == 2)
        }
    }

    @Test
    func `what is rewritten is found, and never removed in doubt`() throws {
        try withVault { box in
            try store("one", box)
            try restic(box, .newer, "rewrite", "--exclude", "a", "--tag", Tag.data)
            // The copy beside it lacks a file.
            try expectWhole("one", box.vault, box)
            // Rewritten twice, it bears no word of its first id.
            try store("two", box)
            for host in ["elsewhere", "db1"] {
                try restic(box, .newer, "rewrite", "--forget", "--new-host", host, "--tag", "rp=two")
            }
            try expectWhole("two", box.vault, box)
            let count = try box.vault.snapshots().all.count
            #expect(try box.vault.discardIncomplete(host: "db1") == 0)
            #expect(try box.vault.snapshots().all.count == count)
            // What is gone is missed all the same.
            try restic(box, .newer, "forget", try box.vault.recoveryPoint("two").data[0].id)
            #expect(try box.vault.recoveryPoint("two").missing.count == 1)
        }
    }

    @Test(arguments: Judge.allCases)
    func `a copy of the vault is a vault`(_ judge: Judge) throws {
        try withVault { box in
            try store("one", box)
            let other = VaultLocation(repository: box.path("copy"), passwordFile: box.location.passwordFile)
            let vault = Vault(other, options: Sandbox.options(box.root))
            _ = try TestVault(in: box.root, name: "copy")
            try Shell.run(
                try judge.program,
                [
                    "--no-cache", "--repo", other.repository, "--password-file", other.passwordFile, "copy",
                    "--from-repo", box.location.repository, "--from-password-file", other.passwordFile,
                ])
            try expectWhole("one", vault, box)
            #expect(try vault.discardIncomplete(host: "db1") == 0)
            try expectWhole("one", vault, box)
        }
    }
}
