internal import Glibc
internal import Messages

/// The functions of libmariadb that are used here, with the types of its header `mysql.h`. Handles are opaque.
struct MariaDBLibrary: Sendable {
    typealias Handle = OpaquePointer
    typealias Result = OpaquePointer
    typealias Row = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    typealias Text = UnsafePointer<CChar>

    let initialize: @convention(c) (Handle?) -> Handle?
    let setOption: @convention(c) (Handle, UInt32, UnsafeRawPointer?) -> Int32
    let connect: @convention(c) (Handle, Text?, Text?, Text?, Text?, UInt32, Text?, UInt) -> Handle?
    let close: @convention(c) (Handle) -> Void
    let query: @convention(c) (Handle, Text, UInt) -> Int32
    let errorNumber: @convention(c) (Handle) -> UInt32
    let errorText: @convention(c) (Handle) -> Text?
    let threadID: @convention(c) (Handle) -> UInt
    let socket: @convention(c) (Handle) -> Int32
    let storeResult: @convention(c) (Handle) -> Result?
    let useResult: @convention(c) (Handle) -> Result?
    let fieldCount: @convention(c) (Handle) -> UInt32
    /// The first member of the structure behind the pointer is the column's name.
    let field: @convention(c) (Result, UInt32) -> UnsafePointer<Text?>?
    let fetchRow: @convention(c) (Result) -> Row?
    let fetchLengths: @convention(c) (Result) -> UnsafePointer<UInt>?
    let freeResult: @convention(c) (Result) -> Void

    /// Values of `enum mysql_option`.
    enum Option {
        static let connectTimeout: UInt32 = 0
        static let characterSet: UInt32 = 7
        static let localInfile: UInt32 = 8
        static let transport: UInt32 = 9
        static let readTimeout: UInt32 = 11
        static let writeTimeout: UInt32 = 12
    }

    /// Values of `enum mysql_protocol_type`.
    enum Transport {
        static let tcp: UInt32 = 1
        static let socket: UInt32 = 2
    }

    /// Loaded once, because the library's own set-up at the first `mysql_init` is not thread-safe.
    private static let loaded: Swift.Result<MariaDBLibrary, ApplicationFault> = {
        do throws(ApplicationFault) {
            return .success(try MariaDBLibrary())
        } catch {
            return .failure(error)
        }
    }()

    /// - Throws: `.libraryMissing`.
    static func load() throws(ApplicationFault) -> MariaDBLibrary { try loaded.get() }

    private init() throws(ApplicationFault) {
        let library = try SharedLibrary("libmariadb.so.3", package: "libmariadb3")
        let setUp = try library.function(
            "mysql_server_init",
            as: (@convention(c) (Int32, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32).self)
        initialize = try library.function("mysql_init", as: (@convention(c) (Handle?) -> Handle?).self)
        setOption = try library.function(
            "mysql_options", as: (@convention(c) (Handle, UInt32, UnsafeRawPointer?) -> Int32).self)
        connect = try library.function(
            "mysql_real_connect",
            as: (@convention(c) (Handle, Text?, Text?, Text?, Text?, UInt32, Text?, UInt) -> Handle?).self)
        close = try library.function("mysql_close", as: (@convention(c) (Handle) -> Void).self)
        query = try library.function("mysql_real_query", as: (@convention(c) (Handle, Text, UInt) -> Int32).self)
        errorNumber = try library.function("mysql_errno", as: (@convention(c) (Handle) -> UInt32).self)
        errorText = try library.function("mysql_error", as: (@convention(c) (Handle) -> Text?).self)
        threadID = try library.function("mysql_thread_id", as: (@convention(c) (Handle) -> UInt).self)
        socket = try library.function("mysql_get_socket", as: (@convention(c) (Handle) -> Int32).self)
        storeResult = try library.function("mysql_store_result", as: (@convention(c) (Handle) -> Result?).self)
        useResult = try library.function("mysql_use_result", as: (@convention(c) (Handle) -> Result?).self)
        fieldCount = try library.function("mysql_field_count", as: (@convention(c) (Handle) -> UInt32).self)
        field = try library.function(
            "mysql_fetch_field_direct", as: (@convention(c) (Result, UInt32) -> UnsafePointer<Text?>?).self)
        fetchRow = try library.function("mysql_fetch_row", as: (@convention(c) (Result) -> Row?).self)
        fetchLengths = try library.function(
            "mysql_fetch_lengths", as: (@convention(c) (Result) -> UnsafePointer<UInt>?).self)
        freeResult = try library.function("mysql_free_result", as: (@convention(c) (Result) -> Void).self)
        _ = setUp(0, nil, nil)
    }
}
