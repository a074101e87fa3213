internal import Glibc
internal import Linux
internal import Messages
internal import Vault

/// A vault's snapshots as folders, shown by `restic mount`. restic ends with the thread that has started it.
final class ResticMount: Sendable {
    /// Seconds that restic may take to put its affairs in order.
    private static let grace = 8.0

    /// Where the snapshots are, each at `ids/` and the start of its id.
    let folder: String
    /// restic's process.
    let pid: pid_t
    /// Readable once restic has ended.
    let process: Descriptor
    private let vault: Vault

    /// Starts restic and waits until the folder shows the snapshots.
    /// - Parameter folder: made anew, and removed by `stop`.
    /// - Throws: what keeps the vault from being read; `.cannotMount`, for instance without FUSE.
    init(_ vault: Vault, at folder: String) throws(Failure) {
        self.vault = vault
        self.folder = folder
        let words: Descriptor
        do throws(SystemError) {
            try Files.makeFolder(folder)
            words = try Descriptor.inMemory("restic-mount", holding: [])
        } catch {
            throw Failure(.cannotMount(folder: folder, reason: error.reason))
        }
        let program = try vault.mountProgram(at: folder)
        do throws(SystemError) {
            (pid, process) = try ChildProcess.spawn(program, output: words, errors: words)
        } catch {
            throw Failure(.cannotMount(folder: folder, reason: error.description))
        }
        do throws(Failure) {
            try waitUntilShown(words)
        } catch {
            stop()
            throw error
        }
    }

    private func waitUntilShown(_ words: Descriptor) throws(Failure) {
        let end = Instant.now.advanced(bySeconds: vault.patience)
        while Instant.now < end {
            if let signal = Interruption.signal { throw Failure(.interrupted(signal: signal)) }
            if isMounted, Files.isFolder(folder + "/ids") { return }
            var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
            if poll(&one, 1, 20) == 1 { throw failure(words) }
        }
        let reason = String(cString: strerror(ETIMEDOUT))
        throw Failure(.vaultUnreachable(repository: vault.location.displayName, reason: reason))
    }

    private var isMounted: Bool { (try? MountTable.current())?.mounts.contains { $0.mountPoint == folder } ?? false }

    /// Why restic has ended so early.
    private func failure(_ words: Descriptor) -> Failure {
        lseek(words.number, 0, SEEK_SET)
        let text = String(decoding: (try? words.readAll(limit: 1 << 20)) ?? [], as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).last { $0.lowercased().contains("fuse") }
        if let line { return Failure(.cannotMount(folder: folder, reason: String(line))) }
        return vault.failureOfMount(text)
    }

    /// The folder of a snapshot.
    /// - Parameter id: its whole id, or the start of it.
    func snapshot(_ id: String) -> String { "\(folder)/ids/\(id.prefix(8))" }

    /// Ends restic and removes the folder.
    func stop() {
        let wasMounted = isMounted
        if wasMounted, umount2(folder, 0) != 0 { umount2(folder, Int32(MNT_DETACH)) }
        // Unmounted, restic takes its lock away and ends by itself.
        var hasEnded = wasMounted && ended(withinSeconds: Self.grace)
        if !hasEnded {
            kill(pid, SIGINT)
            hasEnded = ended(withinSeconds: Self.grace)
        }
        if !hasEnded { kill(pid, SIGKILL) }
        let ending = ChildProcess.wait(for: pid)
        umount2(folder, Int32(MNT_DETACH))
        rmdir(folder)
        if case .killed = ending { vault.removeLock(of: pid) }
    }

    private func ended(withinSeconds seconds: Double) -> Bool {
        var one = pollfd(fd: process.number, events: Int16(POLLIN), revents: 0)
        let end = Instant.now.advanced(bySeconds: seconds)
        while true {
            let count = poll(&one, 1, end.millisecondsLeft)
            if count >= 0 || errno != EINTR { return count == 1 }
        }
    }
}
