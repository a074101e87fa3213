internal import Linux
internal import Messages

/// The file with an object store's credentials: `KEY=VALUE` lines as a shell or systemd would read them.
enum EnvironmentFile {
    /// Variables that Remanso sets itself, or that would contradict those; RESTIC_HOST would hide other hosts' points.
    private static let reserved: Set = [
        "RESTIC_REPOSITORY", "RESTIC_REPOSITORY_FILE", "RESTIC_PASSWORD", "RESTIC_PASSWORD_FILE",
        "RESTIC_PASSWORD_COMMAND", "RESTIC_PROGRESS_FPS", "RESTIC_CACHE_DIR", "RESTIC_HOST", "TMPDIR", "TZ",
    ]

    static func read(_ path: String) throws(Failure) -> [String: String] {
        switch PrivateFile.read(path) {
        case .failure(let fault): throw Failure(.vaultEnvironmentUnusable(path: path, reason: fault.reason))
        case .success(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(.vaultEnvironmentUnusable(path: path, reason: "UTF-8"))
            }
            return try parse(text, path: path)
        }
    }

    static func parse(_ text: String, path: String) throws(Failure) -> [String: String] {
        var result: [String: String] = [:]
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = trimmed(raw)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let (name, value) = assignment(line) else {
                // The line itself may hold a secret: its number must do.
                throw Failure(.vaultEnvironmentUnusable(path: path, reason: "line \(index + 1)"))
            }
            if !reserved.contains(name) { result[name] = value }
        }
        return result
    }

    private static func assignment(_ line: Substring) -> (String, String)? {
        var rest = line
        if rest.hasPrefix("export ") { rest = trimmed(rest.dropFirst("export ".count)) }
        guard let equals = rest.firstIndex(of: "=") else { return nil }
        let name = rest[..<equals]
        let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard isName, let first = name.first, !first.isNumber else { return nil }
        guard let value = unquoted(trimmed(rest[rest.index(after: equals)...])) else { return nil }
        return (String(name), value)
    }

    /// A value without its quotes; `nil` when a quote is not closed or the value holds a NUL.
    private static func unquoted(_ value: Substring) -> String? {
        if value.contains("\0") { return nil }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return String(value) }
        guard value.count > 1, value.last == quote else { return nil }
        return String(value.dropFirst().dropLast())
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var result = text.drop { $0 == " " || $0 == "\t" }
        while let last = result.last, last == " " || last == "\t" { result.removeLast() }
        return result
    }
}
