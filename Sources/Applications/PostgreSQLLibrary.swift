internal import Messages

/// The functions of libpq that Remanso calls, with the types of its header `libpq-fe.h`. They are pointers that never
/// change, and libpq allows them on any thread as long as no two use one connection.
struct PostgreSQLLibrary: @unchecked Sendable {
    typealias Texts = UnsafePointer<UnsafePointer<CChar>?>
    typealias Text = UnsafePointer<CChar>
    typealias NoticeProcessor = @convention(c) (UnsafeMutableRawPointer?, Text?) -> Void

    let connectStart: @convention(c) (Texts?, Texts?, Int32) -> OpaquePointer?
    let connectPoll: @convention(c) (OpaquePointer) -> Int32
    let connectionNeedsPassword: @convention(c) (OpaquePointer) -> Int32
    let status: @convention(c) (OpaquePointer) -> Int32
    let errorMessage: @convention(c) (OpaquePointer) -> Text?
    let setErrorVerbosity: @convention(c) (OpaquePointer, Int32) -> Int32
    let setNoticeProcessor:
        @convention(c) (OpaquePointer, NoticeProcessor?, UnsafeMutableRawPointer?) -> NoticeProcessor?
    let socket: @convention(c) (OpaquePointer) -> Int32
    let serverVersion: @convention(c) (OpaquePointer) -> Int32
    let finish: @convention(c) (OpaquePointer) -> Void

    let execute:
        @convention(c) (
            OpaquePointer, Text, Int32, UnsafePointer<UInt32>?, Texts?, UnsafePointer<Int32>?, UnsafePointer<Int32>?,
            Int32
        ) -> OpaquePointer?
    let resultStatus: @convention(c) (OpaquePointer?) -> Int32
    let resultErrorField: @convention(c) (OpaquePointer?, Int32) -> Text?
    let rowCount: @convention(c) (OpaquePointer?) -> Int32
    let columnCount: @convention(c) (OpaquePointer?) -> Int32
    let value: @convention(c) (OpaquePointer?, Int32, Int32) -> Text?
    let isNull: @convention(c) (OpaquePointer?, Int32, Int32) -> Int32
    let clear: @convention(c) (OpaquePointer?) -> Void

    let makeCancel: @convention(c) (OpaquePointer) -> OpaquePointer?
    let cancel: @convention(c) (OpaquePointer, UnsafeMutablePointer<CChar>, Int32) -> Int32
    let freeCancel: @convention(c) (OpaquePointer) -> Void

    /// - Throws: `.libraryMissing`.
    init() throws(ApplicationFault) {
        let library = try SharedLibrary("libpq.so.5", package: "libpq5")
        connectStart = try library.function("PQconnectStartParams")
        connectPoll = try library.function("PQconnectPoll")
        connectionNeedsPassword = try library.function("PQconnectionNeedsPassword")
        status = try library.function("PQstatus")
        errorMessage = try library.function("PQerrorMessage")
        setErrorVerbosity = try library.function("PQsetErrorVerbosity")
        setNoticeProcessor = try library.function("PQsetNoticeProcessor")
        socket = try library.function("PQsocket")
        serverVersion = try library.function("PQserverVersion")
        finish = try library.function("PQfinish")
        execute = try library.function("PQexecParams")
        resultStatus = try library.function("PQresultStatus")
        resultErrorField = try library.function("PQresultErrorField")
        rowCount = try library.function("PQntuples")
        columnCount = try library.function("PQnfields")
        value = try library.function("PQgetvalue")
        isNull = try library.function("PQgetisnull")
        clear = try library.function("PQclear")
        makeCancel = try library.function("PQgetCancel")
        cancel = try library.function("PQcancel")
        freeCancel = try library.function("PQfreeCancel")
    }
}
