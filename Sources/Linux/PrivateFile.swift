internal import Glibc

/// A file that only root may read. What is read is the file that was checked, through one descriptor.
public enum PrivateFile {
    /// Why it cannot be used.
    public struct Fault: Error {
        /// In the kernel's words, or what is wrong with owner or mode.
        public let reason: String
    }

    /// Reads it whole, once it has been proven to be regular, root's, and closed to group and others.
    public static func read(_ path: String, limit: Int = 1 << 20) -> Result<[UInt8], Fault> {
        do throws(SystemError) {
            // O_NONBLOCK: a fifo in the file's place must not hang the run.
            let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let status = try file.status()
            if let fault = fault(status) { return .failure(fault) }
            return .success(try file.readAll(limit: limit))
        } catch {
            return .failure(Fault(reason: error.reason))
        }
    }

    private static func fault(_ status: stat) -> Fault? {
        if status.st_mode & S_IFMT == S_IFDIR { return Fault(reason: SystemError.reason(of: EISDIR)) }
        if status.st_mode & S_IFMT != S_IFREG { return Fault(reason: SystemError.reason(of: EINVAL)) }
        if status.st_uid != 0 { return Fault(reason: "uid \(status.st_uid)") }
        if status.st_mode & 0o077 != 0 { return Fault(reason: "mode 0" + String(status.st_mode & 0o7777, radix: 8)) }
        return nil
    }
}
