internal import Glibc
internal import Linux

/// A file in `locks/`: who works on the repository (design document, "Locks").
struct LockFile: Sendable, Equatable {
    var time: Timestamp
    var isExclusive: Bool
    var host: String
    var user: String
    var pid: Int32
    var uid: UInt64
    var gid: UInt64

    /// Seconds after which restic takes a lock for stale whoever holds it.
    static let lifetime: Int64 = 30 * 60

    /// A lock of this process.
    static func own(exclusive: Bool) -> LockFile {
        LockFile(
            time: .now, isExclusive: exclusive, host: Machine.name, user: Machine.user, pid: getpid(),
            uid: UInt64(getuid()), gid: UInt64(getgid()))
    }

    /// In the order and with the omissions of restic's own.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("time")
        json.value(time.description)
        json.member("exclusive")
        json.value(isExclusive)
        json.member("hostname")
        json.value(host)
        json.member("username")
        json.value(user)
        json.member("pid")
        json.value(pid)
        for (name, id) in [("uid", uid), ("gid", gid)] where id != 0 {
            json.member(name)
            json.value(id)
        }
        json.endObject()
        return json.bytes
    }

    init(time: Timestamp, isExclusive: Bool, host: String, user: String, pid: Int32, uid: UInt64, gid: UInt64) {
        self.time = time
        self.isExclusive = isExclusive
        self.host = host
        self.user = user
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }

    init(_ json: JSONReader) throws(Damage) {
        var lock = LockFile(
            time: Timestamp(seconds: 0), isExclusive: false, host: "", user: "", pid: 0, uid: 0, gid: 0)
        try json.object { (name) throws(Damage) in
            switch name {
            case "time":
                guard let time = Timestamp(try json.string()) else { throw Damage("time") }
                lock.time = time
            case "exclusive": lock.isExclusive = try json.boolean()
            case "hostname": lock.host = try json.string()
            case "username": lock.user = try json.string()
            case "pid": lock.pid = Int32(clamping: try json.integer())
            case "uid": lock.uid = try json.integer()
            case "gid": lock.gid = try json.integer()
            default: try json.skip()
            }
        }
        self = lock
    }

    /// Who holds it, for messages: as restic says it.
    var holder: String { "PID \(pid) on \(host) by \(user)" }

    /// Whether this machine made it in a process that is gone. Such a lock may be removed at once. restic also takes
    /// locks of other machines for stale after half an hour, and removes them only when told to (`restic unlock`).
    var isOwnAndStale: Bool {
        guard host == Machine.name else { return false }
        guard let process = ProcessTable.entry(pid), !process.isZombie else { return true }
        // The pid may have been given anew since.
        guard let started = Machine.startSeconds(process) else { return false }
        return started > time.seconds + 2
    }

    /// restic's rule for `unlock`.
    var isStale: Bool { Timestamp.now.seconds - time.seconds > Self.lifetime || isOwnAndStale }
}

/// What locks and snapshots say of this machine.
enum Machine {
    static var name: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, 255) == 0 else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    static var user: String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &found) == 0, found != nil else { return "" }
        return String(cString: entry.pw_name)
    }

    /// When a process started, in seconds since 1970.
    static func startSeconds(_ process: ProcessEntry) -> Int64? {
        let line = Files.text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
        guard let boot = line.flatMap({ Int64($0.dropFirst("btime ".count)) }) else { return nil }
        return boot + Int64(process.startTime) / Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }
}
