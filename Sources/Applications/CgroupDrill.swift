internal import Glibc
internal import Linux
internal import Messages

/// Starts the program that the administrator has named over the restored data; whether it serves is for the probe to say.
struct CgroupDrill: ApplicationDrill {
    private let settings: ApplicationSettings

    init(_ record: ApplicationRecord) { settings = record.settings }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        for path in settings.paths("data") where !Files.exists(path) { throw .dataMissing(path: path) }
        guard let program = settings.text("program") else { return nil }
        guard access(program, X_OK) == 0 else { throw .programMissing(program: program) }
        let arguments = (settings.text("arguments") ?? "").split(separator: " ").map(String.init)
        return DrillServer(program, arguments, stopSignal: SIGTERM)
    }

    /// Without an interface only the user's own script can tell.
    func answers(in room: DrillRoom) -> Bool {
        guard settings.text("program") != nil, let script = settings.drill.script else { return true }
        let result = try? room.run(script, [], seconds: settings.drill.timeoutSeconds)
        return result?.ending == .exited(0)
    }

    /// Nobody can be asked: what was started is all that runs in the room.
    func process(in room: DrillRoom) -> Int32? { settings.text("program") == nil ? nil : room.serverPID }

    let checks: [DrillCheck] = []

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        throw .impossible(detail: "drill.probe.query: cgroup")
    }
}
