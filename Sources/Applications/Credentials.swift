internal import Linux
internal import Messages

/// The user and password of one application, from a file of its own (mode 600): lines `user = …` and `password = …`.
struct Credentials: Sendable, Equatable {
    var user: String?
    var password: String?

    /// - Parameter path: `nil` for an application that asks for none.
    /// - Throws: `.credentialsUnusable`.
    static func read(_ path: String?) throws(ApplicationFault) -> Credentials {
        var credentials = Credentials()
        guard let path else { return credentials }
        let bytes: [UInt8]
        switch PrivateFile.read(path) {
        case .success(let read): bytes = read
        case .failure(let fault): throw .credentialsUnusable(path: path, reason: fault.reason)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .credentialsUnusable(path: path, reason: "UTF-8")
        }
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            switch parts.first {
            case "user" where parts.count == 2: credentials.user = parts[1]
            case "password" where parts.count == 2: credentials.password = parts[1]
            // The line may hold the secret: only its number is told.
            default: throw .credentialsUnusable(path: path, reason: "line \(index + 1)")
            }
        }
        return credentials
    }
}

/// What a credentials file holds.
public enum CredentialsFile {
    /// The content of a file that gives back this user and password; `nil` when no such file can hold them.
    public static func text(user: String?, password: String) -> String? {
        let values = [user, password].compactMap { $0 }
        guard values.allSatisfy({ $0 == $0.trimmed && !$0.unicodeScalars.contains("\n") }) else { return nil }
        return (user.map { "user = \($0)\n" } ?? "") + "password = \(password)\n"
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while let first = text.first, first == " " || first == "\t" || first == "\r" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" || last == "\r" { text.removeLast() }
        return String(text)
    }
}

extension String {
    fileprivate var trimmed: String { self[...].trimmed }
}
