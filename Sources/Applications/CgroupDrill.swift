internal import Glibc
internal import Linux
internal import Messages

/// Starts the program that the administrator has named over the restored data. Without an interface, only the
/// administrator's own script can tell whether it serves: without one nothing would be shown.
struct CgroupDrill: ApplicationDrill {
    /// Seconds for one run of the script while the program starts.
    private static let patience = 10.0

    private let settings: ApplicationSettings
    private var data: [String] { settings.paths("data") }
    private var program: String? { settings.text("program") }

    init(_ record: ApplicationRecord) { settings = record.settings }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        // The owner of the data is the user that all of it runs as.
        if data.isEmpty { throw .impossible(detail: "data") }
        if settings.drill.script == nil { throw .impossible(detail: "drill.probe.script") }
        for path in data where !Files.exists(path) { throw .dataMissing(path: path) }
        guard let program else { return nil }
        let arguments = (settings.text("arguments") ?? "").split(separator: " ").map(String.init)
        return DrillServer(program, arguments, stopSignal: SIGTERM)
    }

    func answers(in room: DrillRoom) -> Bool {
        guard let script = settings.drill.script else { return false }
        let environment = [
            "REMANSO_DRILL_FOLDER": room.folder, "REMANSO_DRILL_NAME": room.record.name,
            "REMANSO_DRILL_TYPE": room.record.type, "REMANSO_DRILL_PID": "\(room.serverPID)",
        ]
        let result = try? room.run(script, [], environment: environment, seconds: Self.patience)
        return result?.ending == .exited(0)
    }

    /// Nobody can be asked: what was started is all that runs in the room.
    func process(in room: DrillRoom) -> Int32? { program == nil ? nil : room.serverPID }

    let checks: [DrillCheck] = []

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        throw .impossible(detail: "drill.probe.query")
    }
}
