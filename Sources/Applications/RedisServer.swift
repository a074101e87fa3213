internal import Glibc
internal import Linux
internal import Messages

/// A server of Redis that a user has logged in to.
final class RedisServer {
    /// Where it listens and who we are there.
    struct Access: Sendable {
        let address: RedisAddress
        let credentials: Credentials
    }

    private let connection: RedisConnection
    /// By when each call must have its answer.
    var deadline: Instant

    /// What may be cut from another thread, so that a call under way fails.
    var socket: Descriptor { connection.socket }

    /// Connects and logs in.
    init(_ access: Access, by deadline: Instant) throws(ApplicationFault) {
        self.deadline = deadline
        do {
            connection = try access.address.connect(by: deadline)
        } catch {
            throw .unreachable(detail: error.text)
        }
        guard let password = access.credentials.password else { return }
        try call(["AUTH"] + [access.credentials.user, password].compactMap { $0 })
    }

    /// What came back, an error included.
    /// - Throws: `.unreachable`.
    func reply(_ words: [String]) throws(ApplicationFault) -> RedisReply {
        do {
            return try connection.call(words, by: deadline)
        } catch {
            throw .unreachable(detail: error.text)
        }
    }

    /// What came back, when it is no error.
    @discardableResult
    func call(_ words: [String]) throws(ApplicationFault) -> RedisReply {
        let reply = try reply(words)
        if case .error(let text) = reply { throw Self.fault(text, command: words.first ?? "") }
        return reply
    }

    /// A section of `INFO`, or all.
    func information(_ section: String = "default") throws(ApplicationFault) -> RedisInformation {
        guard case .text(let text) = try call(["INFO", section]) else { throw .unreachable(detail: "INFO") }
        return RedisInformation(text)
    }

    /// Redis says why with the first word of an error.
    private static func fault(_ text: String, command: String) -> ApplicationFault {
        let detail = "\(command): \(text)"
        switch text.split(separator: " ").first {
        case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED": return .refused(detail: detail)
        case "LOADING", "MASTERDOWN": return .notReady(detail: detail)
        case "BUSY": return .busy(detail: detail)
        default: break
        }
        // Without users (`ERR Client sent AUTH, but no password is set`), the password is wrong all the same.
        if command == "AUTH" { return .refused(detail: detail) }
        if text.contains("max number of clients") { return .notReady(detail: detail) }
        return .quiesceFailed(detail: detail)
    }
}

extension RedisLoss {
    var text: String {
        switch self {
        case .broken(let reason): reason
        case .tooLate: SystemError.reason(of: ETIMEDOUT)
        }
    }
}

/// What `INFO` says.
struct RedisInformation {
    /// All of it, without the headlines.
    let fields: [String: String]

    init(_ text: String) {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        self.fields = fields
    }

    subscript(field: String) -> String? { fields[field] }

    func number(_ field: String) -> Int { fields[field].flatMap(Int.init) ?? 0 }

    /// Redis runs one child at a time: a save, a rewrite of the AOF, or a module's own.
    var runningChild: String? {
        let children = ["rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled"]
        return (children + ["module_fork_in_progress"]).first { number($0) != 0 }
    }

    /// Keys that no clock removes, in each database: with nobody writing, their number does not change, whoever loads them.
    /// A database in which fields of hashes expire is left out, for a hash goes with its last field.
    var lastingKeys: [String] {
        let databases = fields.filter { $0.key.hasPrefix("db") && $0.value.hasPrefix("keys=") }
        return databases.keys.sorted().compactMap { name in
            // keys=5,expires=1,avg_ttl=0,subexpiry=0
            var counts: [Substring: Int] = [:]
            for count in (databases[name] ?? "").split(separator: ",") {
                let parts = count.split(separator: "=")
                if parts.count == 2 { counts[parts[0]] = Int(parts[1]) }
            }
            guard let all = counts["keys"], let some = counts["expires"], counts["subexpiry"] ?? 0 == 0 else {
                return nil
            }
            return all > some ? "\(name)=\(all - some)" : nil
        }
    }
}
