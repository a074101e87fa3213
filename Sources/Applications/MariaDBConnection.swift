internal import Glibc
internal import Linux
internal import Messages

/// What the server or the library said instead of an answer.
struct MariaDBError: Error, Equatable {
    /// The number in the server's own list, or 2000 and above from the library.
    let number: UInt32
    let text: String

    /// The connection is gone.
    var isLoss: Bool { [1053, 1317, 1927, 2006, 2013, 2055].contains(number) }
    /// Somebody else held what the statement waited for, until its time was over.
    var isWaitTimeout: Bool { [1205, 1969, 3024].contains(number) }
    /// The account may not do this, or nobody may with this password.
    var isRefusal: Bool { [1044, 1045, 1130, 1142, 1227, 1251, 1524, 1698, 2059, 2061].contains(number) }
    /// The server is there and takes nobody.
    var isNotReady: Bool { [1040, 1053, 1203].contains(number) }

    /// In one line with the number, by which a person finds it.
    var description: String { "\(text) (\(number))" }

    /// What it means for a connection that is being made, or for a question that changes nothing.
    var faultOnAsking: ApplicationFault {
        if isRefusal { return .refused(detail: description) }
        return isNotReady ? .notReady(detail: description) : .unreachable(detail: description)
    }
}

/// One connection. Used by one thread, `cut` excepted.
final class MariaDBConnection {
    /// Seconds.
    struct Limits: Sendable {
        /// Until the connection stands.
        var connect: UInt32 = 10
        /// Until the server answers to one statement.
        var answer: UInt32 = 3600
    }

    let line: MariaDBLine
    private let library: MariaDBLibrary
    private var handle: MariaDBLibrary.Handle?

    /// Connects.
    /// - Throws: `.libraryMissing`, `.refused`, `.unreachable`, `.notReady`.
    init(_ address: MariaDBAddress, _ limits: Limits = Limits()) throws(ApplicationFault) {
        library = try MariaDBLibrary.load()
        guard let handle = library.initialize(nil) else { throw .unreachable(detail: SystemError.reason(of: ENOMEM)) }
        Self.prepare(handle, library, address, limits)
        guard Self.connect(handle, library, address) else {
            let error = Self.error(of: handle, library)
            library.close(handle)
            throw error.faultOnAsking
        }
        guard let line = MariaDBLine(socket: library.socket(handle), threadID: library.threadID(handle)) else {
            library.close(handle)
            throw .unreachable(detail: SystemError.reason(of: EMFILE))
        }
        self.handle = handle
        self.line = line
    }

    deinit { close() }

    /// Ends the connection; the server lets go of all that it held.
    func close() {
        guard let handle else { return }
        self.handle = nil
        library.close(handle)
        line.cut()
    }

    private static func prepare(
        _ handle: MariaDBLibrary.Handle, _ library: MariaDBLibrary, _ address: MariaDBAddress, _ limits: Limits
    ) {
        func set(_ option: UInt32, _ value: UInt32) {
            withUnsafePointer(to: value) { _ = library.setOption(handle, option, $0) }
        }
        set(MariaDBLibrary.Option.connectTimeout, limits.connect)
        set(MariaDBLibrary.Option.readTimeout, limits.answer)
        set(MariaDBLibrary.Option.writeTimeout, limits.connect)
        // No server may ask root's process for a file.
        set(MariaDBLibrary.Option.localInfile, 0)
        "utf8mb4".withCString { _ = library.setOption(handle, MariaDBLibrary.Option.characterSet, $0) }
        switch address.place {
        case .socket: set(MariaDBLibrary.Option.transport, MariaDBLibrary.Transport.socket)
        case .port: set(MariaDBLibrary.Option.transport, MariaDBLibrary.Transport.tcp)
        }
    }

