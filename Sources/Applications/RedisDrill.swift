internal import Glibc
internal import Linux
internal import Messages

/// Starts Redis from the restored files, with settings that let it read them all and write as little as it can.
struct RedisDrill: ApplicationDrill {
    private let record: ApplicationRecord
    private static let patience = 5.0
    /// Seconds for a check of the files, which reads them all.
    private static let longestCheck = 3_600.0

    init(_ record: ApplicationRecord) { self.record = record }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        let file = usesAOF ? appendFile : rdb
        // Without its file, Redis would start all the same, and empty.
        guard Files.exists(file) else { throw .dataMissing(path: file) }
        guard let program = Program.find(fact("program")) ?? Program.find("redis-server") else {
            throw .programMissing(program: fact("program"))
        }
        let path = "\(room.folder)/redis.conf"
        do throws(SystemError) {
            try Files.replace(path, with: settings(in: room).utf8, mode: 0o644, isDurable: false)
            try check("chmod", path) { chmod(path, 0o644) }
        } catch {
            throw .impossible(detail: "\(error)")
        }
        return DrillServer(program, [path], stopSignal: SIGTERM)
    }

    func answers(in room: DrillRoom) -> Bool {
        guard let server = try? connect(room), (try? server.call(["PING"])) == .text("PONG") else { return false }
        return (try? server.information("persistence"))?["loading"] == "0"
    }

    func process(in room: DrillRoom) throws(DrillFault) -> Int32? {
        do {
            return try connect(room).information("server")["process_id"].flatMap(Int32.init) ?? 0
        } catch {
            throw .impossible(detail: "INFO: \(error)")
        }
    }

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        guard let words = RedisWords.split(query), !words.isEmpty else { throw .probeFailed(detail: query) }
        do {
            let reply = try connect(room, seconds: 60).reply(words)
            if case .error(let text) = reply { throw DrillFault.probeFailed(detail: text) }
            return reply.lines
        } catch let fault as DrillFault {
            throw fault
        } catch {
            throw .probeFailed(detail: "\(error)")
        }
    }

    // MARK: Checks

    var checks: [DrillCheck] {
        var checks: [DrillCheck] = []
        if !usesAOF {
            checks.append(fileCheck("rdb", rdb))
        } else if record.wasHeld {
            checks.append(fileCheck("aof", appendFile))
        }
        if let expected = record.facts["lasting keys"] { checks.append(keysCheck(expected)) }
        return checks
    }

    private func fileCheck(_ kind: String, _ file: String) -> DrillCheck {
        let tool = (fact("program").contains("valkey") ? "valkey-check-" : "redis-check-") + kind
        let name = "\(tool) \(file)"
        return DrillCheck(name) { (room) throws(DrillFault) in
            let result = try room.run(tool, [file], seconds: Self.longestCheck)
            guard result.ending == .exited(0) else { throw .checkFailed(check: name, output: result.output) }
            return result.output
        }
    }

    /// Every key of the recovery point that no clock removes is there: also an AOF of which a whole part is missing, or an
    /// older file in its place, loads without an error.
    private func keysCheck(_ expected: String) -> DrillCheck {
        let name = "INFO keyspace"
        return DrillCheck(name) { (room) throws(DrillFault) in
            let found: [String]
            do throws(ApplicationFault) {
                found = try connect(room).information("keyspace").lastingKeys
            } catch {
                throw .impossible(detail: "\(name): \(error)")
            }
            let output = "keys without expiry: \(found.isEmpty ? "none" : found.joined(separator: " "))"
            if expected.split(separator: " ").allSatisfy({ found.contains(String($0)) }) { return output }
            throw .checkFailed(check: name, output: "\(output); at the backup: \(expected)")
        }
    }

    // MARK: Settings

    private func fact(_ name: String) -> String { record.facts[name] ?? "" }
    private var usesAOF: Bool { fact("appendonly") == "yes" }
    private var rdb: String { "\(fact("dir"))/\(fact("dbfilename"))" }

    private var appendFile: String {
        let folder = fact("appenddirname")
        let name = fact("appendfilename")
        return folder.isEmpty ? "\(fact("dir"))/\(name)" : "\(fact("dir"))/\(folder)/\(name).manifest"
    }

    private func socket(_ room: DrillRoom) -> String { "\(room.folder)/redis.sock" }

    private func connect(_ room: DrillRoom, seconds: Double = Self.patience) throws(ApplicationFault) -> RedisServer {
        let access = RedisServer.Access(address: .socket(socket(room)), credentials: Credentials())
        return try RedisServer(access, by: .now.advanced(bySeconds: seconds))
    }

    private func settings(in room: DrillRoom) -> String {
        let quote = RedisWords.quote
        var lines = [
            "port 0", "unixsocket \(quote(socket(room)))", "unixsocketperm 700", "daemonize no",
            "loglevel notice", "logfile \(quote("\(room.folder)/redis.log"))",
            "dir \(quote(fact("dir")))", "save \"\"", "appendfsync no", "auto-aof-rewrite-percentage 0",
            "appendonly \(usesAOF ? "yes" : "no")", "aof-load-truncated \(acceptsTornEnd ? "yes" : "no")",
        ]
        for key in ["dbfilename", "appendfilename", "appenddirname", "databases"] where !fact(key).isEmpty {
            lines.append("\(key) \(quote(fact(key)))")
        }
        let modules = fact("modules").split(separator: "\n")
        return (lines + modules.map { "loadmodule \($0)" }).joined(separator: "\n") + "\n"
    }

    /// A recovery point of a Redis at rest ends with a whole command. One of a Redis at work may not, and the machine's
    /// own settings say whether Redis starts from that.
    private var acceptsTornEnd: Bool { !record.wasHeld && fact("aof-load-truncated") != "no" }
}
