internal import Linux
internal import Messages

/// Opens the restored files with SQLite's own program, which brings the log or journal beside each into it.
struct SQLiteDrill: ApplicationDrill {
    private let files: [String]
    /// Seconds for a check, which reads the whole file.
    private static let longestCheck = 3_600.0

    init(_ record: ApplicationRecord) {
        files = (record.facts["files"] ?? "").split(separator: "\n").map(String.init)
    }

    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        guard !files.isEmpty else { throw .impossible(detail: "files") }
        // SQLite's program would make a missing file, and find it in order.
        for file in files where !Files.exists(file) { throw .dataMissing(path: file) }
        return nil
    }

    func answers(in room: DrillRoom) -> Bool { true }

    func process(in room: DrillRoom) throws(DrillFault) -> Int32? { nil }

    var checks: [DrillCheck] {
        files.flatMap { file in
            [check("PRAGMA integrity_check", file, good: "ok"), check("PRAGMA foreign_key_check", file, good: "")]
        }
    }

    private func check(_ pragma: String, _ file: String, good: String) -> DrillCheck {
        let name = "\(pragma) \(file)"
        return DrillCheck(name) { (room) throws(DrillFault) in
            let result = try room.run("sqlite3", Self.options + [file, pragma], seconds: Self.longestCheck)
            guard result.ending == .exited(0), result.output.trimmingLineEnds == good else {
                throw .checkFailed(check: name, output: result.output)
            }
            return result.output
        }
    }

    /// Of the first file.
    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        guard let file = files.first else { throw .impossible(detail: "files") }
        let result = try room.run("sqlite3", Self.options + [file, query], seconds: 60)
        guard result.ending == .exited(0) else { throw .probeFailed(detail: result.output) }
        return result.output.trimmingLineEnds
    }

    /// Nobody's `.sqliterc` has a say here.
    private static let options = ["-batch", "-bail", "-init", "/dev/null", "-noheader", "-separator", "|"]
}

extension String {
    fileprivate var trimmingLineEnds: String {
        var text = self[...]
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
