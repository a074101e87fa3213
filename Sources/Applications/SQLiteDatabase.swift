internal import Linux
internal import Messages

/// An open database file. One thread queries; any may interrupt or close.
final class SQLiteDatabase: Sendable {
    let file: String
    private let library: SQLiteLibrary
    /// Held for a moment only, so that `interrupt` comes through while a query runs.
    private let handle = Shared<SQLiteLibrary.Handle?>(nil)
    /// Held while the handle is in use.
    private let use = Shared(())

    /// - Parameter file: without links on its way: SQLite puts its log and journal beside what a link leads to.
    init(_ file: String, _ library: SQLiteLibrary) throws(SQLiteFailure) {
        self.file = file
        self.library = library
        var opened: SQLiteLibrary.Handle?
        let code = library.open(file, &opened, SQLiteLibrary.openFlags, nil)
        guard code == 0, let opened else {
            let failure = SQLiteFailure(code: code, text: opened.map { String(cString: library.message($0)) } ?? "")
            if let opened { _ = library.close(opened) }
            throw failure
        }
        handle.withLock { $0 = opened }
    }

    deinit { close() }

    /// Runs a statement; the values of each row as texts.
    @discardableResult
    func query(_ statement: String) throws(SQLiteFailure) -> [[String]] {
        try use.withLock { _ in Result { () throws(SQLiteFailure) in try execute(statement) } }.get()
    }

    private func execute(_ statement: String) throws(SQLiteFailure) -> [[String]] {
        guard let handle = handle.withLock({ $0 }) else {
            throw SQLiteFailure(code: SQLiteFailure.misuse, text: "closed")
        }
        var rows: [[String]] = []
        let code = withUnsafeMutablePointer(to: &rows) { pointer in
            library.execute(
                handle, statement,
                { context, count, texts, _ in
                    let row = (0..<Int(count)).map { index in
                        texts.flatMap { $0[index] }.map { String(cString: $0) } ?? ""
                    }
                    context?.assumingMemoryBound(to: [[String]].self).pointee.append(row)
                    return 0
                }, pointer, nil)
        }
        // Without sqlite3_extended_result_codes() the code is the kind of failure.
        guard code == 0 else { throw SQLiteFailure(code: code, text: String(cString: library.message(handle))) }
        return rows
    }

    /// Makes a query that runs on another thread fail soon.
    func interrupt() {
        handle.withLock { handle in
            if let handle { library.interrupt(handle) }
        }
    }

    /// Ends a transaction and gives up every lock. May be called again.
    func close() {
        use.withLock { _ in
            let opened = handle.withLock { handle in
                defer { handle = nil }
                return handle
            }
            if let opened { _ = library.close(opened) }
        }
    }
}
