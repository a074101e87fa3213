import Fixtures
import Glibc
import Linux
import Testing

@Suite struct AccountTests {
    /// glibc's own calls would take the rights away from every thread of the process.
    @Test func oneThreadAloneTakesOnAnAccount() throws {
        let nobody = try #require(Account(named: "nobody"))
        let seen = try nobody.run { [UInt32(geteuid()), UInt32(getegid()), UInt32(getgroups(0, nil))] }
        #expect(seen == [nobody.user, nobody.group, 0])
        #expect(geteuid() == 0)
        let isOpened = try nobody.run { (try? Descriptor.open("/etc/shadow", O_RDONLY)) != nil }
        #expect(!isOpened)
    }

    @Test func anAccountThatIsNotThereIsNone() {
        #expect(Account(named: "no-such-user") == nil)
        #expect(Account(owning: "/no/such/file") == nil)
        #expect(Account(owning: "/")?.user == 0)
    }

    /// The one that listens, whoever answers.
    @Test func theListenerOfASocketIsKnown() throws {
        try Sandbox.with { sandbox in
            let path = sandbox.path("socket")
            let script = """
                import socket, time
                s = socket.socket(socket.AF_UNIX)
                s.bind("\(path)")
                s.listen()
                time.sleep(600)
                """
            try Background.with("python3", ["-c", script]) {
                var listener: Int32?
                let isThere = Wait.until {
                    listener = try? SocketPeer.listener(at: path)
                    return listener != nil
                }
                #expect(isThere)
                let command = Files.text("/proc/\(listener ?? 0)/cmdline") ?? ""
                #expect(command.contains(path))
            }
            #expect(throws: SystemError.self) { try SocketPeer.listener(at: sandbox.path("nothing")) }
        }
    }
}