    private static func connect(
        _ handle: MariaDBLibrary.Handle, _ library: MariaDBLibrary, _ address: MariaDBAddress
    ) -> Bool {
        // An empty password, not none: for none the library looks into the environment.
        switch address.place {
        case .socket(let path):
            library.connect(handle, "localhost", address.user, address.password, nil, 0, path, 0) != nil
        case .port(let host, let number):
            library.connect(
                handle, host, address.user, address.password, nil, UInt32(clamping: number), nil, 0) != nil
        }
    }

    private static func error(of handle: MariaDBLibrary.Handle, _ library: MariaDBLibrary) -> MariaDBError {
        let text = library.errorText(handle).map { String(cString: $0) } ?? ""
        return MariaDBError(number: library.errorNumber(handle), text: text)
    }

    // MARK: Statements

    /// Runs a statement whose answer does not matter.
    func run(_ statement: String) throws(MariaDBError) { _ = try rows(statement) }

    /// The rows of an answer; `nil` stands for NULL. None for a statement without one.
    func rows(_ statement: String) throws(MariaDBError) -> [[String?]] {
        try answer(to: statement).rows
    }

    /// The rows of an answer, each value under the name of its column; NULL is left out.
    func records(_ statement: String) throws(MariaDBError) -> [[String: String]] {
        let answer = try answer(to: statement)
        return answer.rows.map { row in
            var record: [String: String] = [:]
            for (name, value) in zip(answer.columns, row) { record[name] = value }
            return record
        }
    }

    /// Reads every row of an answer of any size, and keeps none.
    /// - Returns: how many.
    func count(_ statement: String) throws(MariaDBError) -> Int {
        let handle = try send(statement)
        guard let result = library.useResult(handle) else { throw Self.error(of: handle, library) }
        defer { library.freeResult(result) }
        var count = 0
        while library.fetchRow(result) != nil { count += 1 }
        if library.errorNumber(handle) != 0 { throw Self.error(of: handle, library) }
        return count
    }

    private func send(_ statement: String) throws(MariaDBError) -> MariaDBLibrary.Handle {
        guard let handle else { throw MariaDBError(number: 2006, text: "closed") }
        if library.query(handle, statement, UInt(statement.utf8.count)) != 0 { throw Self.error(of: handle, library) }
        return handle
    }

    private func answer(to statement: String) throws(MariaDBError) -> (columns: [String], rows: [[String?]]) {
        let handle = try send(statement)
        guard let result = library.storeResult(handle) else {
            if library.errorNumber(handle) != 0 { throw Self.error(of: handle, library) }
            return ([], [])
        }
        defer { library.freeResult(result) }
        let count = library.fieldCount(handle)
        let columns = (0..<count).map { index in
            library.field(result, index)?.pointee.map { String(cString: $0) } ?? ""
        }
        var rows: [[String?]] = []
        while let row = library.fetchRow(result) { rows.append(values(of: row, in: result, Int(count))) }
        return (columns, rows)
    }

    private func values(of row: MariaDBLibrary.Row, in result: MariaDBLibrary.Result, _ count: Int) -> [String?] {
        guard let lengths = library.fetchLengths(result) else { return [] }
        return (0..<count).map { index in
            row[index].map { start in
                let bytes = UnsafeRawBufferPointer(start: start, count: Int(lengths[index]))
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }
}

/// What another thread needs to end a connection that is in use.
struct MariaDBLine: Sendable {
    /// The server's number of the connection.
    let threadID: UInt
    /// A duplicate: its number stays this connection's as long as it is kept, whatever the library closes meanwhile.
    private let socket: Descriptor

    init?(socket number: Int32, threadID: UInt) {
        // No program that is started meanwhile may keep the connection, and with it the lock, alive.
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        let duplicate = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else { return nil }
        socket = Descriptor(owning: duplicate, path: "mysql")
        self.threadID = threadID
    }

    /// Makes the call that waits on it fail, and the server see its end.
    func cut() { shutdown(socket.number, Int32(SHUT_RDWR)) }

    /// The process that listens at the other end of a unix socket, in the caller's process numbers; `nil` over TCP.
    var peer: Int32? { SocketPeer.process(of: socket.number) }
}
