import Configuration
import Glibc
import Messages
import Testing

/// A folder that is gone when the closure returns.
struct TemporaryFolder {
    let path: String

    static func with<Result>(_ body: (TemporaryFolder) throws -> Result) throws -> Result {
        var template = Array("/tmp/remanso-configuration-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        try #require(made)
        let folder = TemporaryFolder(path: String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self))
        defer { folder.remove() }
        return try body(folder)
    }

    /// Writes a file, mode 600, and gives its path.
    func file(_ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
        let file = "\(path)/remanso.yaml"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            try #require(count > 0)
            written += count
        }
        try #require(fchmod(descriptor, mode) == 0)
        return file
    }

    private func remove() {
        guard let directory = opendir(path) else { return }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink("\(path)/\(name)")
        }
        closedir(directory)
        rmdir(path)
    }
}

/// Loads this text from a real file.
func load(_ yaml: String) throws -> Configuration {
    try TemporaryFolder.with { try Configuration.load(path: $0.file(Array(yaml.utf8)), isExplicit: true) }
}

/// What loading these bytes from a real file throws; `nil` when it does not, or when the error names another file.
func problem(_ bytes: [UInt8]) throws -> Problem? {
    try TemporaryFolder.with { folder in
        let path = try folder.file(bytes)
        do {
            _ = try Configuration.load(path: path, isExplicit: true)
            return nil
        } catch let failure as Failure {
            return failure.problem.subject == path ? failure.problem : nil
        }
    }
}
