internal import Messages

extension ApplicationKind {
    /// PostgreSQL 13 and later, through libpq. See `docs/applications.md`.
    static let postgresql = ApplicationKind(
        type: "postgresql",
        options: [
            ApplicationOption(PostgreSQLKey.host, .text),
            ApplicationOption(PostgreSQLKey.port, .integer(1...65_535)),
            ApplicationOption(PostgreSQLKey.database, .text),
            ApplicationOption(PostgreSQLKey.user, .text),
            ApplicationOption(PostgreSQLKey.osUser, .text),
            ApplicationOption(PostgreSQLKey.credentials, .path),
            ApplicationOption(PostgreSQLKey.mode, .choice([PostgreSQLMode.checkpoint, .backup].map(\.rawValue))),
        ],
        // With backup_label and the WAL of the whole window, recovery makes one instant of several.
        needsCommonInstant: { PostgreSQLMode($0) == .checkpoint },
        session: { (settings) throws(ApplicationFault) in try PostgreSQLSession(settings) },
        drill: { PostgreSQLDrill($0) })
}

/// The keys in `remanso.yaml`.
enum PostgreSQLKey {
    static let host = "host", port = "port", database = "database", user = "user", osUser = "osUser"
    static let credentials = "credentials", mode = "mode"
}

/// How the data gets consistent.
enum PostgreSQLMode: String {
    /// The snapshot is of one instant, as if the power had failed; a checkpoint before makes the recovery short.
    case checkpoint
    /// The server's low-level backup: data of several instants, made one by the WAL in between.
    case backup

    init(_ settings: ApplicationSettings) {
        self = settings.text(PostgreSQLKey.mode).flatMap(PostgreSQLMode.init(rawValue:)) ?? .checkpoint
    }
}

/// Which versions this adapter works with.
enum PostgreSQLVersion {
    /// As PQserverVersion gives it: 13.0.
    static let oldest = 130_000

    /// - Parameter number: as PQserverVersion gives it.
    /// - Throws: `.versionTooOld`.
    static func check(_ number: Int) throws(ApplicationFault) {
        if number < oldest { throw .versionTooOld(found: text(number), needed: text(oldest)) }
    }

    /// `150018` is 15.18, and `90624` is 9.6.24.
    static func text(_ number: Int) -> String {
        let major = number / 10_000
        return major >= 10 ? "\(major).\(number % 10_000)" : "\(major).\(number / 100 % 100).\(number % 100)"
    }
}
