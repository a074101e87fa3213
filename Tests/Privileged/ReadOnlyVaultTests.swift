import Fixtures
import Glibc
import Linux
import Testing

/// A vault on a disk that is mounted read-only, as after a disaster, or a snapshot of it: all of it can be read.
@Suite("Reading a vault that nobody can write to", .serialized)
struct ReadOnlyVaultTests {
    @Test("images are verified, restored and mounted")
    func images() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                try volume.write("file", "one")
                _ = try call.backup([volume.mountPoint])
                let folder = call.sandbox.path("shown")
                try Files.makeFolder(folder)
                try Shell.run("mount", "--bind", call.repository, call.repository)
                defer { umount2(call.repository, Int32(MNT_DETACH)) }
                try Shell.run("mount", "-o", "remount,bind,ro", call.repository)
                let verified = try call.remanso("verify", "latest")
                #expect(verified.status == 0, "\(verified.errors)")
                let restored = try call.remanso("restore", "latest", "--to-image", call.sandbox.path("out.img"))
                #expect(restored.status == 0, "\(restored.errors)")
                let mounted = try call.remanso("mount", "latest", folder)
                #expect(mounted.status == 0, "\(mounted.errors)")
                #expect(Files.text(folder + "/file") == "one")
                #expect(try call.remanso("unmount", folder).status == 0)
            }
        }
    }
}
