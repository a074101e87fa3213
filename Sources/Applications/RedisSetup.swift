internal import Glibc
internal import Linux
internal import Messages

/// Which files a server of Redis keeps, and how: what it reads when it starts again.
struct RedisSetup {
    /// As in `redis.conf`.
    private(set) var values: [String: String] = [:]
    /// What runs.
    let program: String
    /// In our process numbers; `nil` when the server cannot be seen from here.
    let process: Int32?

    private static let keys = [
        "dir", "dbfilename", "appendonly", "appendfilename", "appenddirname", "databases", "aof-load-truncated",
        "appendfsync",
    ]

    /// Asks the server.
    init(of server: RedisServer, _ information: RedisInformation) throws(ApplicationFault) {
        let claimed = information["executable"] ?? ""
        let number = information["process_id"].flatMap(Int32.init) ?? 0
        // A container has process numbers of its own: here, it may be anybody's.
        let isSeen = Files.line("/proc/\(number)/comm").map { $0 == Self.name(claimed).prefix(15) } ?? false
        process = isSeen ? number : nil
        program = isSeen ? Self.program(number, claimed) : claimed
        for key in Self.keys {
            switch try server.reply(["CONFIG", "GET", key]) {
            case .list(let pair):
                if case .text(let value)? = pair.last, pair.count == 2 { values[key] = value }
            case .error(let text):
                try readFile(information, refusal: text)
                return
            default: break
            }
        }
    }

    subscript(key: String) -> String { values[key] ?? "" }

    var usesAOF: Bool { self["appendonly"] == "yes" }
    var folder: String { self["dir"] }
    var rdb: String { "\(folder)/\(self["dbfilename"])" }

    /// Where the AOF lies: a folder of its own since Redis 7.
    var appendFolder: String { self["appenddirname"].isEmpty ? folder : "\(folder)/\(self["appenddirname"])" }

    /// The AOF itself or, since Redis 7, the list of its parts.
    var appendFile: String {
        "\(appendFolder)/\(self["appendfilename"])" + (self["appenddirname"].isEmpty ? "" : ".manifest")
    }

    /// The files that make up the AOF: one base, and the increments to it.
    var appendParts: (base: [String], increments: [String]) {
        if self["appenddirname"].isEmpty { return ([], [appendFile]) }
        // file appendonly.aof.1.incr.aof seq 1 type i startoffset 0
        let lines = (Files.text(appendFile) ?? "").split(separator: "\n").compactMap { RedisWords.split($0) }
        func paths(_ type: String) -> [String] {
            lines.filter { $0.count >= 6 && $0[0] == "file" && $0[4] == "type" && $0[5] == type }
                .map { "\(appendFolder)/\($0[1])" }
        }
        return (paths("b"), paths("i"))
    }

    // MARK: Without CONFIG

    /// Many an administrator forbids or renames `CONFIG`. What it would say is in the server's file, with Redis's
    /// defaults for the rest; `dir` is where its process stands. The quiesce proves that these are the files it writes.
    private mutating func readFile(_ information: RedisInformation, refusal: String) throws(ApplicationFault) {
        guard let process, let folder = Files.linkTarget("/proc/\(process)/cwd") else {
            throw .refused(detail: "CONFIG GET: \(refusal)")
        }
        values = ["dbfilename": "dump.rdb", "appendfilename": "appendonly.aof", "databases": "16"]
        values["appenddirname"] = RedisVersion(information) < RedisVersion(7, 0) ? nil : "appendonlydir"
        for line in (information["config_file"].flatMap { Files.text($0) } ?? "").split(separator: "\n") {
            guard !line.hasPrefix("#"), let words = RedisWords.split(line), words.count == 2 else { continue }
            let key = words[0].lowercased()
            if Self.keys.contains(key) { values[key] = words[1] }
        }
        values["dir"] = folder
        values["appendonly"] = information.number("aof_enabled") == 1 ? "yes" : "no"
    }

    /// Redis's own word is wrong when it was started through `PATH`, and the kernel's may be a link's target under a name
    /// by which it is another program: Debian's `redis-server` is `redis-check-rdb`.
    private static func program(_ process: Int32, _ claimed: String) -> String {
        guard let image = Files.linkTarget("/proc/\(process)/exe") else { return claimed }
        let candidates = [claimed, "\(Files.parent(of: image))/\(name(claimed))"]
        return candidates.first { Files.resolved($0) == image } ?? claimed
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }
}

/// The first two numbers of a version.
struct RedisVersion: Comparable {
    let major: Int
    let minor: Int

    init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    init(_ information: RedisInformation) {
        let numbers = (information["redis_version"] ?? "").split(separator: ".").compactMap { Int($0) }
        self.init(numbers.first ?? 0, numbers.dropFirst().first ?? 0)
    }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}
