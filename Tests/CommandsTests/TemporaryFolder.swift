import Glibc
import Linux

/// A folder of a test's own, gone with its last user.
final class TemporaryFolder {
    let path: String

    init() throws {
        var name = Array("/tmp/remanso-commands-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else { throw Refused(errno: errno) }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        unlink(path + "/report.html")
        rmdir(path)
    }

    /// The permissions of a file in it.
    func mode(of name: String) throws -> mode_t { try Self.status(path + "/" + name).st_mode & 0o777 }

    /// Makes a named pipe in it and opens its end for reading.
    func pipe(_ name: String) throws -> Descriptor {
        guard mkfifo(path + "/" + name, 0o600) == 0 else { throw Refused(errno: errno) }
        return try Descriptor.open(path + "/" + name, O_RDONLY | O_NONBLOCK)
    }

    private struct Refused: Error {
        let errno: Int32
    }

    private static func status(_ path: String) throws -> stat {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Refused(errno: errno) }
        return status
    }
}
