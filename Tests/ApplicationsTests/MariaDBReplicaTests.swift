import Applications
import Fixtures
import Glibc
import Linux
import Messages
import Testing

/// A replica's thread outlives the connection that stops it: it must run again whatever happens.
@Suite struct MariaDBReplicaTests {
    /// Runs `body` with a source that takes connections over TCP and a replica that follows it.
    private func with(_ body: (_ source: MariaDBStage, _ replica: MariaDBStage) throws -> Void) throws {
        try Sandbox.with { sandbox in
            let port = try LoopbackPort.free()
            let network = ["skip-networking=0", "bind-address=127.0.0.1", "port=\(port)"]
            try MariaDBStage.with(network, in: sandbox) { source in
                try source.ask(
                    """
                    CREATE USER follower@localhost IDENTIFIED BY 'f';
                    GRANT REPLICATION SLAVE ON *.* TO follower@localhost
                    """)
                try MariaDBStage.with(["server-id=2"], "replica", in: sandbox) { replica in
                    try replica.ask(
                        """
                        SET GLOBAL gtid_slave_pos = '\(try source.ask("SELECT @@gtid_binlog_pos"))';
                        CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = \(port), MASTER_USER = 'follower',
                        MASTER_PASSWORD = 'f', MASTER_USE_GTID = slave_pos; START SLAVE
                        """)
                    guard try Self.appliesSoon(replica) else { throw FixtureError("no replica") }
                    try body(source, replica)
                }
            }
        }
    }

    private static func applies(_ replica: MariaDBStage) throws -> Bool {
        try replica.ask("SHOW GLOBAL STATUS LIKE 'Slave_running'").hasSuffix("ON")
    }

    private static func appliesSoon(_ replica: MariaDBStage) throws -> Bool {
        try Wait.until { try applies(replica) }
    }

    private func settings(_ replica: MariaDBStage) throws -> ApplicationSettings {
        try replica.settings(["stopReplica": .flag(true)])
    }

    private func recover(_ settings: ApplicationSettings) throws {
        try Applications.kind("mariadb")?.recover(settings)
    }

    @Test func aReplicaStandsStillWhileItIsHeldAndGoesOn() throws {
        try with { source, replica in
            try MariaDBWriter.with(source) { writer in
                try Work.with(try settings(replica)) { work in
                    try work.hold()
                    #expect(try !Self.applies(replica))
                    let rows = try replica.ask("SELECT COUNT(*) FROM shop.orders")
                    #expect(writer.passes(writer.count + 50))
                    #expect(try replica.ask("SELECT COUNT(*) FROM shop.orders") == rows)
                    let release = try work.session.release(work.steps)
                    #expect(release.facts["gtid_slave_pos"] != nil)
                    #expect(try Self.applies(replica))
                    let goesOn = try Wait.until { try replica.ask("SELECT COUNT(*) FROM shop.orders") != rows }
                    #expect(goesOn)
                }
            }
        }
    }

    @Test func aSessionThatIsClosedEarlyLeavesNothingStopped() throws {
        try with { _, replica in
            try Work.with(try settings(replica)) { work in
                try work.hold()
                work.session.interrupt()
                work.session.close()
                #expect(try Self.appliesSoon(replica))
            }
        }
    }

    @Test func aReplicaWithAnOpenTemporaryTableIsNotHeld() throws {
        try with { source, replica in
            try source.ask("SET GLOBAL binlog_format = 'STATEMENT'")
            // As long as this connection lives, so does its table, on both sides.
            let create = "CREATE TEMPORARY TABLE shop.tmp (a INT)"
            let statements = [create, "INSERT INTO shop.tmp VALUES (1)", "DO SLEEP(60)"]
            try source.whileRunning(statements.joined(separator: "; ")) {
                let open = "SHOW GLOBAL STATUS LIKE 'Slave_open_temp_tables'"
                let isOpen = try Wait.until { try replica.ask(open).hasSuffix("1") }
                #expect(isOpen)
                var settings = try settings(replica)
                settings.deadlineSeconds = 5
                try Work.with(settings) { work in
                    let fault = try applicationFault { try work.hold() }
                    guard case .busy(let detail) = fault else {
                        Issue.record("\(String(describing: fault))")
                        return
                    }
                    #expect(detail.contains("Slave_open_temp_tables"))
                }
                #expect(try Self.applies(replica))
            }
        }
    }

    @Test func whatAKilledProcessHadStoppedIsStartedAgainOnce() throws {
        try with { _, replica in
            let settings = try settings(replica)
            let group = try ApplicationGroup([settings], program: try RemansoCommand.path(of: "remanso"))
            defer { group.close() }
            for results in [try group.survey(), try group.prepare(), try group.quiesce()] {
                if let fault = results.first?.fault { throw fault }
            }
            kill(group.pid, SIGKILL)
            group.close()
            #expect(try !Self.applies(replica))
            try recover(settings)
            #expect(try Self.appliesSoon(replica))
            // From now on a stop is the administrator's.
            try replica.ask("STOP SLAVE SQL_THREAD")
            try recover(settings)
            #expect(try !Self.applies(replica))
        }
    }

    @Test func whatTheAdministratorHadStoppedStaysStopped() throws {
        try with { _, replica in
            try replica.ask("STOP SLAVE SQL_THREAD")
            let settings = try settings(replica)
            try Work.with(settings) { work in
                try work.hold()
                _ = try work.session.release(work.steps)
            }
            try recover(settings)
            #expect(try !Self.applies(replica))
        }
    }
}
