internal import Linux
internal import Messages

/// The connection that keeps watch over a PostgreSQL server while the snapshot is taken. Nothing that it holds survives it:
/// backup mode and a temporary slot are bound to the connection by the server itself.
final class PostgreSQLSession: ApplicationSession, @unchecked Sendable {
    private struct State {
        var interrupter: PostgreSQLInterrupter?
        var isInterrupted = false
    }

    private let settings: ApplicationSettings
    private let mode: PostgreSQLMode
    private let library: PostgreSQLLibrary
    private let address: PostgreSQLAddress
    private let state = Shared(State())
    private var connection: PostgreSQLConnection?
    private var backup: PostgreSQLBackup?
    private var facts: [String: String] = [:]
    private var startedAt: String?

    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        self.settings = settings
        mode = PostgreSQLMode(settings)
        library = try PostgreSQLLibrary()
        address = try PostgreSQLAddress(settings)
    }

    func survey() throws(ApplicationFault) -> ApplicationSurvey {
        let state = state
        let connection = try address.connect(library) { state.withLock { $0.isInterrupted } }
        self.connection = connection
        let wasInterrupted = state.withLock { value in
            value.interrupter = connection.interrupter
            return value.isInterrupted
        }
        // It came between the connection and here, and found nothing to end.
        if wasInterrupted { connection.interrupter.interrupt() }
        try PostgreSQLVersion.check(connection.version)
        try run(Self.ownSettings)
        let survey = try PostgreSQLSurvey(connection, mode).result()
        facts = survey.facts
        return survey
    }

    /// An administrator's limits are for applications: a checkpoint may take its time. Functions are PostgreSQL's own ones.
    private static let ownSettings = """
        select set_config(name, value, false)
        from (values ('search_path', 'pg_catalog'), ('client_min_messages', 'error'), ('statement_timeout', '0'),
            ('lock_timeout', '0'), ('idle_session_timeout', '0')) as wanted (name, value)
        where exists (select from pg_catalog.pg_settings where pg_settings.name = wanted.name)
        """

    func prepare(_ log: any StepLog) throws(ApplicationFault) {
        switch mode {
        case .checkpoint: try step(log, "CHECKPOINT", "checkpoint")
        case .backup:
            let backup = PostgreSQLBackup(version: connection?.version ?? 0, facts)
            self.backup = backup
            // Backup mode stops nobody, and its start does a checkpoint: it must not wait until the application rests.
            try step(log, "pg_create_physical_replication_slot", backup.reserve)
            try step(log, "pg_backup_start", backup.start, ["remanso \(settings.name)"])
        }
    }

    private func step(
        _ log: any StepLog, _ action: String, _ statement: String, _ arguments: [String] = []
    ) throws(ApplicationFault) {
        _ = try log.measure(action) { () throws(ApplicationFault) in try run(statement, arguments) }
    }

    func quiesce(_ log: any StepLog) throws(ApplicationFault) {
        startedAt = try run("select pg_postmaster_start_time()").first?.first ?? nil
        // The server ends this session, and with it backup mode, when Remanso stands still.
        let milliseconds = "\(Int(settings.deadlineSeconds * 1000))"
        try run(
            """
            select set_config(name, $1, false) from pg_settings
            where name in ('statement_timeout', 'lock_timeout', 'idle_session_timeout')
            """, [milliseconds])
        if mode == .checkpoint, facts[PostgreSQLFact.inRecovery] == "f" { try step(log, "XLogFlush", Self.flush) }
    }

    /// Commits that were acknowledged without waiting for the disk (`synchronous_commit = off`) lie in the server's memory; a
    /// commit that does wait takes them along. It does not wait for standbys: they are not in the snapshot.
    private static let flush = """
        select set_config('synchronous_commit', 'local', false), pg_logical_emit_message(true, 'remanso', '')
        """

    func release(_ log: any StepLog) throws(ApplicationFault) -> ApplicationRelease {
        var release = ApplicationRelease()
        try log.measure("pg_postmaster_start_time") { () throws(ApplicationFault) in try proveSameServer() }
        guard let backup else { return release }
        let stopped = try log.measure("pg_backup_stop") { () throws(ApplicationFault) in
            try run(backup.stop, isRelease: true)
        }
        // The slot still keeps the WAL; it goes with the connection.
        release.files = try log.measure("WAL") { () throws(ApplicationFault) in try backup.files(stopped) }
        return release
    }

    private func proveSameServer() throws(ApplicationFault) {
        let now = try run("select pg_postmaster_start_time()", isRelease: true).first?.first ?? nil
        guard let startedAt, startedAt == now else {
            throw .sessionLost(detail: "pg_postmaster_start_time(): \(startedAt ?? "?"), \(now ?? "?")")
        }
    }

    func close() {
        state.withLock { $0.interrupter = nil }
        connection?.close()
        connection = nil
    }

    func interrupt() {
        let interrupter = state.withLock { value in
            value.isInterrupted = true
            return value.interrupter
        }
        interrupter?.interrupt()
    }

    @discardableResult
    private func run(
        _ statement: String, _ arguments: [String] = [], isRelease: Bool = false
    ) throws(ApplicationFault) -> [[String?]] {
        guard let connection else { throw .sessionLost(detail: "") }
        do throws(PostgreSQLError) { return try connection.rows(statement, arguments) } catch {
            throw fault(error, isRelease)
        }
    }

    private func fault(_ error: PostgreSQLError, _ isRelease: Bool) -> ApplicationFault {
        if state.withLock({ $0.isInterrupted }) { return .deadlineExceeded(seconds: settings.deadlineSeconds) }
        switch error.state {
        // Ended by statement_timeout, lock_timeout or idle_session_timeout: they are the deadline.
        case "57014", "55P03", "57P05": return .deadlineExceeded(seconds: settings.deadlineSeconds)
        case "42501": return .refused(detail: error.message)
        default: break
        }
        if error.isLost { return .sessionLost(detail: error.message) }
        return isRelease ? .releaseFailed(detail: error.message) : .quiesceFailed(detail: error.message)
    }
}
