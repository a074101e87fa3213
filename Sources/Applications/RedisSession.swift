internal import Glibc
internal import Linux
internal import Messages

/// Holds Redis by `CLIENT PAUSE … WRITE`: readers go on, and writers wait. The pause belongs to the server and not to the
/// connection, so it is given the deadline as its length: it ends by then, whatever is killed.
///
/// One thread works with it; `interrupt`, which may come from another, touches what is shared and constants only.
final class RedisSession: ApplicationSession, @unchecked Sendable {
    /// What was true when the writers had stopped.
    private struct Hold {
        let pauseEnd: Instant
        let changes: String
    }

    private static let patience = 10.0
    /// A save or a rewrite that takes longer is not waited for.
    private static let longestSave = 600.0

    private let settings: ApplicationSettings
    private let access: RedisServer.Access
    private let wire = Shared<Descriptor?>(nil)
    private let isPaused = Shared(false)
    private let isInterrupted = Shared(false)
    private var connected: RedisServer?
    private var files: RedisFiles?
    private var hold: Hold?

    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        self.settings = settings
        access = try RedisServer.Access(settings)
    }

    func survey() throws(ApplicationFault) -> ApplicationSurvey {
        let server = try connect()
        let information = try server.information()
        let version = information["redis_version"] ?? ""
        // Older servers stop readers as well, and let keys expire in the meantime.
        guard RedisVersion(6, 2) <= RedisVersion(information) else {
            throw .versionTooOld(found: version, needed: "6.2")
        }
        if information["loading"] == "1" { throw .notReady(detail: "loading:1") }
        let setup = try RedisSetup(of: server, information)
        try check(setup)
        files = RedisFiles(setup: setup)
        var survey = ApplicationSurvey(version: version, folders: folders(setup), facts: setup.values)
        survey.facts["program"] = setup.program
        for fact in ["config_file", "role", "master_host", "master_port", "valkey_version", "cluster_enabled"] {
            survey.facts[fact] = information[fact]
        }
        survey.facts["modules"] = try modules(server)
        return survey
    }

    func prepare(_ log: any StepLog) throws(ApplicationFault) {
        guard let server = connected, let files else { throw .sessionLost(detail: "survey") }
        try log.measure("INFO persistence") { () throws(ApplicationFault) in
            let limit = Instant.now.advanced(bySeconds: Self.longestSave)
            try wait(server, until: limit, or: .busy(detail: "\(Int(Self.longestSave)) s")) { information in
                information.runningChild == nil
            }
        }
        server.deadline = .now.advanced(bySeconds: Self.patience)
        // Since Redis 8 it tells: somebody else's pause is not ours to end.
        if let actions = try server.information("clients")["paused_actions"], actions != "none" {
            throw .busy(detail: "CLIENT PAUSE (\(actions))")
        }
        if files.setup.usesAOF {
            // Else Redis itself writes out every second what is dirty. An fsync beside one after each command
            // (`always`) might run after new pages for long.
            if files.setup["appendfsync"] == "no" {
                // A rewrite that has just ended takes old files away; the quiesce tells what is really wrong.
                try log.measure("fsync AOF") { () throws(ApplicationFault) in _ = try? files.syncAOF() }
            }
        } else {
            let seconds = try server.information("persistence").number("rdb_last_bgsave_time_sec")
            // Writers would wait in vain until the deadline.
            guard Double(seconds) < settings.deadlineSeconds else { throw .busy(detail: "BGSAVE: \(seconds) s") }
        }
    }

    func quiesce(_ log: any StepLog) throws(ApplicationFault) {
        guard let files else { throw .sessionLost(detail: "survey") }
        let deadline = Instant.now.advanced(bySeconds: settings.deadlineSeconds)
        do {
            let server = try connectedStill()
            server.deadline = deadline
            try log.measure("CLIENT PAUSE WRITE") { () throws(ApplicationFault) in
                try pause(server, until: deadline)
            }
            if files.setup.usesAOF {
                try finishAOF(server, files, deadline, log)
            } else {
                try log.measure("BGSAVE") { () throws(ApplicationFault) in try save(server, files, deadline) }
            }
            try check(server.information("persistence"))
        } catch {
            let isLate = deadline < .now || isInterrupted.withLock { $0 }
            throw isLate ? late : error
        }
    }

    func release(_ log: any StepLog) throws(ApplicationFault) -> ApplicationRelease {
        guard let server = connected, hold != nil else { throw .sessionLost(detail: "quiesce") }
        server.deadline = .now.advanced(bySeconds: Self.patience)
        var release = ApplicationRelease()
        do {
            let information = try server.information()
            try check(information)
            release.facts["lasting keys"] = information.lastingKeys.joined(separator: " ")
        } catch {
            letGo()
            throw .sessionLost(detail: error.detail)
        }
        try log.measure("CLIENT UNPAUSE") { () throws(ApplicationFault) in
            do throws(ApplicationFault) {
                try server.call(["CLIENT", "UNPAUSE"])
            } catch {
                throw .releaseFailed(detail: error.detail)
            }
            isPaused.withLock { $0 = false }
        }
        return release
    }

    func close() {
        letGo()
        wire.withLock { $0 = nil }
        connected = nil
    }

    func interrupt() {
        isInterrupted.withLock { $0 = true }
        wire.withLock { socket in
            if let socket { _ = shutdown(socket.number, Int32(SHUT_RDWR)) }
        }
        // Once more in `close`: a CLIENT PAUSE may just be on its way.
        _ = unpause()
    }

    // MARK: Holding

    private var late: ApplicationFault { .deadlineExceeded(seconds: settings.deadlineSeconds) }

    private func pause(_ server: RedisServer, until deadline: Instant) throws(ApplicationFault) {
        isPaused.withLock { $0 = true }
        try server.call(["CLIENT", "PAUSE", "\(max(1, deadline.millisecondsLeft))", "WRITE"])
        let changes = try server.information("persistence")["rdb_changes_since_last_save"]
        hold = Hold(pauseEnd: deadline, changes: changes ?? "")
    }

    /// What was acknowledged is in the kernel's hands once Redis's buffer is empty: with `appendfsync everysec` it keeps
    /// some back, up to two seconds, while an fsync runs. An fsync of ours then brings it to the disk. (`WAITAOF` waits
    /// for its own client's writes only, of which there are none, and for Redis's next fsync, up to a second away.)
    private func finishAOF(
        _ server: RedisServer, _ files: RedisFiles, _ deadline: Instant, _ log: any StepLog
    ) throws(ApplicationFault) {
        try log.measure("aof_buffer_length:0, fsync") { () throws(ApplicationFault) in
            var triesLeft = 3
            try wait(server, until: deadline, or: late) { information throws(ApplicationFault) in
                guard information["aof_last_write_status"] == "ok" else {
                    throw .quiesceFailed(detail: "aof_last_write_status:\(information["aof_last_write_status"] ?? "")")
                }
                guard information.number("aof_buffer_length") == 0 else { return false }
                triesLeft -= 1
                do throws(ApplicationFault) {
                    try files.syncAOF()
                    try files.expectAOF(ofSize: information.number("aof_current_size"))
                    return true
                } catch {
                    // A rewrite that ends just now takes old files away.
                    if triesLeft == 0 { throw error }
                    return false
                }
            }
        }
    }

    private func save(_ server: RedisServer, _ files: RedisFiles, _ deadline: Instant) throws(ApplicationFault) {
        let before = files.rdbIdentity
        // Another child may have come in between; only one runs at a time.
        try wait(server, until: deadline, or: late) { information throws(ApplicationFault) in
            if information.runningChild != nil { return false }
            guard case .error(let text) = try server.reply(["BGSAVE"]) else { return true }
            if text.contains("in progress") || text.contains("child process") { return false }
            throw .quiesceFailed(detail: "BGSAVE: \(text)")
        }
        try wait(server, until: deadline, or: late) { information throws(ApplicationFault) in
            if information.number("rdb_bgsave_in_progress") != 0 { return false }
            let status = information["rdb_last_bgsave_status"] ?? ""
            guard status == "ok" else { throw .quiesceFailed(detail: "rdb_last_bgsave_status:\(status)") }
            return true
        }
        try files.expectNewRDB(than: before)
    }

    /// The pause ends by the server's own clock, which somebody may set, or by anybody's `CLIENT UNPAUSE`. What counts is
    /// that nobody wrote.
    private func check(_ information: RedisInformation) throws(ApplicationFault) {
        guard let hold else { throw .sessionLost(detail: "quiesce") }
        guard Instant.now < hold.pauseEnd else { throw late }
        let changes = information["rdb_changes_since_last_save"] ?? ""
        // A save sets the count to 0.
        guard changes == hold.changes || changes == "0" else {
            throw .sessionLost(detail: "rdb_changes_since_last_save: \(hold.changes), \(changes)")
        }
    }

    private func connect() throws(ApplicationFault) -> RedisServer {
        let server = try RedisServer(access, by: .now.advanced(bySeconds: Self.patience))
        connected = server
        wire.withLock { $0 = server.socket }
        return server
    }

    /// The same connection, or another one: many a server ends those that say nothing for a while (`timeout`).
    private func connectedStill() throws(ApplicationFault) -> RedisServer {
        if let connected {
            connected.deadline = .now.advanced(bySeconds: Self.patience)
            if (try? connected.information("clients")) != nil { return connected }
        }
        return try connect()
    }

    private func letGo() {
        guard isPaused.withLock({ $0 }) else { return }
        if let connected {
            connected.deadline = .now.advanced(bySeconds: 1)
            if (try? connected.call(["CLIENT", "UNPAUSE"])) != nil {
                isPaused.withLock { $0 = false }
                return
            }
        }
        if unpause() { isPaused.withLock { $0 = false } }
    }

    /// On a connection of its own.
    private func unpause() -> Bool {
        guard isPaused.withLock({ $0 }) else { return true }
        let server = try? RedisServer(access, by: .now.advanced(bySeconds: 1))
        return (try? server?.call(["CLIENT", "UNPAUSE"])) != nil
    }

    private func wait(
        _ server: RedisServer, until limit: Instant, or fault: ApplicationFault,
        _ isDone: (RedisInformation) throws(ApplicationFault) -> Bool
    ) throws(ApplicationFault) {
        while true {
            server.deadline = min(limit, .now.advanced(bySeconds: Self.patience))
            if try isDone(server.information("persistence")) { return }
            if limit < .now { throw fault }
            usleep(2_000)
        }
    }

    // MARK: Looking

    private func check(_ setup: RedisSetup) throws(ApplicationFault) {
        guard !setup.folder.isEmpty, !setup["dbfilename"].isEmpty || setup.usesAOF else {
            throw .setting(key: "mode", reason: "dir, dbfilename")
        }
        guard Files.isFolder(setup.folder) else { throw .outsideVolumes(path: setup.folder) }
        // Started again, Redis reads the AOF when `appendonly` is on, and the RDB when it is off: the other file is not it.
        if let mode = settings.text("mode"), (mode == "aof") != setup.usesAOF {
            throw .setting(key: "mode", reason: "\(mode); appendonly \(setup["appendonly"])")
        }
    }

    private func folders(_ setup: RedisSetup) -> [String] {
        let folder = Files.resolved(setup.folder) ?? setup.folder
        guard setup.usesAOF, let own = Files.resolved(setup.appendFolder) else { return [folder] }
        return Files.path(own, isWithin: folder) ? [folder] : [folder, own]
    }

    /// One a line: its path and arguments, for a drill must load it as well. Those that Redis 8 brings along have no path.
    private func modules(_ server: RedisServer) throws(ApplicationFault) -> String? {
        guard case .list(let modules) = try server.reply(["MODULE", "LIST"]) else { return nil }
        let lines = modules.compactMap { module -> String? in
            guard case .list(let fields) = module else { return nil }
            let path = Self.words(after: "path", in: fields)
            guard let first = path.first, !first.isEmpty else { return nil }
            return (path + Self.words(after: "args", in: fields)).map(RedisWords.quote).joined(separator: " ")
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    private static func words(after key: String, in fields: [RedisReply]) -> [String] {
        guard let index = fields.firstIndex(of: .text(key)), index + 1 < fields.count else { return [] }
        return fields[index + 1].words
    }
}

extension ApplicationFault {
    /// The part that says more than the case's name.
    fileprivate var detail: String {
        switch self {
        case .refused(let detail), .unreachable(let detail), .notReady(let detail), .busy(let detail),
            .quiesceFailed(let detail), .sessionLost(let detail), .releaseFailed(let detail):
            detail
        case .deadlineExceeded(let seconds): "\(seconds) s"
        default: ""
        }
    }
}

extension RedisReply {
    /// The texts of a text or a list.
    fileprivate var words: [String] {
        switch self {
        case .text(let text): [text]
        case .list(let elements): elements.flatMap(\.words)
        default: []
        }
    }
}
