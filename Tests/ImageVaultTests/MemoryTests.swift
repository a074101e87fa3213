import Fixtures
import Glibc
import Linux
import Messages
import Testing

@testable import ImageVault

/// How much memory is in use at once, whatever malloc has seen before.
@Suite struct MemoryTests {
    /// What has been given back is not resident any more, also when something small lies between two pieces.
    @Test func givenBackAtOnce() throws {
        try keepLargePieces()
        let before = try resident()
        let small = try (0..<32).map { _ in
            let memory = try Memory(capacity: 8 << 20)
            memory.bytes(memory.capacity).initializeMemory(as: UInt8.self, repeating: 1)
            defer { memory.keepAlive() }
            return UnsafeMutableRawPointer.allocate(byteCount: 5000, alignment: 16)
        }
        defer { small.forEach { $0.deallocate() } }
        let growth = try resident() - before
        #expect(growth < 32 << 10, "\(growth) KiB")
    }

    /// What is in it stays when it grows, and the rest is zero.
    @Test func growing() throws {
        let memory = try Memory(capacity: 5000)
        memory.bytes(5000).initializeMemory(as: UInt8.self, repeating: 7)
        try memory.grow(to: 40 << 20)
        let isKept = memory.bytes(5000).allSatisfy { $0 == 7 }
        let isZero = UnsafeRawBufferPointer(memory.bytes(memory.capacity - 8192, at: 8192)).isZero
        #expect(isKept && isZero && memory.capacity == 40 << 20)
        #expect(UInt(bitPattern: memory.start) % 4096 == 0)
        memory.keepAlive()
    }

    /// The limit of 64 MB for a first image, full compare, increment, restore and verify.
    @Test func peaks() throws {
        try Place.with { place in
            try SlowKey.replace(in: place.folder)
            let image = place.sandbox.path("image")
            try Shell.run("sh", "-c", "head -c 400M /dev/urandom > \"$0\"", image)
            let first = try run("write", place.folder, image, "/a.img", in: place)
            try place.change(image, (0..<400).map { Extent(offset: $0 << 20, length: 4096) })
            let second = try run("write", place.folder, image, "/a.img", first, in: place)
            try place.change(image, [Extent(offset: 0, length: 4096)], seed: 5)
            let third = try run("write", place.folder, image, "/a.img", second, "0+4096", in: place)
            let target = place.sandbox.path("restored")
            try run("restore", place.folder, third, "/a.img", target, in: place)
            #expect(try place.equal(target, image))
            try run("verify", place.folder, third, "/a.img", in: place)
        }
    }

    /// Readers wait for a server that does not answer: what it has not taken is never more than a pack a thread.
    @Test func peakWhileTheServerStalls() throws {
        try Place.with { place in
            try SlowKey.replace(in: place.folder)
            let image = place.sandbox.path("image")
            try Shell.run("sh", "-c", "head -c 200M /dev/urandom > \"$0\"", image)
            try RESTFixture.with(place.folder, in: place.sandbox) { server in
                let isOver = Shared(false)
                let staller = try #require(Thread { stall(server.pid, until: isOver) })
                defer {
                    isOver.withLock { $0 = true }
                    staller.join()
                }
                try run("write", server.repository, image, "/a.img", in: place)
            }
        }
    }

    /// Stops a process for most of the time.
    private func stall(_ pid: pid_t, until isOver: Shared<Bool>) {
        while !isOver.withLock({ $0 }) {
            kill(pid, SIGSTOP)
            usleep(700_000)
            kill(pid, SIGCONT)
            usleep(100_000)
        }
    }

    /// Runs the room as a process of its own and expects it to stay below the limit.
    /// - Returns: the first word that it printed.
    @discardableResult
    private func run(_ command: String, _ repository: String, _ arguments: String..., in place: Place) throws -> String
    {
        let tool = try RemansoCommand.path(of: "image-vault-tool")
        let words = try Shell.run(tool, [command, repository, place.passwordFile] + arguments, seconds: 900)
            .split(whereSeparator: \.isWhitespace)
        let peak = try #require(words.last.flatMap { Int($0) })
        #expect(peak < 64_000_000 >> 10, "\(command): \(peak) KiB")
        return String(try #require(words.first))
    }

    /// As scrypt does with its 16 MiB: from then on malloc hands out pieces up to this size from heaps that it keeps.
    private func keepLargePieces() throws {
        let large = try #require(malloc(16 << 20))
        memset(large, 1, 16 << 20)
        free(large)
    }

    /// KiB of memory that this process has now.
    private func resident() throws -> Int {
        let lines = (Files.text("/proc/self/status") ?? "").split(separator: "\n")
        let line = try #require(lines.first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    }
}

/// The key of `TestVault` as `restic init` would have made it on a slow or busy machine: opening it takes 16 MiB.
private enum SlowKey {
    static func replace(in repository: String) throws {
        let keys = "\(repository)/keys"
        for name in Files.names(in: keys) { unlink("\(keys)/\(name)") }
        let bytes = try #require(Base64.decode(text))
        let name = try bytes.withUnsafeBytes { try SHA256().hash($0) }
        try Files.replace("\(keys)/\(name)", with: bytes, isDurable: false)
    }

    private static let text = """
        eyJjcmVhdGVkIjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJ1c2VybmFtZSI6InRlc3QiLCJob3N0bmFtZSI6InRlc3QiLCJrZGYiOiJz\
        Y3J5cHQiLCJOIjoxNjM4NCwiciI6OCwicCI6MSwic2FsdCI6InlQTTZWYnNORlhkUGM5YUNxQjFhTGFUcVJEZG03ZVZ3SVdVT0lRdmNY\
        ekhLbU80RGl1eHIvRERLQklObGlNalJvMHJtcjFtSmxkVDc0Nm56NERieUh3PT0iLCJkYXRhIjoiUjNwa0Z0ZTlMbFl5alRLL3cvYlpy\
        VDdCUnhFOE5YU0t0OEl5cFZTUExmVXhXaEJQNDFlQ3Jnb21qc3ZWRTNGTmVvZGxaaG41eld6V0tMc2pYY2ttd1I3am9wb29wUVpoTEtw\
        Y1V1VlFXZGJFTHI4Y3daYmxnZndnbXBISlpkaUh6WHBVaVN6K08wUXZnSkpNbzBHSGJiRXBKNXpmSDdHM3pSeHE0Ymc0RXZ3ZE53b2Jn\
        YnZYM3Y3K1h6ZFlvZ3JIbkNyd3o2cTNySXdiWHhWSW9VaS9Bdz09In0=
        """
}
