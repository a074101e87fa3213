import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import Vault

/// A temporary folder with a vault beside files to store; always removed.
final class Sandbox: Sendable {
    let root: String
    let location: VaultLocation
    let vault: Vault
    let notices = Shared<[Problem]>([])

    private init(root: String, repository: String?) {
        self.root = root
        location = VaultLocation(repository: repository ?? root + "/vault", passwordFile: root + "/vault.key")
        let notices = notices
        vault = Vault(location, options: Sandbox.options(root)) { problem in notices.withLock { $0.append(problem) } }
    }

    static func options(_ root: String) -> VaultOptions {
        var options = VaultOptions()
        options.workFolder = root + "/work"
        options.lockPatience = 0
        options.patience = 20
        return options
    }

    /// A folder with a password file and no vault yet.
    static func empty<Value>(repository: String? = nil, _ body: (Sandbox) throws -> Value) throws -> Value {
        var name = Array("/var/tmp/remanso-vault-XXXXXX".utf8CString)
        try #require(mkdtemp(&name) != nil)
        let root = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { remove(root) }
        let sandbox = Sandbox(root: root, repository: repository)
        try PasswordFile.make(sandbox.location.passwordFile)
        return try body(sandbox)
    }

    /// A folder with a new, open vault.
    static func with<Value>(_ body: (Sandbox) throws -> Value) throws -> Value {
        try empty { sandbox in
            try sandbox.vault.create()
            return try body(sandbox)
        }
    }

    static func remove(_ path: String) { _ = try? run("/bin/rm", "-rf", path) }

    @discardableResult
    static func run(_ program: String, _ arguments: String...) throws -> String {
        let result = try ChildProcess.run(Program(.path(program), arguments))
        guard result.ending == .exited(0) else { throw CommandFailed(words: result.errors.text) }
        return result.output.text
    }

    struct CommandFailed: Error { let words: String }

    // MARK: Files

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        try write(name, bytes: Array(text.utf8), mode: mode)
    }

    func write(_ name: String, bytes: [UInt8], mode: mode_t = 0o644) throws {
        try Files.makeFolder(Files.parent(of: path(name)))
        let file = try Descriptor.open(path(name), O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try file.writeAll(bytes)
        try check("fchmod", name) { fchmod(file.number, mode) }
    }

    /// Bytes that no compression makes smaller, the same for each seed.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: state >> shift))
            }
        }
        return Array(bytes[..<count])
    }

    /// A large file of random bytes.
    func random(_ name: String, mebibytes: Int) throws {
        try Files.makeFolder(Files.parent(of: path(name)))
        try Self.run("/bin/dd", "if=/dev/urandom", "of=\(path(name))", "bs=1M", "count=\(mebibytes)", "status=none")
    }

    func read(_ path: String) -> String? { Files.text(path) }

    // MARK: Recovery points

    func request(_ kind: StoreRequest.Kind, _ id: String, _ volumes: [String], time: String = "2026-01-21T10:15:00Z")
        -> StoreRequest
    {
        let paths = kind == .data ? volumes + [path("report.json")] : [path("report.json")]
        return StoreRequest(
            recoveryPoint: id, kind: kind, paths: paths, volumes: volumes, level: .filesystem, host: "db1", time: time)
    }

    @discardableResult
    func storeData(_ id: String, _ volumes: [String], time: String = "2026-01-21T10:15:00Z") throws -> StoredSnapshot {
        try write("report.json", "{\"recoveryPoint\": \"\(id)\", \"outcome\": \"storing\"}")
        return try vault.store(request(.data, id, volumes, time: time))
    }

    /// Stores a whole recovery point.
    @discardableResult
    func storePoint(_ id: String, _ volumes: [String], time: String = "2026-01-21T10:15:00Z") throws -> StoredSnapshot {
        let data = try storeData(id, volumes, time: time)
        try write("report.json", "{\"recoveryPoint\": \"\(id)\", \"outcome\": \"succeeded\"}")
        var manifest = request(.manifest, id, volumes, time: time)
        manifest.outcome = "succeeded"
        manifest.data = [data]
        _ = try vault.store(manifest)
        return data
    }

    /// The repository's packs, the largest first.
    func packs() -> [String] {
        let folder = path("vault/data")
        let all = Files.names(in: folder).flatMap { one in
            Files.names(in: "\(folder)/\(one)").map { "\(folder)/\(one)/\($0)" }
        }
        return all.sorted { size($0) > size($1) }
    }

    func size(_ path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    var locks: [String] { Files.names(in: path("vault/locks")) }
    /// Those that are written: until then the file has a longer name.
    private var wholeLocks: Set<String> { Set(locks.filter { $0.utf8.count == 64 }) }

    /// Turns one byte of a file over.
    func flipByte(of file: String, at offset: Int) throws {
        let target = try Descriptor.open(file, O_RDWR)
        var byte: UInt8 = 0
        #expect(pread(target.number, &byte, 1, off_t(offset)) == 1)
        byte ^= 0x10
        #expect(pwrite(target.number, &byte, 1, off_t(offset)) == 1)
    }

    /// Starts a backup beside Remanso's and kills it as soon as it holds its lock.
    func leaveLock(byHost host: String? = nil) throws {
        let before = wholeLocks
        try random("big", mebibytes: 40)
        let restic = try #require(Program.find("restic"))
        var program = Program(.path(restic), ["backup", "--no-cache", "--quiet", "--limit-upload", "500", path("big")])
        if let host {
            let script = "echo \(host) > /proc/sys/kernel/hostname; exec \"$0\" \"$@\""
            let unshare = try #require(Program.find("unshare"))
            program = Program(.path(unshare), ["--uts", "/bin/sh", "-c", script, restic] + program.arguments)
        }
        program.environment["RESTIC_REPOSITORY"] = location.repository
        program.environment["RESTIC_PASSWORD_FILE"] = location.passwordFile
        program.environment["HOME"] = root
        let null = try Descriptor.open("/dev/null", O_RDWR)
        let (pid, _) = try ChildProcess.spawn(program, output: null, errors: null)
        _ = Wait.until { wholeLocks != before }
        kill(pid, SIGKILL)
        _ = ChildProcess.wait(for: pid)
        try #require(wholeLocks.count == before.count + 1 && locks.count == wholeLocks.count)
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

/// Expects a call to end with this problem. Closures do not stand inside `#expect` itself: Swift 6.3 then mixes them up
/// with other closures of the same function.
func expect(_ expected: Problem, at place: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
    let found = problem(body)
    #expect(found == expected, sourceLocation: place)
}

/// Expects a call to end with a problem of this code.
func expect(code: String, at place: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
    let found = problem(body)
    #expect(found?.code.name == code, sourceLocation: place)
}
