internal import Messages
internal import Runs
internal import Vault

/// `remanso list`: the recovery points, newest first.
enum ListCommand {
    static let spec = CommandSpec(name: .list, run: run)

    private struct Row: Encodable {
        var recoveryPoint: String
        var time: String
        var host: String
        var consistency: String
        var volumes: [String]
        var bytesStored: UInt64?
        var snapshots: [String]
        @Nullable var drill: DrillMark?
    }

    private struct Document: Encodable {
        var recoveryPoints: [Row]
    }

    private static func run(_ invocation: Invocation) throws(Failure) -> ExitStatus {
        let settings = try Settings(invocation)
        let points = try settings.vault().recoveryPoints()
        if invocation.has(.json) {
            let rows = points.map { point in
                Row(
                    recoveryPoint: point.id, time: point.time, host: point.host,
                    consistency: point.level.rawValue, volumes: point.volumes, bytesStored: point.bytesStored,
                    snapshots: point.data.map(\.id), drill: point.drill?.mark)
            }
            Terminal.print(json: JSONText.encode(Document(recoveryPoints: rows)))
            return .success
        }
        guard !points.isEmpty else {
            throw Failure(.noRecoveryPoints(repository: settings.vaultLocation.displayName))
        }
        let language = invocation.language
        let head = [Label.id, .time, .host, .level, .size, .drill, .volumes].map { Phrase.label($0).text(in: language) }
        let rows = points.map { point in
            let level = Phrase.level(point.level).text(in: language)
            return [
                point.id, Timestamp.minute(point.time), point.host, level,
                point.bytesRead.map { Figures.bytes($0, in: language) } ?? "–",
                DrillScreen.cell(point, in: language), point.volumes.joined(separator: " "),
            ]
        }
        let lines = Columns.table([head] + rows)
        Terminal.print(lines[0])
        // What a drill has refuted is red everywhere.
        for (line, point) in zip(lines.dropFirst(), points) {
            Terminal.print(DrillScreen.isRefuted(point) ? Terminal.red(line) : line)
        }
        return .success
    }
}
