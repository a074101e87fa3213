public import Glibc

/// A system call that failed: what was tried, on what, and the kernel's reason.
public struct SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The operation in the words of its manual page, such as `open` or `FIFREEZE`.
    public let operation: String
    /// The path or device that it was tried on.
    public let subject: String
    /// The value of `errno`.
    public let code: Int32

    /// Takes `errno` as it stands unless `code` is given.
    public init(_ operation: String, _ subject: String, code: Int32 = errno) {
        self.operation = operation
        self.subject = subject
        self.code = code
    }

    /// The kernel's reason in the words of strerror(3).
    public var reason: String { Self.reason(of: code) }
    /// The kernel's reason for a value of `errno`.
    public static func reason(of code: Int32) -> String { String(cString: strerror(code)) }
    /// Operation, subject and reason in one line.
    public var description: String { "\(operation) \(subject): \(reason)" }
}

/// Repeats a call that a signal interrupted; throws when it returns a negative value.
@discardableResult
public func check(_ operation: String, _ subject: String, _ call: () -> Int32) throws(SystemError) -> Int32 {
    while true {
        let result = call()
        if result >= 0 { return result }
        if errno != EINTR { throw SystemError(operation, subject) }
    }
}
