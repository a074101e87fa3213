import Glibc
import Messages
import Testing

@testable import Configuration

@Suite struct FileTests {
    private func reason(_ path: String, isExplicit: Bool = true) throws -> String? {
        do {
            _ = try Configuration.load(path: path, isExplicit: isExplicit)
            return nil
        } catch {
            guard case .configurationUnreadable(path, let reason) = error.problem else { throw error }
            return reason
        }
    }

    @Test func aMissingDefaultFileGivesTheDefaults() throws {
        try TemporaryFolder.with { folder throws in
            #expect(try Configuration.load(path: "\(folder.path)/none", isExplicit: false) == Configuration())
            #expect(try Configuration.load(path: "\(folder.path)/no/ne", isExplicit: false) == Configuration())
        }
    }

    @Test func aMissingExplicitFileIsAnError() throws {
        try TemporaryFolder.with { folder throws in
            #expect(try reason("\(folder.path)/none") == "No such file or directory")
        }
    }

    @Test func aLinkIsFollowed() throws {
        try TemporaryFolder.with { folder throws in
            let file = try folder.file(Array("provider: x".utf8))
            #expect(symlink(file, "\(folder.path)/link") == 0)
            #expect(try Configuration.load(path: "\(folder.path)/link", isExplicit: false).provider == "x")
        }
    }

    @Test(arguments: [true, false]) func aLinkThatLeadsNowhereIsAnError(isExplicit: Bool) throws {
        try TemporaryFolder.with { folder throws in
            #expect(symlink("\(folder.path)/none", "\(folder.path)/link") == 0)
            #expect(try reason("\(folder.path)/link", isExplicit: isExplicit) == "No such file or directory")
        }
    }

    @Test func aLoopOfLinksIsAnError() throws {
        try TemporaryFolder.with { folder throws in
            #expect(symlink("\(folder.path)/link", "\(folder.path)/link") == 0)
            #expect(try reason("\(folder.path)/link") == "Too many levels of symbolic links")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aFifoIsRefusedAtOnce() throws {
        try TemporaryFolder.with { folder throws in
            #expect(mkfifo("\(folder.path)/fifo", 0o600) == 0)
            #expect(try reason("\(folder.path)/fifo") == "not a regular file")
        }
    }

    @Test(arguments: ["/dev/null", "/dev/zero", "/", "/tmp"]) func onlyRegularFiles(path: String) throws {
        #expect(try reason(path) == "not a regular file")
    }

    @Test(arguments: [0o620, 0o602, 0o666, 0o777] as [mode_t]) func whatOthersMayWriteIsRefused(mode: mode_t) throws {
        try TemporaryFolder.with { folder throws in
            let octal = String(mode, radix: 8)
            #expect(try reason(folder.file([], mode: mode)) == "group or others may write it (mode \(octal))")
        }
    }

    @Test(arguments: [0o600, 0o644, 0o444, 0o755] as [mode_t]) func whatOthersMayReadIsFine(mode: mode_t) throws {
        try TemporaryFolder.with { folder throws in #expect(try reason(folder.file([], mode: mode)) == nil) }
    }

    @Test func ownership() {
        var status = stat()
        status.st_mode = S_IFREG | 0o600
        status.st_uid = 1000
        #expect(ConfigurationFile.objection(to: status, user: 0) == "owned by user 1000, not by root")
        #expect(ConfigurationFile.objection(to: status, user: 1001) == "owned by user 1000, not by root")
        #expect(ConfigurationFile.objection(to: status, user: 1000) == nil)
        status.st_uid = 0
        #expect(ConfigurationFile.objection(to: status, user: 1000) == nil)
    }

    @Test(.enabled(if: geteuid() == 0)) func whatRootDoesNotOwnIsRefused() throws {
        try TemporaryFolder.with { folder throws in
            let file = try folder.file([])
            #expect(chown(file, 65534, 65534) == 0)
            #expect(try reason(file) == "owned by user 65534, not by root")
        }
    }

    @Test func aMebibyteIsReadAndNoMore() throws {
        let comment = Array(String(repeating: "# remanso\n", count: 1 << 17).utf8.prefix((1 << 20) - 1)) + [0x0A]
        try TemporaryFolder.with { folder throws in #expect(try reason(folder.file(comment)) == nil) }
        try TemporaryFolder.with { folder throws in
            #expect(try reason(folder.file(comment + [0x0A])) == "larger than 1 MiB")
        }
    }

    @Test func aSparseTerabyteIsRefusedAtOnce() throws {
        try TemporaryFolder.with { folder throws in
            let file = try folder.file([])
            #expect(truncate(file, 1 << 40) == 0)
            #expect(try reason(file) == "larger than 1 MiB")
        }
    }
}
