internal import Glibc
internal import Linux
internal import Messages

/// Holds a server at rest: from `quiesce` to `release` nobody commits, and nobody changes a table.
///
/// InnoDB alone would need none of it, because the snapshot is of one instant and InnoDB recovers from that as from a power
/// cut. But then tables of other engines and the position in the binary log would be of another moment than InnoDB, and a
/// replica that is made from the backup would miss or repeat events. While commits wait, all three agree.
final class MariaDBSession: ApplicationSession {
    private struct Control {
        var line: MariaDBLine?
        var isInterrupted = false
    }

    /// Seconds that a session may wait between its preparation and its quiesce, while other applications prepare.
    private static let patience = 3600

    private let settings: ApplicationSettings
    private let address: MariaDBAddress
    private let control = Shared(Control())
    private var connection: MariaDBConnection?
    private var server = MariaDBServer("")
    private var replica: MariaDBReplica?
    private var hasBinaryLog = false
    private var keepsCommitsInMemory = false
    private var held: [String: String] = [:]

    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        self.settings = settings
        address = try MariaDBAddress(settings)
    }

    deinit { close() }

    private var lock: MariaDBServer.Lock { server.lock(settings.text(MariaDBOption.lock)) }
    private var longQuery: Double { settings.seconds(MariaDBOption.longQuery) ?? 30 }
    private var tracksReplica: Bool { settings.flag(MariaDBOption.stopReplica) }

    // MARK: Survey

    func survey() throws(ApplicationFault) -> ApplicationSurvey {
        let connection = try connect()
        do throws(MariaDBError) {
            server = MariaDBServer(try connection.rows("SELECT VERSION()").first?.first.flatMap { $0 } ?? "")
        } catch {
            throw error.faultOnAsking
        }
        try server.checkAge()
        do throws(MariaDBError) {
            let survey = try MariaDBSurvey(connection, server)
            hasBinaryLog = survey.hasBinaryLog
            keepsCommitsInMemory = survey["innodb_flush_log_at_trx_commit"] == "0"
            try checkPrivileges(connection)
            return ApplicationSurvey(version: server.text, folders: try survey.folders(), facts: try survey.facts())
        } catch {
            throw error.faultOnAsking
        }
    }

    private func connect() throws(ApplicationFault) -> MariaDBConnection {
        let connection = try MariaDBConnection(address)
        self.connection = connection
        let isInterrupted = control.withLock { control in
            control.line = connection.line
            return control.isInterrupted
        }
        if isInterrupted { throw .unreachable(detail: "interrupted") }
        return connection
    }

    /// Finds out now, not in the middle of a backup, what the account may not do. Changes nothing.
    private func checkPrivileges(_ connection: MariaDBConnection) throws(MariaDBError) {
        try connection.run("SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1")
        if hasBinaryLog { try connection.run(server.binaryLogStatus) }
        if tracksReplica { _ = try MariaDBReplica.threads(connection, server) }
        let probe: String? =
            switch lock {
            case .stages: "BACKUP STAGE END"
            case .instanceAndTables: "UNLOCK INSTANCE"
            case .tables: nil
            }
        guard let probe else { return }
        do throws(MariaDBError) {
            try connection.run(probe)
        } catch  where !error.isRefusal && !error.isLoss {
            // It says that no backup is under way: so it may be asked.
        }
    }

    // MARK: Prepare and quiesce

    func prepare(_ log: any StepLog) throws(ApplicationFault) {
        let connection = try open()
        try limit(connection, seconds: settings.deadlineSeconds, idle: Self.patience)
        try longQueries(connection).check()
        // Stops nobody; from here on only another backup would have to wait.
        if lock == .stages { try step("BACKUP STAGE START", connection, log) }
    }

    func quiesce(_ log: any StepLog) throws(ApplicationFault) {
        let connection = try open()
        let end = Instant.now.advanced(bySeconds: settings.deadlineSeconds)
        // Before the lock: a replica that waits for the lock with a commit could not be stopped.
        if tracksReplica { try stopReplica(connection, until: end, log) }
        try longQueries(connection).check()
        for statement in holding {
            try limit(connection, until: end)
            try step(statement, connection, log)
        }
        try limit(connection, until: end)
        try MariaDBRedoLog(connection: connection, server: server, isLazy: keepsCommitsInMemory).write(until: end, log)
        try notePosition(connection)
        // The server counts its idle time from here: it ends a holder whose process is stopped.
        try limit(connection, until: end)
    }

    /// What keeps commits out, in order; each is waited for before the next stops more.
    private var holding: [String] {
        switch lock {
        // FLUSH stops who writes to tables without transactions, BLOCK_DDL who changes tables, BLOCK_COMMIT the rest.
        case .stages: ["BACKUP STAGE FLUSH", "BACKUP STAGE BLOCK_DDL", "BACKUP STAGE BLOCK_COMMIT"]
        case .instanceAndTables: ["LOCK INSTANCE FOR BACKUP", "FLUSH TABLES WITH READ LOCK"]
        case .tables: ["FLUSH TABLES WITH READ LOCK"]
        }
    }

    private func stopReplica(_ connection: MariaDBConnection, until end: Instant, _ log: any StepLog)
        throws(ApplicationFault)
    {
        let replica = MariaDBReplica(connection, server, MariaDBReplicaNote(settings.name))
        self.replica = replica
        try limit(connection, until: end)
        try log.measure("STOP SLAVE SQL_THREAD") { () throws(ApplicationFault) in try replica.stop(until: end) }
    }

    private func longQueries(_ connection: MariaDBConnection) -> MariaDBLongQueries {
        MariaDBLongQueries(connection: connection, lock: lock, limit: longQuery)
    }

    private func notePosition(_ connection: MariaDBConnection) throws(ApplicationFault) {
        do throws(MariaDBError) {
            held = try MariaDBPosition(connection, server, hasBinaryLog: hasBinaryLog).facts()
        } catch {
            throw Self.fault(error, server.binaryLogStatus)
        }
    }

    // MARK: Release

    func release(_ log: any StepLog) throws(ApplicationFault) -> ApplicationRelease {
        let connection = try open()
        var release = ApplicationRelease()
        release.facts = held
        // Only the connection that holds can let go: that the server takes this is the proof that it held until now.
        for statement in releasing {
            try log.measure(statement) { () throws(ApplicationFault) in
                do throws(MariaDBError) {
                    try connection.run(statement)
                } catch {
                    throw .sessionLost(detail: "\(statement): \(error.description)")
                }
            }
        }
        if let replica, replica.isStopped {
            try log.measure("START SLAVE SQL_THREAD") { () throws(ApplicationFault) in
                do throws(MariaDBError) {
                    try replica.start(connection)
                } catch {
                    throw .releaseFailed(detail: "START SLAVE SQL_THREAD: \(error.description)")
                }
            }
        }
        return release
    }

    private var releasing: [String] {
        switch lock {
        case .stages: ["BACKUP STAGE END"]
        case .instanceAndTables: ["UNLOCK TABLES", "UNLOCK INSTANCE"]
        case .tables: ["UNLOCK TABLES"]
        }
    }

    func close() {
        control.withLock { $0.line = nil }
        connection?.close()
        connection = nil
        guard let replica, replica.isStopped else { return }
        self.replica = nil
        // Over a connection of its own, because this one may be the reason why the session ends here.
        let limits = MariaDBConnection.Limits(connect: 2, answer: 3)
        guard let fresh = try? MariaDBConnection(address, limits) else { return }
        try? replica.start(fresh)
    }

    func interrupt() {
        let line = control.withLock { control in
            control.isInterrupted = true
            return control.line
        }
        guard let line else { return }
        line.cut()
        // A statement that waits for a lock does not see that its client is gone: it would get the lock, or go on waiting.
        let limits = MariaDBConnection.Limits(connect: 2, answer: 2)
        guard let other = try? MariaDBConnection(address, limits), other.line.peer == line.peer else { return }
        try? other.run("KILL \(line.threadID)")
        other.close()
    }

    // MARK: Statements

    private func open() throws(ApplicationFault) -> MariaDBConnection {
        guard let connection else { throw .quiesceFailed(detail: "no connection") }
        return connection
    }

    private func step(_ statement: String, _ connection: MariaDBConnection, _ log: any StepLog)
        throws(ApplicationFault)
    {
        try log.measure(statement) { () throws(ApplicationFault) in
            do throws(MariaDBError) {
                try connection.run(statement)
            } catch {
                throw Self.fault(error, statement)
            }
        }
    }

    private func limit(_ connection: MariaDBConnection, until end: Instant) throws(ApplicationFault) {
        let left = Double(end.millisecondsLeft) / 1000
        if left <= 0 { throw .deadlineExceeded(seconds: settings.deadlineSeconds) }
        try limit(connection, seconds: left, idle: Int(left.rounded(.up)))
    }

    /// Nothing waits longer than this for a lock, and the server ends a connection that is idle for longer.
    private func limit(_ connection: MariaDBConnection, seconds: Double, idle: Int) throws(ApplicationFault) {
        let whole = max(1, Int(seconds.rounded(.up)))
        let statement =
            server.isMariaDB ? "max_statement_time = \(whole)" : "max_execution_time = \(whole * 1000)"
        do throws(MariaDBError) {
            try connection.run(
                """
                SET SESSION lock_wait_timeout = \(whole), \(statement), wait_timeout = \(max(1, idle)), \
                interactive_timeout = \(max(1, idle))
                """)
        } catch {
            throw Self.fault(error, "SET SESSION")
        }
    }

    private static func fault(_ error: MariaDBError, _ statement: String) -> ApplicationFault {
        if error.isWaitTimeout { return .busy(detail: "\(statement): \(error.description)") }
        if error.isRefusal { return .refused(detail: "\(statement): \(error.description)") }
        return .quiesceFailed(detail: "\(statement): \(error.description)")
    }
}
