internal import Linux
internal import Messages

/// Where the server is, and as whom Remanso speaks with it.
struct PostgreSQLAddress: Sendable {
    /// libpq's own keywords.
    let parameters: [String: String]
    /// The user of this machine that connects; `nil` for the one that Remanso runs as.
    let account: Account?

    private static let debianFolder = "/var/run/postgresql"
    private static let connectSeconds = 10.0

    /// - Throws: `.credentialsUnusable`, `.setting`.
    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        let credentials = try Credentials.read(settings.text(PostgreSQLKey.credentials))
        let port = settings.integer(PostgreSQLKey.port)
        let user = settings.text(PostgreSQLKey.user) ?? credentials.user ?? "postgres"
        let host = settings.text(PostgreSQLKey.host) ?? Self.debianHost(port ?? 5432)
        var parameters = [
            "application_name": "remanso", "client_encoding": "UTF8", "user": user,
            "dbname": settings.text(PostgreSQLKey.database) ?? "postgres",
        ]
        parameters["host"] = host
        parameters["port"] = port.map { "\($0)" }
        parameters["password"] = credentials.password
        self.parameters = parameters
        account = try Self.account(
            settings, user: user, isLocal: host?.hasPrefix("/") ?? true, hasPassword: credentials.password != nil)
    }

    /// A libpq that was not built by Debian looks elsewhere; a server of Debian is found all the same.
    private static func debianHost(_ port: Int) -> String? {
        Files.exists("\(debianFolder)/.s.PGSQL.\(port)") ? debianFolder : nil
    }

    /// Debian's servers let a user in by a local socket when an account of the same name connects ("peer"). root is refused;
    /// but root may be anybody.
    private static func account(
        _ settings: ApplicationSettings, user: String, isLocal: Bool, hasPassword: Bool
    ) throws(ApplicationFault) -> Account? {
        if let name = settings.text(PostgreSQLKey.osUser) {
            if let account = Account(named: name) { return account }
            throw .setting(key: PostgreSQLKey.osUser, reason: name)
        }
        return isLocal && !hasPassword ? Account(named: user) : nil
    }

    /// Connects.
    /// - Throws: `.refused`, `.unreachable`, `.notReady`, `.busy`, `.setting`.
    func connect(
        _ library: PostgreSQLLibrary, isInterrupted: @escaping @Sendable () -> Bool
    ) throws(ApplicationFault) -> PostgreSQLConnection {
        let parameters = parameters
        let attempt: @Sendable () -> Result<PostgreSQLConnection, PostgreSQLError> = {
            do throws(PostgreSQLError) {
                return .success(
                    try .open(library, parameters, seconds: Self.connectSeconds, isInterrupted: isInterrupted))
            } catch {
                return .failure(error)
            }
        }
        let outcome: Result<PostgreSQLConnection, PostgreSQLError>
        do throws(SystemError) {
            outcome = try account?.run(attempt) ?? attempt()
        } catch {
            throw .setting(key: PostgreSQLKey.osUser, reason: error.reason)
        }
        switch outcome {
        case .success(let connection): return connection
        case .failure(let error): throw Self.fault(error)
        }
    }

    /// What a connection that did not come about means (PostgreSQL's manual, appendix A).
    private static func fault(_ error: PostgreSQLError) -> ApplicationFault {
        switch error.state {
        case "57P01", "57P02", "57P03": .notReady(detail: error.message)
        case "53300": .busy(detail: error.message)
        case "3D000": .setting(key: PostgreSQLKey.database, reason: error.message)
        case let state where state.hasPrefix("28") || state == "42501": .refused(detail: error.message)
        default: .unreachable(detail: error.message)
        }
    }
}
