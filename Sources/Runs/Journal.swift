internal import Applications
internal import FoundationEssentials
internal import Freezing
internal import Glibc
internal import Linux
internal import Scripts
internal import Vault

/// What would have to be undone if this process died now. Written before each step that needs undoing, and read by the
/// next `backup` or `thaw`.
struct JournalRecord: Codable {
    /// A post-script that is owed because its pre-script was started.
    struct OwedPostScript: Codable {
        var plugin: Plugin
        var environment: [String: String]
    }

    /// A snapshot that outlives a crash.
    struct Leftover: Codable {
        var provider: String
        var token: String
    }

    /// A process that may still run: with its start time its pid names nobody else.
    struct LiveProcess: Codable {
        var pid: pid_t
        var startTime: UInt64

        init(_ pid: pid_t) {
            self.pid = pid
            startTime = ProcessTable.entry(pid)?.startTime ?? 0
        }
    }

    var bootID = BootID.current
    var pid = getpid()
    var recoveryPoint: String
    var owedPostScripts: [OwedPostScript] = []
    var scriptLeaders: [LiveProcess] = []
    var leftovers: [Leftover] = []
    /// The process that holds the applications' sessions.
    var keeper: LiveProcess?
    /// Applications that may be held, or that something may be left of.
    var heldApplications: [ApplicationSettings]?
    var vault: VaultLocation?
    var resticPIDs: [pid_t] = []

    init(recoveryPoint: String, leftovers: [Leftover] = []) {
        self.recoveryPoint = recoveryPoint
        self.leftovers = leftovers
    }
}

/// The journal's file and its content in memory. Threads of scripts running side by side may change it.
final class Journal: Sendable {
    private let path: String
    private let record: Shared<JournalRecord>

    private let inherited: [JournalRecord.Leftover]

    /// A journal for one run. Snapshots that no earlier run could remove stay in it.
    init(_ path: String, recoveryPoint: String) {
        self.path = path
        inherited = Self.read(path)?.leftovers ?? []
        var first = JournalRecord(recoveryPoint: recoveryPoint)
        first.leftovers = inherited
        record = Shared(first)
    }

    /// Changes the record and writes it, before the step that it speaks of.
    func update(_ change: (inout JournalRecord) -> Void) {
        record.withLock { content in
            change(&content)
            Self.write(content, to: path)
        }
    }

    /// Notes a script's process, so that it can be ended if this process dies first.
    func noteScript(_ pid: pid_t) { update { $0.scriptLeaders.append(JournalRecord.LiveProcess(pid)) } }

    /// Nothing of this run is left to undo.
    func close() {
        if inherited.isEmpty {
            unlink(path)
        } else {
            update { [inherited] in $0 = JournalRecord(recoveryPoint: $0.recoveryPoint, leftovers: inherited) }
        }
    }

    static func write(_ record: JournalRecord, to path: String) {
        // A journal that cannot be written must not keep the application paused: the keepers still stand by.
        try? Files.replace(path, with: JSONText.encode(record), isDurable: false)
    }

    /// The journal that a dead run has left; `nil` when there is none.
    static func read(_ path: String) -> JournalRecord? {
        guard let text = Files.text(path) else { return nil }
        return try? JSONDecoder().decode(JournalRecord.self, from: Data(text.utf8))
    }
}
