internal import Linux
internal import Messages

extension ApplicationKind {
    /// Redis, and Valkey, which speaks the same language.
    static let redis = ApplicationKind(
        type: "redis",
        options: [
            ApplicationOption("host", .text), ApplicationOption("port", .integer(1...65_535)),
            ApplicationOption("socket", .path), ApplicationOption("credentials", .path),
            ApplicationOption("mode", .choice(["aof", "save"])),
        ],
        session: { settings throws(ApplicationFault) in try RedisSession(settings) },
        drill: RedisDrill.init)
}

extension RedisServer.Access {
    init(_ settings: ApplicationSettings) throws(ApplicationFault) {
        if let path = settings.text("socket") {
            address = .socket(path)
        } else {
            address = .host(settings.text("host") ?? "127.0.0.1", port: settings.integer("port") ?? 6379)
        }
        credentials = try Credentials.read(settings.text("credentials"))
    }
}
