internal import Messages

/// The functions of libsqlite3 that are used, with the types of `sqlite3.h`.
struct SQLiteLibrary: Sendable {
    typealias Handle = OpaquePointer
    typealias Texts = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    typealias Row = @convention(c) (UnsafeMutableRawPointer?, Int32, Texts?, Texts?) -> Int32

    typealias Open =
        @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<Handle?>, Int32, UnsafePointer<CChar>?)
        -> Int32
    typealias Execute = @convention(c) (Handle, UnsafePointer<CChar>, Row?, UnsafeMutableRawPointer?, Texts?) -> Int32
    typealias Close = @convention(c) (Handle) -> Int32
    typealias Message = @convention(c) (Handle) -> UnsafePointer<CChar>
    typealias Interrupt = @convention(c) (Handle) -> Void
    typealias Version = @convention(c) () -> UnsafePointer<CChar>

    let open: Open
    let execute: Execute
    let close: Close
    let message: Message
    let interrupt: Interrupt
    let version: String

    /// Read and write, without making a file that is missing (`SQLITE_OPEN_READWRITE`), and calls from several threads
    /// follow one another (`SQLITE_OPEN_FULLMUTEX`).
    static let openFlags: Int32 = 0x2 | 0x10000

    init() throws(ApplicationFault) {
        let library = try SharedLibrary("libsqlite3.so.0", package: "libsqlite3-0")
        open = try library.function("sqlite3_open_v2", as: Open.self)
        execute = try library.function("sqlite3_exec", as: Execute.self)
        close = try library.function("sqlite3_close", as: Close.self)
        message = try library.function("sqlite3_errmsg", as: Message.self)
        interrupt = try library.function("sqlite3_interrupt", as: Interrupt.self)
        version = String(cString: try library.function("sqlite3_libversion", as: Version.self)())
    }
}

/// What SQLite answers instead of a result.
struct SQLiteFailure: Error {
    /// The kind of failure, one of `SQLITE_…`.
    let code: Int32
    let text: String

    static let busy: Int32 = 5
    static let locked: Int32 = 6
    static let corrupt: Int32 = 11
    static let cannotOpen: Int32 = 14
    static let misuse: Int32 = 21
    static let notADatabase: Int32 = 26

    var isBusy: Bool { code == Self.busy || code == Self.locked }

    /// In the words of the application's faults.
    func fault(_ file: String) -> ApplicationFault {
        let detail = "\(file): \(text)"
        return switch code {
        case Self.busy, Self.locked: .busy(detail: detail)
        case Self.notADatabase, Self.cannotOpen: .setting(key: "files", reason: detail)
        case Self.corrupt: .notReady(detail: detail)
        default: .quiesceFailed(detail: detail)
        }
    }
}
