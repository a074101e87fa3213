internal import Glibc
internal import Linux

/// What the server or libpq says against something.
struct PostgreSQLError: Error, Sendable {
    /// The SQLSTATE, such as `57P03`; empty when the server did not say a word.
    var state: String
    var message: String
    /// Whether the connection is of no more use.
    var isLost = false
}

/// One connection through libpq. One thread at a time uses it; only `interrupter` may be used beside it.
final class PostgreSQLConnection: @unchecked Sendable {
    private let library: PostgreSQLLibrary
    private var handle: OpaquePointer?
    /// Ends a call that is under way.
    let interrupter: PostgreSQLInterrupter

    private init(_ library: PostgreSQLLibrary, _ handle: OpaquePointer) throws(PostgreSQLError) {
        guard let interrupter = PostgreSQLInterrupter(library, handle) else {
            library.finish(handle)
            throw PostgreSQLError(state: "", message: SystemError.reason(of: ENOMEM), isLost: true)
        }
        self.library = library
        self.handle = handle
        self.interrupter = interrupter
    }

    deinit { close() }

    /// Connects, without libpq's own blocking call: an interruption must be able to end it.
    /// - Parameters:
    ///   - parameters: libpq's own keywords. The password is one of them and gets nowhere else.
    ///   - seconds: after which the attempt is given up.
    static func open(
        _ library: PostgreSQLLibrary, _ parameters: [String: String], seconds: Double,
        isInterrupted: () -> Bool = { false }
    ) throws(PostgreSQLError) -> PostgreSQLConnection {
        let sorted = parameters.sorted { $0.key < $1.key }
        let keys = CStrings(sorted.map(\.key)), values = CStrings(sorted.map(\.value))
        guard let handle = library.connectStart(keys.pointer, values.pointer, 0) else {
            throw PostgreSQLError(state: "", message: SystemError.reason(of: ENOMEM), isLost: true)
        }
        // Verbose messages hold the SQLSTATE, which a failed connection tells in no other way.
        _ = library.setErrorVerbosity(handle, verbose)
        _ = library.setNoticeProcessor(handle, { _, _ in }, nil)
        let limit = Instant.now.advanced(bySeconds: seconds)
        guard settle(library, handle, until: limit, isInterrupted) else {
            var error = error(of: library, handle)
            if limit < .now { error.message = SystemError.reason(of: ETIMEDOUT) }
            library.finish(handle)
            throw error
        }
        return try PostgreSQLConnection(library, handle)
    }

    private static let verbose: Int32 = 2
    private static let connectionIsGood: Int32 = 0

    private static func settle(
        _ library: PostgreSQLLibrary, _ handle: OpaquePointer, until limit: Instant, _ isInterrupted: () -> Bool
    ) -> Bool {
        let failed: Int32 = 0, reading: Int32 = 1, isReady: Int32 = 3
        // The order that libpq's manual asks for: as if the last answer had been "writing".
        var next: Int32 = 2
        while limit > .now, !isInterrupted(), library.status(handle) != 1 {
            var one = pollfd(fd: library.socket(handle), events: Int16(next == reading ? POLLIN : POLLOUT), revents: 0)
            guard poll(&one, 1, min(100, limit.millisecondsLeft)) > 0 else { continue }
            next = library.connectPoll(handle)
            if next == isReady { return true }
            if next == failed { return false }
        }
        return false
    }

    private static func error(of library: PostgreSQLLibrary, _ handle: OpaquePointer) -> PostgreSQLError {
        let text = library.errorMessage(handle).map { String(cString: $0) } ?? ""
        var error = PostgreSQLMessage.error(in: text)
        if error.state.isEmpty, library.connectionNeedsPassword(handle) != 0 { error.state = "28P01" }
        error.isLost = true
        return error
    }

    /// The server's version as a number: 150018 is 15.18.
    var version: Int { handle.map { Int(library.serverVersion($0)) } ?? 0 }

    /// The process that listens at the other end of a local socket; `nil` over TCP.
    var peer: Int32? { handle.flatMap { SocketPeer.process(of: library.socket($0)) } }

    /// Runs one statement.
    /// - Returns: the rows, each with its columns as text.
    @discardableResult
    func rows(_ statement: String, _ arguments: [String] = []) throws(PostgreSQLError) -> [[String?]] {
        guard let handle else { throw PostgreSQLError(state: "", message: SystemError.reason(of: EPIPE), isLost: true) }
        let values = CStrings(arguments)
        let result = library.execute(handle, statement, Int32(arguments.count), nil, values.pointer, nil, nil, 0)
        defer { library.clear(result) }
        let hasSucceeded = (0...2).contains(library.resultStatus(result))
        guard hasSucceeded else { throw failure(result, handle) }
        let columns = library.columnCount(result)
        return (0..<library.rowCount(result)).map { row in
            (0..<columns).map { column in
                if library.isNull(result, row, column) != 0 { return nil }
                return library.value(result, row, column).map { String(cString: $0) }
            }
        }
    }

    private func failure(_ result: OpaquePointer?, _ handle: OpaquePointer) -> PostgreSQLError {
        func field(_ name: Unicode.Scalar) -> String? {
            library.resultErrorField(result, Int32(name.value)).map { String(cString: $0) }
        }
        let isLost = library.status(handle) != Self.connectionIsGood
        guard let state = field("C"), let message = field("M") else {
            var error = Self.error(of: library, handle)
            error.isLost = isLost
            return error
        }
        let detail = field("D").map { " (\($0))" } ?? ""
        return PostgreSQLError(state: state, message: message + detail, isLost: isLost)
    }

    /// Ends the connection; the server undoes all that is bound to it.
    func close() {
        guard let handle else { return }
        self.handle = nil
        library.finish(handle)
    }
}

/// Texts for a C function, as long as this object lives.
private final class CStrings {
    private let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    private let count: Int
    var pointer: UnsafePointer<UnsafePointer<CChar>?> { UnsafePointer(pointers) }

    init(_ texts: [String]) {
        count = texts.count
        pointers = .allocate(capacity: count + 1)
        for (index, text) in texts.enumerated() { (pointers + index).initialize(to: UnsafePointer(strdup(text))) }
        (pointers + count).initialize(to: nil)
    }

    deinit {
        for index in 0..<count { free(UnsafeMutablePointer(mutating: pointers[index])) }
        pointers.deallocate()
    }
}
