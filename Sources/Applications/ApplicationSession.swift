public import Messages

/// What an application says of itself.
public struct ApplicationSurvey: Codable, Sendable, Equatable {
    /// The server's version in its own words.
    public var version: String
    /// Every folder or file that it needs, as absolute paths: all must lie on volumes of the run.
    public var folders: [String]
    /// How a drill starts it, and what a person wants to know.
    public var facts: [String: String]

    /// What was found.
    public init(version: String, folders: [String], facts: [String: String] = [:]) {
        self.version = version
        self.folders = folders
        self.facts = facts
    }
}

/// What is known once the application has been let go.
public struct ApplicationRelease: Codable, Sendable, Equatable {
    /// Added to the facts of the survey.
    public var facts: [String: String] = [:]
    /// Files that belong to the recovery point and lie on no volume.
    public var files: [ApplicationRecord.File] = []

    /// Nothing more.
    public init() {}
}

/// The connection that holds an application at rest.
///
/// One thread calls `survey`, `prepare`, `quiesce` and `release`, in this order, each at most once; after a failure only
/// `close` follows. Everything that holds the application is bound to the connection, so that the server itself lets go
/// when this process ends in whatever way; what is not (a stopped replication) is named by `owed`. A conformance suite
/// kills the process at every state: the application must accept writes again within its deadline.
public protocol ApplicationSession: AnyObject {
    /// Connects and asks what is where. Changes nothing.
    func survey() throws(ApplicationFault) -> ApplicationSurvey
    /// Does what is slow and stops nobody: writes out what is dirty, waits for a save that runs, looks for long queries.
    func prepare(_ log: any StepLog) throws(ApplicationFault)
    /// Brings the application to rest. From now on it must hold until `release`.
    func quiesce(_ log: any StepLog) throws(ApplicationFault)
    /// Lets the application go, after making sure that it was held until now.
    /// - Throws: `.sessionLost` when it was not; the application is free all the same.
    func release(_ log: any StepLog) throws(ApplicationFault) -> ApplicationRelease
    /// Ends the connection, in whatever state it is, and undoes what outlives it. Never throws, never blocks for more than
    /// a few seconds. May be called again.
    func close()
    /// Makes a call that is under way on another thread fail soon, and lets the application go. Called when the deadline
    /// is over; thread-safe. `close` follows.
    func interrupt()
}

/// What a session has done, each with its cost.
public protocol StepLog: AnyObject {
    /// Runs `body` and notes it under `action`, in the application's own words.
    func measure<Value>(_ action: String, _ body: () throws(ApplicationFault) -> Value) throws(ApplicationFault)
        -> Value
}

/// One type of application: its keys in `remanso.yaml`, how it is held, and how a drill starts it.
public struct ApplicationKind: Sendable {
    /// The name in `remanso.yaml`.
    public let type: String
    /// Its own keys.
    public let options: [ApplicationOption]
    /// Whether data on several volumes is only of use when their snapshots are of one instant.
    public let needsCommonInstant: @Sendable (ApplicationSettings) -> Bool
    /// Whether it has no session that could hold it: its control group (`ApplicationRecord.cgroup`) is frozen before the first
    /// volume and thawed after the last, by the same keepers. Its session only surveys.
    public let freezesCgroup: Bool
    /// Makes a session, without connecting yet.
    public let session: @Sendable (ApplicationSettings) throws(ApplicationFault) -> any ApplicationSession
    /// How a recovery point is shown to start.
    public let drill: @Sendable (ApplicationRecord) -> any ApplicationDrill
    /// Undoes what outlives a session whose process was killed: a replication that was stopped, for one. Called by the next
    /// run and by `remanso thaw`; does nothing when nothing is left.
    public let recover: @Sendable (ApplicationSettings) throws(ApplicationFault) -> Void

    /// A type of application.
    public init(
        type: String, options: [ApplicationOption],
        needsCommonInstant: @escaping @Sendable (ApplicationSettings) -> Bool = { _ in true },
        freezesCgroup: Bool = false,
        session: @escaping @Sendable (ApplicationSettings) throws(ApplicationFault) -> any ApplicationSession,
        drill: @escaping @Sendable (ApplicationRecord) -> any ApplicationDrill,
        recover: @escaping @Sendable (ApplicationSettings) throws(ApplicationFault) -> Void = {
            (_) throws(ApplicationFault) in
        }
    ) {
        self.type = type
        self.options = options
        self.needsCommonInstant = needsCommonInstant
        self.freezesCgroup = freezesCgroup
        self.session = session
        self.drill = drill
        self.recover = recover
    }
}
