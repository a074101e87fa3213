internal import Linux
internal import Messages
internal import Mounting

/// The check of a file system in an image, which changes nothing.
enum FileSystemCheck {
    private static let calls: [String: [String]] = [
        "ext4": ["e2fsck", "-f", "-n"], "xfs": ["xfs_repair", "-n", "-f"],
        // It is mounted for this process alone, and nothing can be written to it.
        "btrfs": ["btrfs", "check", "--readonly", "--force"],
    ]

    /// All that a check says is needed to judge it.
    private static let keptBytes = 8 << 20

    private static func isSound(_ result: ProcessResult, _ type: String) -> Bool {
        if result.ending == .exited(0) { return true }
        let isWhole = !result.output.isTruncated && !result.errors.isTruncated
        return type == "xfs" && isWhole && XFSReport(text(of: result)).isSound
    }

    private static func text(of result: ProcessResult) -> String {
        [result.output.text, result.errors.text].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// - Throws: `.programMissing`, `.impossible`.
    static func run(_ volume: ShownVolumes.Volume) throws(DrillFault) -> DrillEvidence.Volume {
        var result = DrillEvidence.Volume(mountPoint: volume.mountPoint, kind: volume.image == nil ? "files" : "image")
        guard let image = volume.image, let type = volume.filesystem, let call = calls[type] else { return result }
        guard let path = Program.find(call[0]) else { throw .programMissing(program: call[0]) }
        result.check = (call + ["\(volume.mountPoint).img"]).joined(separator: " ")
        let start = Instant.now
        let ended: ProcessResult
        do throws(SystemError) {
            var limits = ChildProcess.Limits()
            limits.keptBytes = keptBytes
            ended = try ChildProcess.run(Program(.path(path), Array(call.dropFirst()) + [image]), limits)
        } catch {
            throw .impossible(detail: error.description)
        }
        if ended.interrupted { throw .impossible(detail: "signal \(Interruption.signal ?? 0)") }
        result.durationMs = Instant.now.milliseconds(since: start)
        result.output = String(text(of: ended).suffix(64 << 10))
        result.outcome = isSound(ended, type) ? .proven : .failed
        return result
    }
}
