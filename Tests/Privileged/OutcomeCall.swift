import Fixtures
import Testing

/// A call of `remanso backup --json`: how it ended and its report.
struct BackupCall {
    let status: Int32
    let report: JSONObject

    /// Codes of errors, warnings left out, as `name number`.
    var errors: [String] { codes("error") }
    var warnings: [String] { codes("warning") }

    private func codes(_ severity: String) -> [String] {
        report["errors"].array.filter { $0["severity"].string == severity }.map { entry in
            "\(entry["code"].string ?? "?") \(Int(entry["number"].number ?? -1))"
        }
    }

    /// The outcomes of a phase on the time line.
    func phase(_ name: String) -> String? {
        report["timeline"].array.last { $0["phase"].string == name }?["outcome"].string
    }

    func volume(_ volume: Volume) -> JSONObject {
        report["volumes"].array.first { $0["mountPoint"].string == volume.mountPoint } ?? report["volumes"][-1]
    }

    /// Every message with its action, for a test that fails.
    var messages: String {
        report["errors"].array.map { "\($0["code"].string ?? ""): \($0["message"].string ?? "")" }.joined(
            separator: "\n")
    }
}

extension Machine {
    /// Runs `backup --json`.
    func backup(
        _ volumes: [Volume], _ arguments: [String] = [], usesScripts: Bool = true
    ) throws -> BackupCall {
        let command = try remanso(volumes, usesScripts: usesScripts)
        let result = try command.run(["backup", "--json"] + arguments, seconds: 180)
        return BackupCall(status: result.status, report: try result.json())
    }
}

/// How a run should end: its outcome, its level and with them its exit status.
enum Ending {
    case succeeded(String)
    case degraded(String)
    case failed

    /// Status, outcome and level.
    var words: (Int32, String, String) {
        switch self {
        case .succeeded(let level): (0, "succeeded", level)
        case .degraded(let level): (3, "degraded", level)
        case .failed: (1, "failed", "none")
        }
    }
}

extension Machine {
    /// Proves how a run ended: status, outcome, level, errors, what the scripts noted, and whether the vault lists the
    /// recovery point.
    func expect(
        _ call: BackupCall, _ ending: Ending, errors: [String] = [], diary: [String],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let (status, outcome, level) = ending.words
        let comment = Comment(rawValue: call.messages)
        #expect(call.status == status, comment, sourceLocation: location)
        #expect(call.report["outcome"].string == outcome, comment, sourceLocation: location)
        #expect(call.report["consistency"].string == level, comment, sourceLocation: location)
        #expect(call.errors == errors, comment, sourceLocation: location)
        #expect(framework.diary == diary, comment, sourceLocation: location)
        let listed = try remanso().callAsFunction("list", "--json").json()["recoveryPoints"].array
        if level == "none" {
            #expect(call.report["recoveryPoint"].isNull, sourceLocation: location)
            #expect(listed.isEmpty, sourceLocation: location)
            #expect(vault.snapshotCount == 0, "a part of the recovery point was kept", sourceLocation: location)
        } else {
            #expect(listed.count == 1, sourceLocation: location)
            #expect(
                listed.first?["recoveryPoint"].string == call.report["recoveryPoint"].string, sourceLocation: location)
            #expect(listed.first?["consistency"].string == level, sourceLocation: location)
        }
        #expect(vault.lockCount == 0, "a lock was left in the vault", sourceLocation: location)
    }
}
