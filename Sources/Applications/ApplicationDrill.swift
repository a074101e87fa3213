public import Linux
public import Messages

/// A program that serves the restored data.
public struct DrillServer: Sendable {
    /// The absolute path of the program.
    public var program: String
    /// Its arguments.
    public var arguments: [String]
    /// Its environment beside `PATH`.
    public var environment: [String: String] = [:]
    /// The signal that ends it in an orderly way.
    public var stopSignal: Int32
    /// The file that it writes its own log to; `nil` for standard output and error.
    public var log: String?

    /// A program that `stopSignal` ends.
    public init(_ program: String, _ arguments: [String], stopSignal: Int32) {
        self.program = program
        self.arguments = arguments
        self.stopSignal = stopSignal
    }
}

/// One check of the restored application.
public struct DrillCheck: Sendable {
    /// What a person would type, such as `pg_amcheck --all --heapallindexed`.
    public let name: String
    /// Runs it.
    /// - Returns: its output.
    /// - Throws: `.checkFailed`.
    public let run: @Sendable (DrillRoom) throws(DrillFault) -> String

    /// A check of this name.
    public init(_ name: String, _ run: @escaping @Sendable (DrillRoom) throws(DrillFault) -> String) {
        self.name = name
        self.run = run
    }
}

/// The place where a drill happens: namespaces of its own, in which the restored data stands at its original paths and the
/// network has nothing but an own loopback.
public struct DrillRoom: Sendable {
    /// What the recovery point says of the application.
    public let record: ApplicationRecord
    /// An empty folder that the application's user may write: for sockets, logs, settings.
    public let folder: String
    /// The user that the application runs as: the owner of its data.
    public let user: UInt32
    /// That user's group.
    public let group: UInt32
    /// The program that was started, in the room's own process numbers; 0 before.
    public let serverPID: Int32

    /// A room.
    public init(record: ApplicationRecord, folder: String, user: UInt32, group: UInt32, serverPID: Int32 = 0) {
        self.record = record
        self.folder = folder
        self.user = user
        self.group = group
        self.serverPID = serverPID
    }
}

/// How a recovery point of one application is shown to start. The steps come in this order: `server`, `answers` until it
/// does or the time is over, `process`, the checks, the probe; then the server is stopped.
public protocol ApplicationDrill: Sendable {
    /// Prepares the data (it is a copy, or a layer over it) and says what to start; `nil` for files without a server.
    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer?
    /// Whether the application serves, asked again and again.
    func answers(in room: DrillRoom) -> Bool
    /// The process that answers, as the application itself says: it must be the one that was started; `nil` for files
    /// without a server.
    func process(in room: DrillRoom) throws(DrillFault) -> Int32?
    /// The application's own checks of its data.
    var checks: [DrillCheck] { get }
    /// Asks the user's query.
    /// - Returns: the answer, columns separated by `|`, rows by line ends.
    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String
}

extension DrillRoom {
    /// Runs a program as the application's user, without new privileges, and with nothing of the machine's environment.
    /// - Parameters:
    ///   - seconds: after which it is ended.
    /// - Returns: its ending, and output and errors behind one another, the last 64 KiB of each.
    /// - Throws: `.programMissing`, `.impossible`.
    public func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], seconds: Double
    ) throws(DrillFault) -> (ending: ProcessEnding, timedOut: Bool, output: String) {
        guard let path = Program.find(program) else { throw .programMissing(program: program) }
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: seconds)
        do {
            let result = try ChildProcess.run(asUser(path, arguments, environment), limits)
            let output = [result.output.text, result.errors.text].filter { !$0.isEmpty }.joined(separator: "\n")
            return (result.ending, result.timedOut, output)
        } catch {
            throw .impossible(detail: "\(program): \(error.reason)")
        }
    }

    /// A program that runs as the application's user.
    public func asUser(_ path: String, _ arguments: [String], _ environment: [String: String] = [:]) -> Program {
        let identity = ["--reuid=\(user)", "--regid=\(group)", "--clear-groups", "--no-new-privs", "--"]
        var program = Program(
            .path("/usr/bin/setpriv"), identity + [path] + arguments,
            environment: Program.plainEnvironment.merging(environment) { $1 })
        program.directory = folder
        return program
    }
}
