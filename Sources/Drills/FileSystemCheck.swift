internal import Linux
internal import Messages
internal import Mounting

/// The check of a file system in an image, which changes nothing.
enum FileSystemCheck {
    private static let calls: [String: [String]] = [
        "ext4": ["e2fsck", "-f", "-n"], "xfs": ["xfs_repair", "-n", "-f"], "btrfs": ["btrfs", "check", "--readonly"],
    ]

    /// - Throws: `.programMissing`, `.impossible`.
    static func run(_ volume: ShownVolumes.Volume) throws(DrillFault) -> DrillEvidence.Volume {
        var result = DrillEvidence.Volume(mountPoint: volume.mountPoint, kind: volume.image == nil ? "files" : "image")
        guard let image = volume.image, let type = volume.filesystem, let call = calls[type] else { return result }
        guard let path = Program.find(call[0]) else { throw .programMissing(program: call[0]) }
        result.check = (call + ["\(volume.mountPoint).img"]).joined(separator: " ")
        let start = Instant.now
        let ended: ProcessResult
        do throws(SystemError) {
            ended = try ChildProcess.run(Program(.path(path), Array(call.dropFirst()) + [image]))
        } catch {
            throw .impossible(detail: error.description)
        }
        if ended.interrupted { throw .impossible(detail: "signal \(Interruption.signal ?? 0)") }
        result.durationMs = Instant.now.milliseconds(since: start)
        result.output = [ended.output.text, ended.errors.text].filter { !$0.isEmpty }.joined(separator: "\n")
        result.outcome = ended.ending == .exited(0) ? .proven : .failed
        return result
    }
}
