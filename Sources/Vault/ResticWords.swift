internal import FoundationEssentials
internal import Glibc
internal import Messages

/// What restic wrote to standard error. Versions before 0.17 have no exit statuses to tell errors apart, so that their
/// words must.
struct ResticWords: Sendable {
    let lines: [String]
    private let all: String

    init(_ text: String) {
        let whole = text.split(whereSeparator: \.isNewline).map(String.init)
        lines = whole.map(Self.plain).filter { !Self.isNoise($0) }
        retryReason = whole.last { $0.contains(Self.retryMark) }.flatMap(Self.reason(ofRetry:))
        // Lower case once; the noise counts here, for retries name the cause.
        all = whole.joined(separator: "\n").lowercased()
    }

    /// The last line that says something.
    var lastLine: String? {
        let fatal = lines.last { $0.hasPrefix("Fatal: ") }
        guard let line = fatal ?? lines.last else { return retryReason }
        return line.hasPrefix("Fatal: ") ? String(line.dropFirst("Fatal: ".count)) : line
    }

    /// The first line in which one of these stands.
    func line(with needles: [String]) -> String? {
        lines.first { line in
            let lower = line.lowercased()
            return needles.contains { lower.contains($0) }
        }
    }

    /// The reason within `Load(<config/…>) returned error, retrying after 1.2s: dial tcp …`.
    let retryReason: String?

    /// The problem that a failed run means.
    func problem(status: Int32, location: VaultLocation, workFolder: String) -> Problem {
        let name = location.displayName
        if status == 12 || has(["wrong password or no key found"]) {
            return .vaultWrongPassword(repository: name, passwordFile: location.passwordFile)
        }
        if status == 11 || has(["already locked"]) { return .vaultLocked(repository: name, holder: holder) }
        if has(Self.full) {
            // restic's own temporary files may be what found no space.
            let line = line(with: Self.full) ?? ""
            if line.contains(workFolder) { return .vaultFailed(repository: name, detail: line) }
            return .vaultFull(repository: name)
        }
        if location.localFolder == nil, let line = line(with: Self.unreachable) ?? retriedLine(with: Self.unreachable) {
            return .vaultUnreachable(repository: name, reason: Self.withoutFatal(line))
        }
        if let line = line(with: Self.notAFolder) {
            return .vaultFailed(repository: name, detail: Self.withoutFatal(line))
        }
        if status == 10 || has(["is there a repository at the following location"]) {
            return .vaultMissing(repository: name)
        }
        if let line = damage { return .vaultDamaged(repository: name, detail: line) }
        return .vaultFailed(repository: name, detail: lastLine ?? "restic: exit \(status)")
    }

    /// The first line that tells of damage in the repository.
    var damage: String? {
        (line(with: Self.damaged) ?? retriedLine(with: ["load(<data/", "load(<index/"])).map(Self.withoutFatal)
    }

    private static let retryMark = ") returned error, retrying after "

    private static func reason(ofRetry line: String) -> String? {
        guard let mark = line.firstRange(of: retryMark), let colon = line[mark.upperBound...].firstRange(of: ": ")
        else {
            return nil
        }
        return String(line[colon.upperBound...])
    }

    private func retriedLine(with needles: [String]) -> String? {
        needles.contains { all.contains($0) } ? retryReason ?? lastLine : nil
    }

    private func has(_ needles: [String]) -> Bool { needles.contains { all.contains($0) } }

    /// `PID 42 on db1 by root (UID 0, GID 0)`.
    private var holder: String {
        guard let line = line(with: ["already locked"]), let range = line.firstRange(of: " by ") else {
            return lastLine ?? ""
        }
        return String(line[range.upperBound...])
    }

    static func withoutFatal(_ line: String) -> String {
        line.hasPrefix("Fatal: ") ? String(line.dropFirst("Fatal: ".count)) : line
    }

    private static let full = [
        "no space left on device", "disk quota exceeded", "insufficient storage", "quotaexceeded", "storagefull",
    ]
    private static let unreachable = [
        "connection refused", "no such host", "timeout", "timed out", "network is unreachable", "no route to host",
        "connection reset", "could not resolve", "sftp session", "x509:", "tls:", "server misbehaving", "dial tcp",
        "broken pipe", "access denied", "accessdenied", "forbidden", "unauthorized", "invalidaccesskeyid",
        "signaturedoesnotmatch", "authenticationfailed", "permission denied", "host key verification failed",
    ]
    private static let notAFolder = ["not a directory", "invalid backend", "read-only file system"]
    private static let damaged = [
        "ciphertext verification failed", "invalid data returned", "repository contains errors", "could be damaged",
        "pack id does not match", ": does not exist", "not found in index", "not found in repository", "invalid hash",
        "hash mismatch", "hash does not match", "readfull(<", "error for tree", "error while loading",
        "unable to load index", "load <index/", "load(<data/",
    ]

    /// Retries, stack traces, hints.
    private static func isNoise(_ line: String) -> Bool {
        line.allSatisfy(\.isWhitespace) || line.hasPrefix("\t") || line.contains("signal interrupt received")
            || line.contains(retryMark)
            || line.contains(") failed: ") && line.contains("retrying")
            || ["github.com/", "main.", "runtime.", "the `unlock` command"].contains { line.hasPrefix($0) }
    }

    /// The words of a line that is JSON: with `--json` newer versions write errors so.
    private static func plain(_ line: String) -> String {
        guard line.hasPrefix("{"), let message = try? JSONDecoder().decode(ResticErrorLine.self, from: Data(line.utf8))
        else { return line }
        return message.text ?? line
    }
}
