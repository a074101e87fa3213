internal import Applications
internal import Messages

/// The command line of `psql`.
enum PsqlClient {
    private static let syntax = ClientWords.Syntax(
        valued: [
            "-U": "user", "--username": "user", "-h": "host", "--host": "host", "-p": "port", "--port": "port",
            "-d": "dbname", "--dbname": "dbname",
        ],
        optional: ["-W": "ask", "--password": "ask"],
        idle: ["-w", "--no-password", "-X", "--no-psqlrc", "-q", "--quiet", "-t", "--tuples-only", "-A", "--no-align"])

    /// - Parameters:
    ///   - systemUser: the user that the client ran as.
    ///   - credentials: where a password belongs.
    static func read(_ words: [String], systemUser: String?, credentials: String) -> DatabaseClient {
        let words = ClientWords(words, syntax)
        var client = DatabaseClient()
        client.note(words)
        var others = words.others[...]
        let database = words.value("dbname") ?? others.popFirst()
        let user = words.value("user") ?? others.popFirst()
        client.gaps += others.map { _ in .clientWord }
        // What the database's name says comes last: it may be a whole connection string.
        var keywords: [String: String] = [:]
        keywords["user"] = user
        keywords["host"] = words.value("host")
        keywords["port"] = words.value("port")
        keywords.merge(database.map(ConnectionString.keywords) ?? [:]) { $1 }
        take(keywords, &client, systemUser)
        if client.password == nil, words.isBare("ask") {
            client.needsCredentials = true
            client.gaps.append(.passwordAsked(credentials: credentials))
        }
        return client
    }

    private static func take(_ keywords: [String: String], _ client: inout DatabaseClient, _ systemUser: String?) {
        let keywords = keywords.filter { !$0.value.isEmpty }
        client.set("host", keywords["hostaddr"] ?? keywords["host"])
        if let port = client.port(keywords["port"], "--port") { client.values["port"] = .integer(port) }
        client.set("database", keywords["dbname"])
        client.set("user", keywords["user"] ?? systemUser)
        client.set("osUser", systemUser)
        client.password = keywords["password"]
        let known: Set<String> = ["host", "hostaddr", "port", "dbname", "user", "password"]
        client.gaps += keywords.keys.filter { !known.contains($0) }.sorted().map { .clientOption($0) }
    }
}

/// What libpq takes in the place of a database's name: `host=db1 user=backup`, or `postgresql://backup@db1/orders`.
enum ConnectionString {
    static func keywords(_ text: String) -> [String: String] {
        for scheme in ["postgresql://", "postgres://"] where text.hasPrefix(scheme) {
            return address(text.dropFirst(scheme.count))
        }
        return text.contains("=") ? pairs(text) : ["dbname": text]
    }

    /// `user:password@host:port/database?key=value&…`
    private static func address(_ text: Substring) -> [String: String] {
        var result: [String: String] = [:]
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] { result.merge(pairing(pair)) { $1 } }
        let path = parts[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if path.count > 1 { result["dbname"] = decoded(path[1]) }
        var place = path[0]
        if let end = place.lastIndex(of: "@") {
            let account = place[..<end].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            result["user"] = decoded(account[0])
            if account.count > 1 { result["password"] = decoded(account[1]) }
            place = place[place.index(after: end)...]
        }
        // An address of IPv6 stands in brackets.
        let end = place.lastIndex(of: "]") ?? place.startIndex
        if let colon = place[end...].lastIndex(of: ":") {
            result["port"] = decoded(place[place.index(after: colon)...])
            place = place[..<colon]
        }
        result["host"] = decoded(place.filter { $0 != "[" && $0 != "]" }[...])
        return result
    }

    private static func pairing(_ text: Substring) -> [String: String] {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? [decoded(parts[0]): decoded(parts[1])] : [:]
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `key = value` pairs; a value may stand in single quotes, and a backslash protects what follows it.
    private static func pairs(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        var rest = text[...]
        while let equals = rest.firstIndex(of: "=") {
            let key = rest[..<equals].filter { !$0.isWhitespace }
            rest = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
            result[String(key)] = value(&rest)
        }
        return result
    }

    private static func value(_ rest: inout Substring) -> String {
        var value = ""
        let isQuoted = rest.first == "'"
        if isQuoted { rest.removeFirst() }
        while let character = rest.popFirst() {
            if isQuoted ? character == "'" : character.isWhitespace { break }
            if character == "\\", let next = rest.popFirst() { value.append(next) } else { value.append(character) }
        }
        return value
    }
}
