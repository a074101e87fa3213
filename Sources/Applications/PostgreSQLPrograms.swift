internal import Linux
internal import Messages

/// PostgreSQL's programs of the version that wrote the data: another major version cannot read it.
struct PostgreSQLPrograms {
    private let cluster: PostgreSQLCluster

    init(_ cluster: PostgreSQLCluster) { self.cluster = cluster }

    /// - Throws: `.programMissing`.
    func path(_ name: String, in room: DrillRoom) throws(DrillFault) -> String {
        for folder in folders {
            guard let path = Program.find("\(folder)/\(name)") else { continue }
            if try major(of: path, in: room) == cluster.major { return path }
        }
        throw .programMissing(program: "\(name) \(cluster.major)")
    }

    /// Where the server ran, then where Debian and the PostgreSQL project's packages for other systems put it.
    private var folders: [String] {
        let recorded = [cluster.facts[PostgreSQLFact.programs]].compactMap { $0 }
        let search = (Program.plainEnvironment["PATH"] ?? "").split(separator: ":").map { String($0) }
        return recorded + ["/usr/lib/postgresql/\(cluster.major)/bin", "/usr/pgsql-\(cluster.major)/bin"] + search
    }

    /// From `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    private func major(of path: String, in room: DrillRoom) throws(DrillFault) -> Int? {
        let words = try room.run(path, ["--version"], seconds: 30).output.split(separator: " ")
        guard let label = words.firstIndex(of: "(PostgreSQL)"), label + 1 < words.count else { return nil }
        return Int(words[label + 1].prefix { $0.isNumber })
    }
}
