internal import CLinux
internal import Glibc
internal import Linux

/// The freeze ledger as an outsider reads it from its file.
public struct LedgerView: Sendable {
    /// How far the freeze of a volume has come; the values are those of `ledger.h`.
    public enum State: UInt32, Sendable {
        case planned, issuing, frozen, refused, abandoned, thawing, thawed, lost, cancelled
    }

    /// The volumes' states by their mount points.
    public let states: [String: State]

    /// Reads it; `nil` when there is none.
    public init?(_ path: String) {
        guard let file = try? Descriptor.open(path, O_RDWR) else { return nil }
        let size = MemoryLayout<remanso_ledger>.size
        guard let status = try? file.status(), status.st_size >= size,
            let memory = mmap(nil, size, PROT_READ, MAP_SHARED, file.number, 0), memory != MAP_FAILED
        else { return nil }
        defer { munmap(memory, size) }
        let ledger = memory.assumingMemoryBound(to: remanso_ledger.self)
        guard ledger.pointee.magic == REMANSO_LEDGER_MAGIC else { return nil }
        var states: [String: State] = [:]
        for index in 0..<Int32(ledger.pointee.count) {
            guard let entry = remanso_ledger_entry(ledger, index), let name = remanso_entry_mount_point(entry) else {
                continue
            }
            states[String(cString: name)] = State(rawValue: remanso_entry_state(entry))
        }
        self.states = states
    }

    /// Makes a ledger look as if an earlier boot had written it.
    public static func age(_ path: String) throws {
        let file = try Descriptor.open(path, O_RDWR)
        let offset = MemoryLayout<remanso_ledger>.offset(of: \.boot_id) ?? 0
        lseek(file.number, off_t(offset), SEEK_SET)
        try file.writeAll("00000000".utf8)
    }
}
