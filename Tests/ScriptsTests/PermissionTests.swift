import Glibc
import Linux
import Messages
import Testing

@testable import Scripts

@Suite("Only root's own files are believed and run")
struct PermissionTests {
    private func fault(_ path: String, _ phase: ScriptPhase = .pre) -> Problem? {
        do {
            _ = try CheckedScript.open(ScriptSpec(path: path), phase)
            return nil
        } catch {
            return error.problem
        }
    }

    @Test("A script needs the owner's x and no right for anybody else", arguments: [mode_t](0...0o777))
    func scriptModes(mode: mode_t) throws {
        try Sandbox.with { box in
            let path = try box.file("pre.sh", "#!/bin/sh\n", mode: mode)
            let shown = String(mode, radix: 8)
            let expected: Problem? =
                if mode & 0o077 != 0 {
                    .scriptPermission(.pre, fault: .tooOpen(path: path, mode: shown))
                } else if mode & 0o100 == 0 {
                    .scriptPermission(.pre, fault: .notExecutable(path: path, mode: shown))
                } else {
                    nil
                }
            #expect(fault(path) == expected)
        }
    }

    @Test("A script of another owner is refused with 306 and 307")
    func scriptOwner() throws {
        try Sandbox.with { box in
            let path = try box.file("pre.sh", "#!/bin/sh\n", mode: 0o700)
            try #require(chown(path, 65534, 0) == 0)
            let owner = PermissionFault.notOwnedByRoot(path: path, owner: 65534)
            #expect(fault(path, .pre) == .scriptPermission(.pre, fault: owner))
            #expect(fault(path, .pre)?.code.number == 306)
            #expect(fault(path, .post)?.code.number == 307)
        }
    }

    @Test("A script that is not there is 302 and 303, also below a file and past every limit of the kernel")
    func missing() throws {
        try Sandbox.with { box in
            let file = try box.file("file", "")
            let long = "/" + String(repeating: "x", count: 5000)
            _ = try box.link("loop", to: box.path("loop"))
            for path in [box.path("no.sh"), file + "/no.sh", box.path("no/no.sh"), long, box.path("loop/x.sh"), ""] {
                #expect(fault(path) == .scriptNotFound(.pre, path: path, key: "preScriptLocation"))
                #expect(fault(path, .post)?.code.number == 303)
            }
        }
    }

    @Test("A folder, fifo, device, socket or link in the script's place is refused without waiting")
    func strangeScripts() throws {
        try Sandbox.with { box in
            let script = try box.file("pre.sh", "#!/bin/sh\n", mode: 0o700)
            let folder = try box.folder("folder")
            let link = try box.link("link", to: script)
            try #require(mkfifo(box.path("fifo"), 0o700) == 0)
            try #require(mknod(box.path("device"), S_IFCHR | 0o700, 0x105) == 0)
            try #require(mknod(box.path("socket"), S_IFSOCK | 0o700, 0) == 0)
            let others = ["fifo", "device", "socket"].map(box.path)
            for path in [folder, link, script + "/", "/", "/.."] + others {
                #expect(fault(path) == .scriptPermission(.pre, fault: .notRegular(path: path)))
            }
        }
    }

    @Test(
        "Defect 5: a script below a folder that others may write is refused, sticky or not",
        arguments: [mode_t(0o777), 0o1777, 0o770, 0o720, 0o702])
    func writableFolder(mode: mode_t) throws {
        try Sandbox.with { box in
            let script = try box.file("a/b/pre.sh", "#!/bin/sh\n", mode: 0o700)
            let folder = try box.folder("a", mode: mode)
            let expected = PermissionFault.folderWritable(path: folder, mode: String(mode, radix: 8))
            #expect(fault(script) == .scriptPermission(.pre, fault: expected))
        }
    }

    @Test("Defect 5: a folder of another owner on the way is refused")
    func foreignFolder() throws {
        try Sandbox.with { box in
            let script = try box.file("a/b/pre.sh", "#!/bin/sh\n", mode: 0o700)
            let folder = try box.folder("a", mode: 0o700, owner: 65534)
            #expect(fault(script) == .scriptPermission(.pre, fault: .notOwnedByRoot(path: folder, owner: 65534)))
        }
    }

    @Test("/tmp is no place for a script")
    func temporaryFolder() throws {
        var status = stat()
        try #require(stat("/tmp", &status) == 0 && status.st_mode & 0o002 != 0)
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let expected = PermissionFault.folderWritable(path: "/tmp", mode: mode)
        let path = "/tmp/remanso-test-\(getpid()).sh"
        try Files.replace(path, with: "#!/bin/sh\n".utf8, mode: 0o700)
        defer { unlink(path) }
        #expect(fault(path) == .scriptPermission(.pre, fault: expected))
        let missing = "/tmp/remanso-no-such-script"
        #expect(fault(missing) == .scriptNotFound(.pre, path: missing, key: "preScriptLocation"))
    }

    @Test("A link to a folder is followed, and both its folder and its target are checked")
    func linkedFolders() throws {
        try Sandbox.with { box in
            _ = try box.file("real/pre.sh", "#!/bin/sh\n", mode: 0o700)
            _ = try box.link("absolute", to: box.path("real"))
            _ = try box.link("relative", to: "./real/../real")
            _ = try box.link("chain", to: "absolute")
            for name in ["absolute", "relative", "chain"] {
                #expect(fault(box.path(name + "/pre.sh")) == nil, "\(name)")
            }
            let open = try box.folder("open", mode: 0o777)
            _ = try box.link("open/link", to: box.path("real"))
            let holder = PermissionFault.folderWritable(path: open, mode: "777")
            #expect(fault(box.path("open/link/pre.sh")) == .scriptPermission(.pre, fault: holder))
            let real = try box.folder("real", mode: 0o722)
            let target = PermissionFault.folderWritable(path: real, mode: "722")
            #expect(fault(box.path("chain/pre.sh")) == .scriptPermission(.pre, fault: target))
        }
    }

    @Test("The configuration: owner root and nothing for group and others, else 317")
    func configuration() throws {
        try Sandbox.with { box in
            let path = try box.config()
            for mode in [mode_t(0o600), 0o400, 0o700] {
                try #require(chmod(path, mode) == 0)
                #expect(box.load().findings == [])
            }
            for mode in [mode_t(0o640), 0o644, 0o602, 0o601, 0o610, 0o666] {
                try #require(chmod(path, mode) == 0)
                let framework = box.load()
                let expected = PermissionFault.tooOpen(path: path, mode: String(mode, radix: 8))
                #expect(framework.errors == [.scriptConfigPermission(fault: expected)])
                #expect(framework.errors.first?.code.number == 317)
                #expect(framework.plugins.isEmpty && framework.isConfigured)
            }
            try #require(chmod(path, 0o600) == 0 && chown(path, 65534, 0) == 0)
            let owner = PermissionFault.notOwnedByRoot(path: path, owner: 65534)
            #expect(box.load().errors == [.scriptConfigPermission(fault: owner)])
        }
    }

    @Test("A configuration in a folder that others may write is refused")
    func configurationFolder() throws {
        try Sandbox.with { box in
            _ = try box.config("azure/config.json")
            let folder = try box.folder("azure", mode: 0o775)
            let expected = PermissionFault.folderWritable(path: folder, mode: "775")
            #expect(box.load("azure/config.json").errors == [.scriptConfigPermission(fault: expected)])
        }
    }
}
