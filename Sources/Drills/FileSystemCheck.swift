internal import Glibc
internal import Linux
internal import Messages
internal import Mounting

/// The check of a file system in an image, which changes nothing of it.
struct FileSystemCheck {
    private static let calls: [String: [String]] = [
        "xfs": ["xfs_repair", "-n", "-f"],
        // It is mounted for this process alone, and nothing can be written to it.
        "btrfs": ["btrfs", "check", "--readonly", "--force"],
    ]

    /// All that a check says is needed to judge it.
    private static let keptBytes = 8 << 20

    /// A folder with room for a copy of an ext4's own data, without that of its files.
    let scratch: String

    /// - Throws: `.programMissing`, `.impossible`.
    func run(_ volume: ShownVolumes.Volume) throws(DrillFault) -> DrillEvidence.Volume {
        var result = DrillEvidence.Volume(mountPoint: volume.mountPoint, kind: volume.image == nil ? "files" : "image")
        guard let image = volume.image, let type = volume.filesystem else { return result }
        let start = Instant.now
        let ended: ProcessResult
        if type == "ext4" {
            result.check = "e2image -r \(volume.mountPoint).img - | e2fsck -f -p"
            ended = try checkExt4(image)
        } else {
            guard let call = Self.calls[type] else { return result }
            result.check = (call + ["\(volume.mountPoint).img"]).joined(separator: " ")
            ended = try Self.call(call[0], Array(call.dropFirst()) + [image])
        }
        result.durationMs = Instant.now.milliseconds(since: start)
        result.output = String(Self.text(of: ended).suffix(64 << 10))
        result.outcome = Self.isSound(ended, type) ? .proven : .failed
        return result
    }

    /// A volume in use has files that are open and have no name any more. The next mount frees them; a check that may
    /// change nothing takes them for damage. So it runs as at the start of a machine, on a copy without the files' content.
    private func checkExt4(_ image: String) throws(DrillFault) -> ProcessResult {
        let copy = scratch + "/ext4"
        defer { unlink(copy) }
        let made = try Self.call("e2image", ["-r", image, copy])
        return made.ending == .exited(0) ? try Self.call("e2fsck", ["-f", "-p", copy]) : made
    }

    private static func call(_ name: String, _ arguments: [String]) throws(DrillFault) -> ProcessResult {
        guard let path = Program.find(name) else { throw .programMissing(program: name) }
        let ended: ProcessResult
        do throws(SystemError) {
            var limits = ChildProcess.Limits()
            limits.keptBytes = keptBytes
            ended = try ChildProcess.run(Program(.path(path), arguments), limits)
        } catch {
            throw .impossible(detail: error.description)
        }
        if ended.interrupted { throw .impossible(detail: "signal \(Interruption.signal ?? 0)") }
        return ended
    }

    private static func isSound(_ result: ProcessResult, _ type: String) -> Bool {
        switch (type, result.ending) {
        case (_, .exited(0)): return true
        // e2fsck(8): 1 says that it has done what every start does; whatever else it finds ends with more.
        case ("ext4", .exited(1)): return true
        case ("xfs", _):
            let isWhole = !result.output.isTruncated && !result.errors.isTruncated
            return isWhole && XFSReport(text(of: result)).isSound
        default: return false
        }
    }

    private static func text(of result: ProcessResult) -> String {
        [result.output.text, result.errors.text].filter { !$0.isEmpty }.joined(separator: "\n")
    }
}
