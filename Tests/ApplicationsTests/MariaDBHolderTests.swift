import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// Whatever becomes of the process that holds a server, the server goes on.
@Suite struct MariaDBHolderTests {
    /// Runs `body` while another process holds the server; it gets that process's number.
    private func whileHeld(_ settings: ApplicationSettings, _ body: (pid_t) throws -> Void) throws {
        let group = try ApplicationGroup([settings], program: try RemansoCommand.path(of: "remanso"))
        defer {
            kill(group.pid, SIGCONT)
            group.close()
        }
        for results in [try group.survey(), try group.prepare(), try group.quiesce()] {
            if let fault = results.first?.fault { throw fault }
        }
        try body(group.pid)
    }

    @Test func aHolderThatIsKilledHoldsNoLonger() throws {
        try MariaDBStage.with { stage in
            try MariaDBWriter.with(stage) { writer in
                try whileHeld(try stage.settings()) { holder in
                    let count = try writer.countAtRest()
                    kill(holder, SIGKILL)
                    #expect(writer.passes(count))
                }
            }
        }
    }

    @Test(arguments: ["backup", "tables"])
    func aHolderThatIsStoppedIsEndedByTheServerAtTheDeadline(lock: String) throws {
        try MariaDBStage.with { stage in
            try MariaDBWriter.with(stage) { writer in
                var settings = try stage.settings(["lock": .text(lock)])
                settings.deadlineSeconds = 10
                try whileHeld(settings) { holder in
                    Standstill.begin(holder)
                    let count = try writer.countAtRest()
                    #expect(writer.passes(count))
                    // The holder had no part in it.
                    #expect(Standstill.isComplete(holder))
                }
            }
        }
    }

    @Test func theDeadlineLetsGoByItself() throws {
        try MariaDBStage.with { stage in
            try MariaDBWriter.with(stage) { writer in
                var settings = try stage.settings()
                settings.deadlineSeconds = 8
                try whileHeld(settings) { _ in
                    let count = try writer.countAtRest()
                    #expect(writer.passes(count))
                }
            }
        }
    }

    @Test func thePasswordIsSeenNowhere() throws {
        try MariaDBStage.with { stage in
            try whileHeld(try stage.settings()) { holder in
                for name in Files.names(in: "/proc") where Int32(name) != nil {
                    for file in ["cmdline", "environ"] {
                        let text = Files.text("/proc/\(name)/\(file)") ?? ""
                        #expect(!text.contains(MariaDBStage.password), "\(name) \(file)")
                    }
                }
                #expect(Files.text("/proc/\(holder)/cmdline") != nil)
                let statements = try stage.ask("SELECT INFO FROM information_schema.PROCESSLIST")
                #expect(!statements.contains(MariaDBStage.password))
            }
        }
    }
}
