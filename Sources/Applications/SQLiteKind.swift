internal import Messages

extension ApplicationKind {
    /// SQLite: files, and nobody who serves them.
    static let sqlite = ApplicationKind(
        type: "sqlite",
        options: [
            ApplicationOption("files", .paths, isRequired: true), ApplicationOption("busyTimeout", .seconds),
        ],
        session: { settings in SQLiteSession(settings) },
        drill: SQLiteDrill.init)
}
