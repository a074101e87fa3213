import Applications
import Glibc
import Linux
import Messages

/// The types of applications that tests drill: a real Redis, started by a recipe that leaves out all that does not matter
/// to the drill, and files that only a program of the system checks.
enum TestKinds {
    static let all = [redis, files]

    private static let redis = ApplicationKind(
        type: "test-redis", options: [],
        session: { _ throws(ApplicationFault) in throw .notReady(detail: "a drill only") },
        drill: { RedisRecipe(record: $0) })

    private static let files = ApplicationKind(
        type: "test-files", options: [],
        session: { _ throws(ApplicationFault) in throw .notReady(detail: "a drill only") },
        drill: { _ in FilesRecipe() })
}

/// Facts: `port`; `arguments`, more for the server; `program`, in the place of redis-server.
struct RedisRecipe: ApplicationDrill {
    let record: ApplicationRecord

    private var folder: String { record.folders.first ?? "" }
    private func socket(_ room: DrillRoom) -> String { room.folder + "/redis.sock" }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        let more = (record.facts["arguments"] ?? "").split(separator: " ").map(String.init)
        let arguments = [
            "--dir", folder, "--port", record.facts["port"] ?? "0", "--bind", "127.0.0.1", "--unixsocket", socket(room),
            "--daemonize", "no", "--save", "",
        ]
        return DrillServer(record.facts["program"] ?? "/usr/bin/redis-server", arguments + more, stopSignal: SIGTERM)
    }

    func answers(in room: DrillRoom) -> Bool { (try? ask("PING", in: room))?.hasPrefix("PONG") ?? false }

    func process(in room: DrillRoom) throws(DrillFault) -> Int32? {
        let lines = try ask("INFO server", in: room).split(whereSeparator: \.isNewline)
        let line = lines.first { $0.hasPrefix("process_id:") }
        return line.flatMap { Int32($0.dropFirst("process_id:".count)) }
    }

    var checks: [DrillCheck] {
        let file = folder + "/dump.rdb"
        return [
            DrillCheck("redis-check-rdb \(file)") { (room) throws(DrillFault) in
                if !Files.exists(file) { return "" }
                let result = try room.run("redis-check-rdb", [file], seconds: 60)
                if result.ending != .exited(0) { throw .checkFailed(check: "redis-check-rdb", output: result.output) }
                return result.output
            },
            // By the port too: another Redis of this machine may have it, but not in the room.
            DrillCheck("redis-cli -p") { [port = record.facts["port"] ?? "0"] (room) throws(DrillFault) in
                if port == "0" { return "" }
                let result = try room.run("redis-cli", ["-h", "127.0.0.1", "-p", port, "INFO", "server"], seconds: 60)
                let own = "process_id:\(room.serverPID)"
                if result.output.split(whereSeparator: \.isNewline).contains(Substring(own)) { return own }
                throw .checkFailed(check: "redis-cli -p", output: result.output)
            },
        ]
    }

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        let words = ["-s", socket(room)] + query.split(separator: " ").map(String.init)
        let result = try room.run("redis-cli", words, seconds: 30)
        if result.ending != .exited(0) { throw .probeFailed(detail: result.output) }
        return result.output
    }
}

/// An application without a server: what there is to do is done by a shell, as the data's owner.
struct FilesRecipe: ApplicationDrill {
    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? { nil }
    func answers(in room: DrillRoom) -> Bool { true }
    func process(in room: DrillRoom) throws(DrillFault) -> Int32? { nil }
    let checks: [DrillCheck] = []

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        let result = try room.run("sh", ["-c", query], seconds: 60)
        if result.ending != .exited(0) { throw .probeFailed(detail: result.output) }
        return result.output
    }
}
