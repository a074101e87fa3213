internal import Glibc
internal import Linux
internal import Messages

/// A configuration file that cannot be used, and why.
struct UnusableFile: Error, Equatable {
    let fault: FileFault

    init(_ fault: FileFault) { self.fault = fault }
}

/// Reading the framework's small text files.
enum ConfigurationFile {
    /// Bytes; no honest configuration is larger.
    static let limit = 1 << 20

    /// Reads an open file whole.
    static func text(of file: Descriptor) throws(UnusableFile) -> String {
        let bytes: [UInt8]
        do {
            bytes = try file.readAll(limit: limit)
        } catch {
            throw UnusableFile(error.code == EFBIG ? .tooLarge(limit: limit) : .unreadable(reason: error.reason))
        }
        // Windows editors put a byte order mark in front.
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: body, as: UTF8.self) else { throw UnusableFile(.notUTF8) }
        return text
    }
}

/// A place in a text, for messages.
struct TextPlace {
    /// Counted from 1.
    let line: Int
    /// Counted from 1, in Unicode scalars.
    let column: Int

    /// The place of a byte; past the end is the end.
    init(of index: Int, in bytes: [UInt8]) {
        let before = bytes.prefix(index)
        let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        column = 1 + before[start...].count { $0 & 0xC0 != 0x80 }
    }
}
