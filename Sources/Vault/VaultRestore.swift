internal import Glibc
internal import Linux
public import Messages

extension Vault {
    /// Lists what a data snapshot holds, entry by entry, in constant memory.
    /// - Parameters:
    ///   - paths: only these original paths and what lies below them; empty for all.
    ///   - body: called for each entry, on the calling thread.
    public func files(
        in snapshot: RecoveryPoint.DataSnapshot, below paths: [String] = [],
        _ body: @escaping @Sendable (StoredEntry) -> Void
    ) throws(Failure) { try list(snapshot.id, paths, deadline: nil, body) }

    private func list(
        _ snapshot: String, _ paths: [String], deadline: Instant?, _ body: @escaping @Sendable (StoredEntry) -> Void
    ) throws(Failure) {
        var arguments = ["ls", "--json", "--recursive", snapshot]
        // `ls` finds nothing below the path "/".
        if !paths.contains("/") { arguments += paths }
        var task = ResticTask(arguments, isLocking: true)
        task.keptBytes = 64 << 10
        task.deadline = deadline
        task.onLine = { line, watch in
            watch.noteProgress()
            guard let node = ResticJSON.decode(ResticNode.self, from: line), let path = node.path, let type = node.type
            else { return }
            body(StoredEntry(path: path, type: type, size: node.size ?? 0))
        }
        _ = try restic.run(task)
    }

    /// Restores files to `target` + their original path, with owners, modes, times, links and extended attributes.
    ///
    /// Without `overwrite` nothing at all is written when one of the files exists.
    /// - Throws: `.restoreWouldOverwrite`, `.restoreTargetUnusable`, `.volumeNotInRecoveryPoint`,
    ///   `.pathNotInRecoveryPoint`, `.recoveryPointDamaged`, and what keeps the vault from being read.
    public func restore(
        _ request: RestoreRequest, progress: @escaping @Sendable (StoreProgress) -> Void = { _ in }
    ) throws(Failure) -> RestoreSummary {
        let request = request.tidied
        try requireData(of: request.point)
        let selections = try request.selections()
        let target = try Obstacles.usableTarget(request.target, for: selections.flatMap(\.wanted))
        let survey = try survey(selections, request, target)
        try survey.obstacles.clear(overwrite: request.overwrite)
        let above = FoldersAbove(of: selections.flatMap(\.wanted), below: target)
        defer { above.giveBack() }
        let done = Shared<UInt64>(0)
        for selection in selections {
            let before = done.withLock { $0 }
            try restore(selection, request, target) { traffic in
                done.withLock { $0 = before + traffic.written }
                let bytes = min(before + traffic.written, survey.summary.bytes)
                progress(StoreProgress(bytesDone: bytes, bytesTotal: survey.summary.bytes))
            }
        }
        progress(StoreProgress(bytesDone: survey.summary.bytes, bytesTotal: survey.summary.bytes))
        return survey.summary
    }

    /// Restores what a recovery point's manifest holds at a path, to `folder` + that path.
    /// - Throws: `.recoveryPointDamaged`, and what keeps the vault from being read.
    public func restoreManifest(of point: RecoveryPoint, at path: String, to folder: String) throws(Failure) {
        let arguments = ["restore", point.manifest, "--target", folder, "--include", path]
        do throws(Failure) {
            _ = try restic.run(ResticTask(arguments, isLocking: true))
        } catch {
            throw error.damaging(point)
        }
    }

    private struct Survey: Sendable {
        var summary = RestoreSummary()
        var obstacles: Obstacles
        var unseen: Set<String>
    }

    /// Counts what will come and looks for what stands in its way.
    private func survey(_ selections: [RestoreSelection], _ request: RestoreRequest, _ target: String) throws(Failure)
        -> Survey
    {
        let isEmpty = Files.names(in: target).isEmpty
        let unseen = Set(request.paths.filter { $0 != "/" })
        let result = Shared(Survey(obstacles: Obstacles(target: target), unseen: unseen))
        for selection in selections {
            do throws(Failure) {
                try list(selection.snapshot, selection.wanted, deadline: request.deadline) { entry in
                    guard selection.contains(entry.path) else { return }
                    result.withLock { survey in
                        survey.unseen.remove(entry.path)
                        if entry.type == "file" {
                            survey.summary.files += 1
                            survey.summary.bytes += entry.size
                        }
                        if !isEmpty { survey.obstacles.look(at: entry) }
                    }
                }
            } catch {
                throw error.damaging(request.point)
            }
        }
        let survey = result.withLock { $0 }
        if let path = survey.unseen.min() { throw Failure(.pathNotInRecoveryPoint(path: path, id: request.point.id)) }
        return survey
    }

    private func restore(
        _ selection: RestoreSelection, _ request: RestoreRequest, _ target: String,
        onTraffic: @escaping @Sendable (Traffic) -> Void
    ) throws(Failure) {
        var arguments = ["restore", selection.snapshot, "--target", target] + selection.restoreArguments
        if try restic.version().restoresSparsely { arguments.append("--sparse") }
        var task = ResticTask(arguments, isLocking: true)
        task.deadline = request.deadline
        task.onTraffic = onTraffic
        let id = request.point.id
        task.interpret = { words in
            guard let line = words.line(with: ["ignoring error for "]) else { return nil }
            if let damage = words.damage { return .recoveryPointDamaged(id: id, detail: damage) }
            return .restoreTargetUnusable(path: target, reason: Self.reason(words, line))
        }
        let stray = selection.strayReport.map { (target == "/" ? "" : target) + $0 }
        let strayWasThere = stray.map { Files.exists($0) } ?? false
        do throws(Failure) {
            _ = try restic.run(task)
        } catch {
            throw error.damaging(request.point)
        }
        if let stray, !strayWasThere { unlink(stray) }
    }

    /// The kernel's reason where one error explains the others.
    private static func reason(_ words: ResticWords, _ line: String) -> String {
        for code in [ENOSPC, EDQUOT, EROFS, EIO] {
            let reason = SystemError.reason(of: code)
            if words.line(with: [reason.lowercased()]) != nil { return reason }
        }
        return line.firstRange(of: "ignoring error for ").map { String(line[$0.upperBound...]) } ?? line
    }
}
