internal import Messages

/// Where a server is, and as whom it is spoken to.
struct MariaDBAddress: Sendable {
    /// Where it listens.
    enum Place: Sendable {
        case socket(String)
        case port(host: String, number: Int)
    }

    let place: Place
    let user: String
    /// Empty for accounts that the server recognizes by the user of the calling process (`unix_socket`, `auth_socket`).
    let password: String

    init(place: Place, user: String, password: String) {
        self.place = place
        self.user = user
        self.password = password
    }

    /// - Throws: `.credentialsUnusable`.
    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        let credentials = try Credentials.read(settings.text(MariaDBOption.credentials))
        user = settings.text(MariaDBOption.user) ?? credentials.user ?? "root"
        password = credentials.password ?? ""
        if let host = settings.text(MariaDBOption.host) {
            place = .port(host: host, number: settings.integer(MariaDBOption.port) ?? 3306)
        } else {
            place = .socket(settings.text(MariaDBOption.socket) ?? "/run/mysqld/mysqld.sock")
        }
    }
}

/// The adapter's own keys in `remanso.yaml`.
enum MariaDBOption {
    static let host = "host"
    static let port = "port"
    static let socket = "socket"
    static let user = "user"
    static let credentials = "credentials"
    static let longQuery = "longQuery"
    static let stopReplica = "stopReplica"
    static let lock = "lock"

    static let all = [
        ApplicationOption(host, .text), ApplicationOption(port, .integer(1...65_535)), ApplicationOption(socket, .path),
        ApplicationOption(user, .text), ApplicationOption(credentials, .path), ApplicationOption(longQuery, .seconds),
        ApplicationOption(stopReplica, .flag), ApplicationOption(lock, .choice(["backup", "tables"])),
    ]
}
