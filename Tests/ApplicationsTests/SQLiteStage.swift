import Applications
import Fixtures
import Glibc
import Linux

/// A database of SQLite in a sandbox, that belongs to a user without rights.
struct SQLiteStage {
    static let user = "nobody"
    let sandbox: Sandbox
    let folder: String
    let file: String

    /// Runs `body` with a database of 2000 indexed rows in this journal mode.
    static func with<Value>(_ mode: String, _ body: (SQLiteStage) throws -> Value) throws -> Value {
        try Sandbox.with { sandbox in
            let folder = sandbox.path("db")
            let stage = SQLiteStage(sandbox: sandbox, folder: folder, file: "\(folder)/data.db")
            chmod(Files.parent(of: sandbox.path), 0o711)
            chmod(sandbox.path, 0o711)
            try Files.makeFolder(folder)
            try stage.query(
                """
                PRAGMA journal_mode=\(mode); CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, pad TEXT);
                CREATE INDEX i ON t(n); CREATE TABLE u(id INTEGER PRIMARY KEY, t INTEGER REFERENCES t(id));
                WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 2000)
                INSERT INTO t SELECT x, x, hex(randomblob(50)) FROM c; INSERT INTO u VALUES (1, 1);
                """)
            let (uid, gid) = try DrillRun.identity(of: user)
            chown(folder, uid, gid)
            for name in Files.names(in: folder) { chown("\(folder)/\(name)", uid, gid) }
            return try body(stage)
        }
    }

    /// What `sqlite3` says.
    @discardableResult
    func query(_ statement: String, of other: String? = nil) throws -> String {
        try Shell.run("timeout", "60", "sqlite3", "-batch", "-init", "/dev/null", other ?? file, statement)
            .split(whereSeparator: \.isNewline).joined(separator: "\n")
    }

    func settings(_ files: [String]? = nil, deadline: Double = 120, patience: Double = 60) -> ApplicationSettings {
        var settings = ApplicationSettings(type: "sqlite", name: "data")
        settings.deadlineSeconds = deadline
        settings.values = ["files": .paths(files ?? [file]), "busyTimeout": .seconds(patience)]
        return settings
    }

    /// Runs `body` beside a program that commits one row after the other, and changes others in each transaction.
    func withWriter<Value>(_ body: (Recorder) throws -> Value) throws -> Value {
        try Recorder.with(Self.writer, [file], in: sandbox, body)
    }

    /// Runs `body` beside a program that holds this lock.
    func withLock<Value>(_ begin: String, _ body: () throws -> Value) throws -> Value {
        let source = Self.opening + "link.executescript('\(begin)')\nos.write(record, b'.')\ntime.sleep(600)\n"
        return try Recorder.with(source, [file], in: sandbox) { _ in try body() }
    }

    private static let opening = """
        import os, sqlite3, sys, time
        record = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        link = sqlite3.connect(sys.argv[2], timeout=300, isolation_level=None)

        """

    private static let writer =
        opening + """
            link.execute("PRAGMA wal_autocheckpoint=50")
            number = 2000
            while True:
                number += 1
                link.execute("BEGIN IMMEDIATE")
                link.execute("INSERT INTO t VALUES (?, ?, hex(randomblob(50)))", (number, number))
                link.execute("UPDATE t SET n = n + 10000, pad = hex(randomblob(50)) WHERE id % 97 = ?", (number % 97,))
                link.execute("COMMIT")
                os.write(record, b".")
            """

    /// Copies the database and what lies beside it as they are now.
    func copy(_ name: String) throws -> String {
        let copy = sandbox.path(name)
        try Shell.run("cp", "-a", folder, copy)
        return copy
    }
}

extension ApplicationRecord {
    /// The same application with its one file elsewhere.
    func withFile(in folder: String) -> ApplicationRecord {
        var record = self
        record.facts["files"] = "\(folder)/data.db"
        return record
    }
}
