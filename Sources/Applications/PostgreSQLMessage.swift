/// Messages of libpq about a connection that did not come about. It tells their SQLSTATE only inside the text:
/// `connection to server on socket "…" failed: FATAL:  28P01: password authentication failed for user "x"`.
enum PostgreSQLMessage {
    /// The SQLSTATE and the one line that says what happened. Of several attempts, the last one that the server answered.
    static func error(in text: String) -> PostgreSQLError {
        let lines = text.split(whereSeparator: \.isNewline).map { String($0) }
        for line in lines.reversed() {
            if let (state, message) = parts(of: line) { return PostgreSQLError(state: state, message: message) }
        }
        return PostgreSQLError(state: "", message: lines.first ?? "")
    }

    /// The severity is translated by the server, and so is no help: what counts is five characters between `:  ` and `: `.
    private static func parts(of line: String) -> (state: String, message: String)? {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        for (index, word) in words.enumerated() where index > 1 && words[index - 1].isEmpty && isState(word) {
            let severity = words[index - 2]
            guard severity.hasSuffix(":") else { continue }
            let message = words[(index + 1)...].joined(separator: " ")
            return (String(word.dropLast()), "\(severity) \(message)")
        }
        return nil
    }

    private static func isState(_ word: Substring) -> Bool {
        word.count == 6 && word.last == ":"
            && word.dropLast().allSatisfy { $0.isASCII && ($0.isNumber || $0.isUppercase) }
    }
}
