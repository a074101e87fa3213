internal import Glibc
internal import Linux
public import Messages

extension Vault {
    /// Stores one snapshot. Either all of it is there afterwards, or it is no snapshot.
    /// - Throws: `.vaultIncomplete` when something could not be read, and what keeps the vault from storing.
    public func store(_ request: StoreRequest, progress: @escaping @Sendable (StoreProgress) -> Void = { _ in })
        throws(Failure) -> StoredSnapshot
    {
        try requireWritable()
        let summary = Shared<ResticBackupLine?>(nil)
        let last = Shared(StoreProgress())
        var task = ResticTask(try backupArguments(request), isLocking: true)
        task.accepted = [0, 3]
        task.neededPaths = request.paths
        task.view = request.view
        task.deadline = request.deadline
        task.onStart = request.onStart
        task.onLine = { line, watch in
            guard let message = ResticJSON.decode(ResticBackupLine.self, from: line) else { return }
            if message.messageType == "summary" { return summary.withLock { $0 = message } }
            guard message.messageType == "status" else { return }
            let now = StoreProgress(message)
            let isProgress = last.withLock { last in
                defer { last = now }
                return last.bytesDone != now.bytesDone || last.filesDone != now.filesDone
            }
            if isProgress { watch.noteProgress() }
            progress(now)
        }
        let result = try restic.run(task)
        let stored = summary.withLock { $0 }.flatMap(StoredSnapshot.init)
        if result.status == 3 { throw discarding(stored, errors: result.errors) }
        guard let stored else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: "restic backup --json"))
        }
        return stored
    }

    private func backupArguments(_ request: StoreRequest) throws(Failure) -> [String] {
        guard let time = CivilTime(request.time) else {
            throw Failure(.vaultFailed(repository: location.displayName, detail: "time \(request.time)"))
        }
        var arguments = ["backup", "--json", "--one-file-system", "--host", request.host, "--time", time.resticText]
        for tag in request.tags { arguments += ["--tag", tag] }
        if request.kind == .data {
            for path in Set(request.excludes + ownFolders).sorted() {
                arguments += ["--exclude", Pattern.literal(path)]
            }
        }
        return arguments + ["--"] + request.paths
    }

    /// Folders that must never be part of what they keep: the repository's, and those of restic's own files.
    public var ownFolders: [String] {
        let folders = [location.localFolder, restic.options.workFolder].compactMap { $0 }
        return folders + folders.compactMap { Files.resolved($0) }
    }

    /// Removes a snapshot with holes: nobody shall restore from it.
    private func discarding(_ stored: StoredSnapshot?, errors: String) -> Failure {
        if let stored {
            var task = ResticTask(["forget", stored.id], isLocking: true)
            task.isCleanUp = true
            _ = try? restic.run(task)
        }
        let words = ResticWords(errors)
        // A tree that the vault cannot read back is reported as a source that cannot be read.
        if let damage = words.damage {
            return Failure(.vaultDamaged(repository: location.displayName, detail: damage))
        }
        let lines = errors.split(whereSeparator: \.isNewline).map(String.init)
        let item = lines.lazy.compactMap { ResticJSON.decode(ResticErrorLine.self, from: $0)?.item }.first
        return Failure(.vaultIncomplete(path: item ?? words.lines.first ?? ""))
    }

    /// restic tries to write to a read-only folder for a minute: better say it at once.
    func requireWritable() throws(Failure) {
        if restic.isReadOnly {
            throw Failure(.vaultFailed(repository: location.displayName, detail: SystemError.reason(of: EROFS)))
        }
    }
}

extension StoreProgress {
    fileprivate init(_ line: ResticBackupLine) {
        bytesDone = line.bytesDone ?? 0
        bytesTotal = line.totalBytes
        filesDone = line.filesDone
        secondsLeft = line.secondsRemaining
    }
}

extension StoredSnapshot {
    fileprivate init?(_ line: ResticBackupLine) {
        guard let id = line.snapshot, !id.isEmpty else { return nil }
        self.id = id
        bytesRead = line.totalBytesProcessed ?? 0
        bytesStored = line.dataAddedPacked ?? line.dataAdded ?? 0
        files = line.totalFilesProcessed ?? 0
    }
}

/// restic's patterns for `--exclude` and `--include`.
enum Pattern {
    /// A pattern that means exactly this path.
    static func literal(_ path: String) -> String {
        var result = ""
        for character in path.unicodeScalars {
            if "*?[\\".unicodeScalars.contains(character) { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result
    }
}
