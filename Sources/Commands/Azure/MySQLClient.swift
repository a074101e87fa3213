internal import Applications
internal import Messages

/// The command line of `mysql` and `mariadb`.
enum MySQLClient {
    private static let syntax = ClientWords.Syntax(
        valued: [
            "-u": "user", "--user": "user", "-h": "host", "--host": "host", "-P": "port", "--port": "port",
            "-S": "socket", "--socket": "socket", "--protocol": "protocol", "--login-path": "login-path",
            "--defaults-file": "file", "--defaults-extra-file": "file", "-D": "database", "--database": "database",
        ],
        optional: ["-p": "password", "--password": "password"],
        idle: ["-s", "--silent", "-N", "--skip-column-names", "-B", "--batch", "-A", "--no-auto-rehash", "-v", "-f"])

    /// - Parameters:
    ///   - systemUser: the user that the client ran as.
    ///   - credentials: where a password belongs.
    static func read(_ words: [String], systemUser: String?, credentials: String) -> DatabaseClient {
        let words = ClientWords(words, syntax)
        var client = DatabaseClient()
        client.note(words)
        // The first word names a database to begin in, which holds nothing.
        client.gaps += words.others.dropFirst().map { _ in .clientWord }
        if words.value("login-path") != nil { client.gaps.append(.loginPath(credentials: credentials)) }
        if words.value("file") != nil { client.gaps.append(.optionFile(credentials: credentials)) }
        if words.isBare("password") { client.gaps.append(.passwordAsked(credentials: credentials)) }
        let isNamedElsewhere = words.value("login-path") != nil || words.value("file") != nil
        client.needsCredentials = isNamedElsewhere || words.isBare("password")
        client.password = words.value("password")
        let usesTCP = place(words, &client)
        client.set("user", words.value("user") ?? (isNamedElsewhere ? nil : systemUser))
        if let systemUser, systemUser != "root", client.password == nil, !client.needsCredentials, !usesTCP {
            client.gaps.append(.otherUser(systemUser))
        }
        return client
    }

    /// As the client decides it: `localhost` is the socket unless the protocol is named.
    /// - Returns: whether it connects by TCP.
    private static func place(_ words: ClientWords, _ client: inout DatabaseClient) -> Bool {
        let host = words.value("host").flatMap { $0 == "localhost" ? nil : $0 }
        let port = client.port(words.value("port"), "--port")
        if host != nil || words.value("protocol")?.lowercased() == "tcp" {
            client.set("host", host ?? "127.0.0.1")
            if let port { client.values["port"] = .integer(port) }
            return true
        }
        if port != nil { client.gaps.append(.portBesideSocket) }
        if let socket = words.value("socket") {
            if socket.hasPrefix("/") {
                client.set("socket", socket)
            } else {
                client.gaps.append(.clientOption("--socket"))
            }
        }
        return false
    }
}
