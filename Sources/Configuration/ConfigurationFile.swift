internal import Glibc
internal import Messages

/// Reading `remanso.yaml` from disk.
enum ConfigurationFile {
    /// Bytes; no honest configuration is larger.
    static let limit = 1 << 20

    /// The file's content; `nil` when it is missing and need not exist.
    static func bytes(of path: String, isExplicit: Bool) throws(Failure) -> [UInt8]? {
        // O_NONBLOCK: opening a fifo that nobody writes would wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        if descriptor < 0 {
            let code = errno
            if code == ENOENT && !isExplicit && !isLink(path) { return nil }
            throw unreadable(path, code: code)
        }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw unreadable(path, code: errno) }
        if let reason = objection(to: status) { throw unreadable(path, reason) }
        return try content(of: descriptor, path: path)
    }

    /// Why a file with this owner and mode may not decide what runs as root; `nil` when it may.
    static func objection(to status: stat, user: uid_t = geteuid()) -> String? {
        if status.st_mode & S_IFMT != S_IFREG { return "not a regular file" }
        if status.st_uid != 0 && status.st_uid != user { return "owned by user \(status.st_uid), not by root" }
        let mode = status.st_mode & 0o7777
        if mode & 0o022 != 0 { return "group or others may write it (mode \(String(mode, radix: 8)))" }
        return nil
    }

    private static func content(of descriptor: Int32, path: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let code = errno
                if code == EINTR { continue }
                throw unreadable(path, code: code)
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            if bytes.count > limit { throw unreadable(path, "larger than \(limit >> 20) MiB") }
        }
    }

    /// A link at the default place was put there on purpose, so one that leads nowhere is no missing file.
    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func unreadable(_ path: String, code: Int32) -> Failure {
        unreadable(path, String(cString: strerror(code)))
    }

    private static func unreadable(_ path: String, _ reason: String) -> Failure {
        Failure(.configurationUnreadable(file: path, reason: reason))
    }
}
