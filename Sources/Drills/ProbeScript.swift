internal import Applications
internal import Linux
internal import Messages

/// The user's own script, run beside the application and as its user.
struct ProbeScript {
    private let path: String
    private let seconds: Double

    init(_ path: String, seconds: Double) {
        self.path = path
        self.seconds = seconds
    }

    /// - Returns: its standard output.
    /// - Throws: `.probeFailed` when it cannot be started, takes too long, or ends with another status than 0.
    func run(in room: DrillRoom, _ recoveryPoint: String) throws(DrillFault) -> String {
        let environment = [
            "REMANSO_DRILL_FOLDER": room.folder, "REMANSO_DRILL_NAME": room.record.name,
            "REMANSO_DRILL_TYPE": room.record.type, "REMANSO_DRILL_PID": "\(room.serverPID)",
            "REMANSO_RECOVERY_POINT": recoveryPoint,
        ]
        var limits = ChildProcess.Limits()
        limits.deadline = Instant.now.advanced(bySeconds: seconds)
        let result: ProcessResult
        do throws(SystemError) {
            result = try ChildProcess.run(room.asUser(path, [], environment), limits)
        } catch {
            throw .probeFailed(detail: error.description)
        }
        if result.interrupted { throw .impossible(detail: path) }
        if result.timedOut { throw .probeFailed(detail: "\(path): \(Int(seconds)) s") }
        guard result.ending == .exited(0) else {
            throw .probeFailed(detail: "\(path) (\(result.ending)): \(result.errors.text)")
        }
        return result.output.text
    }
}
