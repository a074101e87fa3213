internal import Linux
internal import Messages

/// What kind of server answers, and how it is brought to rest.
struct MariaDBServer: Sendable, Equatable {
    /// How commits are kept out.
    enum Lock: Sendable, Equatable {
        /// MariaDB from 10.4: `BACKUP STAGE`, behind which no reader and no writer of InnoDB tables queues for long.
        case stages
        /// MySQL from 8.0: `LOCK INSTANCE FOR BACKUP`, then `FLUSH TABLES WITH READ LOCK`.
        case instanceAndTables
        /// Older MariaDB: `FLUSH TABLES WITH READ LOCK`, which waits for every statement that runs.
        case tables
    }

    /// In its own words.
    let text: String
    let isMariaDB: Bool
    /// Major, minor, patch.
    let version: [Int]

    /// - Parameter text: the answer to `SELECT VERSION()`, such as `10.11.6-MariaDB-log` or `8.0.36`.
    init(_ text: String) {
        self.text = text
        isMariaDB = text.contains("MariaDB")
        let digits = text.prefix { $0.isNumber || $0 == "." }
        version = digits.split(separator: ".").prefix(3).map { Int($0) ?? 0 }
    }

    /// The oldest that is known to let a backup hold it within a time.
    /// - Throws: `.versionTooOld`.
    func checkAge() throws(ApplicationFault) {
        let oldest = isMariaDB ? [10, 1] : [8, 0]
        guard isAtLeast(oldest) else {
            let name = isMariaDB ? "MariaDB" : "MySQL"
            throw .versionTooOld(found: text, needed: "\(name) \(oldest.map(String.init).joined(separator: "."))")
        }
    }

    /// - Parameter choice: the value of the key `lock`; `nil` for what suits the server best.
    func lock(_ choice: String?) -> Lock {
        if choice == "tables" { return isMariaDB ? .tables : .instanceAndTables }
        if !isMariaDB { return .instanceAndTables }
        return isAtLeast([10, 4]) ? .stages : .tables
    }

    func isAtLeast(_ other: [Int]) -> Bool { !version.lexicographicallyPrecedes(other) }

    /// Where the binary log stands.
    var binaryLogStatus: String {
        !isMariaDB && isAtLeast([8, 4]) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"
    }
}
