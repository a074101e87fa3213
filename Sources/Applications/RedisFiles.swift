internal import Glibc
internal import Linux
internal import Messages

/// The files that Redis writes, as this machine sees them.
struct RedisFiles {
    let setup: RedisSetup

    /// An fsync by any process brings to the disk what every process has written to a file.
    func syncAOF() throws(ApplicationFault) {
        let parts = setup.appendParts
        for path in parts.base + parts.increments + [setup.appendFile, setup.appendFolder] { try sync(path) }
    }

    /// Proves that these are the files that this server writes, and that all of it is there: in a container, or with a
    /// list of settings that is not complete, they might be others.
    func expectAOF(ofSize size: Int) throws(ApplicationFault) {
        let parts = setup.appendParts
        let increments = Self.size(parts.increments)
        // Redis does not count the empty base that it makes when it starts for the first time.
        let found = increments + Self.size(parts.base)
        guard !parts.increments.isEmpty, found == size || increments == size else {
            throw .quiesceFailed(detail: "\(setup.appendFile): \(found) B; aof_current_size:\(size)")
        }
    }

    private static func size(_ paths: [String]) -> Int {
        paths.reduce(0) { $0 + Int(status($1)?.st_size ?? 0) }
    }

    /// Which file stands where the RDB belongs.
    var rdbIdentity: UInt64? { Self.status(setup.rdb).map { UInt64($0.st_ino) } }

    /// Redis writes each RDB anew and renames it.
    func expectNewRDB(than before: UInt64?) throws(ApplicationFault) {
        guard let now = rdbIdentity, now != before else {
            throw .quiesceFailed(detail: "BGSAVE: \(setup.rdb): \(SystemError.reason(of: ENOENT))")
        }
    }

    private func sync(_ path: String) throws(ApplicationFault) {
        do throws(SystemError) {
            let file = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
            try check("fsync", path) { fsync(file.number) }
        } catch {
            throw .quiesceFailed(detail: "\(error)")
        }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
