internal import Glibc
internal import Linux
internal import Messages

/// Starts the server's own program over the restored files, with a socket of its own and no network.
struct MariaDBDrill: ApplicationDrill {
    func server(in room: DrillRoom) throws(DrillFault) -> DrillServer? {
        guard let data = room.record.facts["datadir"] else { throw .impossible(detail: "datadir") }
        for folder in [data] + room.record.folders where !Files.exists(folder) { throw .dataMissing(path: folder) }
        let files = MariaDBDrillFiles(room: room)
        try files.write()
        var server = DrillServer(try program(room.record), ["--defaults-file=\(files.settings)"], stopSignal: SIGTERM)
        server.log = files.errorLog
        return server
    }

    /// The one that served the live data, or another of its name.
    private func program(_ record: ApplicationRecord) throws(DrillFault) -> String {
        let names = record.facts["flavour"] == "mysql" ? ["mysqld"] : ["mariadbd", "mysqld"]
        for name in [record.facts["program"]].compactMap({ $0 }) + names {
            if let path = Program.find(name) { return path }
        }
        throw .programMissing(program: record.facts["program"] ?? names[0])
    }

    func answers(in room: DrillRoom) -> Bool {
        guard let connection = try? MariaDBDrillFiles(room: room).connect() else { return false }
        return (try? connection.rows("SELECT 1")) == [["1"]]
    }

    func process(in room: DrillRoom) throws(DrillFault) -> Int32? {
        do throws(ApplicationFault) {
            // The kernel knows who listens there; what a server says of itself may be a copied file.
            return try MariaDBDrillFiles(room: room).connect().line.peer ?? 0
        } catch {
            throw .impossible(detail: "SO_PEERCRED: \(error)")
        }
    }

    var checks: [DrillCheck] { MariaDBChecks.all }

    func ask(_ query: String, in room: DrillRoom) throws(DrillFault) -> String {
        let connection: MariaDBConnection
        do throws(ApplicationFault) {
            connection = try MariaDBDrillFiles(room: room).connect()
        } catch {
            throw .probeFailed(detail: "\(error)")
        }
        do throws(MariaDBError) {
            let rows = try connection.rows(query)
            return rows.map { row in row.map { $0 ?? "NULL" }.joined(separator: "|") }.joined(separator: "\n")
        } catch {
            throw .probeFailed(detail: error.description)
        }
    }
}
