internal import Glibc
internal import Linux
internal import Messages

/// The server's low-level backup (PostgreSQL's manual, "Making a Base Backup Using the Low Level API"): its statements, and the
/// files that recovery needs beside the snapshot.
struct PostgreSQLBackup {
    /// Ordinary windows are a few segments. A recovery point is no place for a WAL archive.
    private static let mostBytes = 512 << 20

    private let version: Int
    private let facts: [String: String]

    init(version: Int, _ facts: [String: String]) {
        self.version = version
        self.facts = facts
    }

    /// Keeps the WAL from now on until the connection ends: a checkpoint could recycle it during the backup.
    var reserve: String { "select pg_create_physical_replication_slot('remanso_' || pg_backend_pid(), true, true)" }

    /// Takes the label.
    var start: String {
        version >= 150_000
            ? "select pg_backup_start($1, fast => true)"
            : "select pg_start_backup($1, fast => true, exclusive => false)"
    }

    /// Does not wait for an archive: the WAL is taken from the server's own folder.
    var stop: String {
        version >= 150_000
            ? "select lsn, labelfile, spcmapfile from pg_backup_stop(wait_for_archive => false)"
            : "select lsn, labelfile, spcmapfile from pg_stop_backup(exclusive => false, wait_for_archive => false)"
    }

    /// What `stop` answered, as files of the data directory, and every WAL segment that recovery must read.
    func files(_ stopped: [[String?]]) throws(ApplicationFault) -> [ApplicationRecord.File] {
        guard let row = stopped.first, row.count == 3, let lsn = row[0], let label = row[1],
            let data = facts["data_directory"]
        else { throw .releaseFailed(detail: "pg_backup_stop") }
        var files = [ApplicationRecord.File(path: "\(data)/backup_label", content: Array(label.utf8))]
        if let map = row[2], !map.isEmpty {
            files.append(ApplicationRecord.File(path: "\(data)/tablespace_map", content: Array(map.utf8)))
        }
        return files + (try wal(label, to: lsn))
    }

    private func wal(_ label: String, to lsn: String) throws(ApplicationFault) -> [ApplicationRecord.File] {
        guard let folder = facts[PostgreSQLFact.wal], let size = facts["wal_segment_size"].flatMap({ UInt64($0) }),
            let segments = WALSegments(label, to: lsn, segmentSize: size)
        else { throw .releaseFailed(detail: "WAL \(lsn)") }
        guard segments.numbers.count * Int(size) <= Self.mostBytes else {
            throw .releaseFailed(detail: "WAL: \(segments.numbers.count) × \(size >> 20) MiB")
        }
        var files: [ApplicationRecord.File] = [], found: Set<UInt64> = []
        for name in Files.names(in: folder) {
            guard let number = segments.number(of: name), segments.numbers.contains(number) else { continue }
            files.append(try segment("\(folder)/\(name)", size))
            found.insert(number)
        }
        guard found.count == segments.numbers.count else {
            throw .releaseFailed(detail: "WAL \(segments.numbers): \(found.sorted())")
        }
        return files
    }

    private func segment(_ path: String, _ size: UInt64) throws(ApplicationFault) -> ApplicationRecord.File {
        do throws(SystemError) {
            let content = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW).readAll(limit: Int(size))
            if content.count == Int(size) { return ApplicationRecord.File(path: path, content: content) }
        } catch {
            throw .releaseFailed(detail: error.description)
        }
        throw .releaseFailed(detail: "\(path): \(SystemError.reason(of: EIO))")
    }
}

/// The segments of the WAL between the start of a backup and its end. A file's name is timeline, high and low part of the
/// number, eight hexadecimal digits each.
struct WALSegments {
    /// Counted from the beginning of the WAL.
    let numbers: ClosedRange<UInt64>
    private let perHighPart: UInt64

    /// - Parameters:
    ///   - label: the content of backup_label, whose first line names the start.
    ///   - lsn: the end, such as `0/2000138`.
    init?(_ label: String, to lsn: String, segmentSize: UInt64) {
        let prefix = "START WAL LOCATION: "
        guard let line = label.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }),
            let word = line.dropFirst(prefix.count).split(separator: " ").first, segmentSize > 0,
            let start = Self.position(word), let end = Self.position(lsn[...]), start < end
        else { return nil }
        // An end right at a border lies in the segment before it.
        numbers = start / segmentSize...(end - 1) / segmentSize
        perHighPart = 0x1_0000_0000 / segmentSize
    }

    /// The segment that a file of this name is, on whatever timeline; `nil` for other files.
    func number(of name: String) -> UInt64? {
        guard name.utf8.count == 24, UInt64(name.prefix(8), radix: 16) != nil,
            let high = UInt64(name.dropFirst(8).prefix(8), radix: 16), let low = UInt64(name.suffix(8), radix: 16)
        else { return nil }
        return high * perHighPart + low
    }

    private static func position(_ text: Substring) -> UInt64? {
        let parts = text.split(separator: "/").map { UInt64($0, radix: 16) }
        guard parts.count == 2, let high = parts[0], let low = parts[1] else { return nil }
        return high << 32 | low
    }
}
