internal import Glibc
internal import Linux
public import Messages

extension Vault {
    /// Reads back and checks every byte: of one recovery point, or of the whole repository. Images are left out of a
    /// recovery point: they are read natively.
    ///
    /// Where there are folders, the repository's structure is checked first: restic reads the files of a snapshot and
    /// passes silently over a folder whose list it cannot read. Else damage elsewhere is no matter of this recovery point.
    /// - Throws: `.recoveryPointDamaged` naming the file or blob; `.vaultDamaged` for damage in the structure.
    public func verify(_ point: RecoveryPoint?, progress: @escaping @Sendable (StoreProgress) -> Void = { _ in })
        throws(Failure)
    {
        guard let point else { return try verifyAll(progress) }
        try requireData(of: point)
        let hasFolders = point.holdsApplicationFiles || !point.data.allSatisfy(\.holdsImages)
        if hasFolders { _ = try restic.run(ResticTask(["check"], isLocking: true)) }
        _ = try report(of: point)
        let done = Shared<UInt64>(0)
        for snapshot in point.data.filter({ !$0.holdsImages }).map(\.id) + [point.manifest] {
            let before = done.withLock { $0 }
            var task = ResticTask(["dump", snapshot, "/"], isLocking: true)
            task.discardsOutput = true
            task.onTraffic = { traffic in
                done.withLock { $0 = before + traffic.written }
                let bytes = min(before + traffic.written, point.bytesRead ?? .max)
                progress(StoreProgress(bytesDone: bytes, bytesTotal: point.bytesRead))
            }
            do throws(Failure) {
                _ = try restic.run(task)
            } catch {
                throw named(error.damaging(point), in: point)
            }
        }
    }

    private func verifyAll(_ progress: @escaping @Sendable (StoreProgress) -> Void) throws(Failure) {
        let total = location.localFolder.map(Self.packBytes)
        var task = ResticTask(["check", "--read-data"], isLocking: true)
        task.onTraffic = { traffic in
            progress(StoreProgress(bytesDone: min(traffic.read, total ?? .max), bytesTotal: total))
        }
        _ = try restic.run(task)
        if let total { progress(StoreProgress(bytesDone: total, bytesTotal: total)) }
    }

    /// Bytes in the packs of a local repository.
    private static func packBytes(_ folder: String) -> UInt64 {
        var total: UInt64 = 0
        for name in Files.names(in: folder + "/data") {
            for pack in Files.names(in: "\(folder)/data/\(name)") {
                var status = stat()
                if stat("\(folder)/data/\(name)/\(pack)", &status) == 0 { total += UInt64(max(0, status.st_size)) }
            }
        }
        return total
    }

    /// A recovery point whose manifest names data that is gone is damaged, whatever else is whole.
    func requireData(of point: RecoveryPoint) throws(Failure) {
        if let id = point.missing.first {
            throw Failure(.recoveryPointDamaged(id: point.id, detail: "snapshot \(id)"))
        }
    }

    /// Adds the file's path to damage that names only a blob: what an administrator can do something with.
    private func named(_ failure: Failure, in point: RecoveryPoint) -> Failure {
        guard case .recoveryPointDamaged(let id, let detail) = failure.problem, let blob = Self.blob(in: detail) else {
            return failure
        }
        var task = ResticTask(["find", "--json", "--blob", blob], isLocking: false)
        task.deadline = Instant.now.advanced(bySeconds: 120)
        let output = (try? restic.run(task))?.output ?? ""
        let findings = ResticJSON.decode([ResticFinding].self, from: output) ?? []
        let own = findings.first { one in point.data.contains { $0.id == one.snapshot } }
        guard let path = own?.path else { return failure }
        return Failure(.recoveryPointDamaged(id: id, detail: "\(path): \(detail)"))
    }

    private static func blob(in text: String) -> String? {
        text.split { !$0.isHexDigit }.first { $0.utf8.count == 64 }.map(String.init)
    }
}
