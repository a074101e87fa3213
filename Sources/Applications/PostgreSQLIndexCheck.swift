internal import Messages

/// Checks of B-trees in plain SQL, for what `pg_amcheck` does not look at.
///
/// `pg_amcheck --heapallindexed` finds a row that its index does not know. It does not find the reverse, an entry that
/// leads to no row or to a wrong one; but that is what files copied in two instants hold when the table came first.
struct PostgreSQLIndexCheck: Sendable {
    private let cluster: PostgreSQLCluster

    init(_ cluster: PostgreSQLCluster) { self.cluster = cluster }

    /// Reads every table once in its stored order and once in the order of each index, and compares how many rows came.
    var entries: DrillCheck {
        let name = "select count(*), by each index"
        return DrillCheck(name) { (room) throws(DrillFault) in
            var walked = 0
            for database in try databases(room, name) { walked += try walk(database, room, name) }
            return "\(walked)"
        }
    }

    /// For version 13, whose amcheck knows indexes only and which has no `pg_amcheck`.
    var structures: DrillCheck {
        let name = "bt_index_parent_check(…, heapallindexed => true)"
        return DrillCheck(name) { (room) throws(DrillFault) in
            for database in try databases(room, name) {
                _ = try ask("create extension if not exists amcheck", room, database, check: name)
                _ = try ask(
                    "select bt_index_parent_check(indexrelid, true) from (\(Self.indexes)) as i", room, database,
                    check: name)
            }
            return ""
        }
    }

    /// Every whole and valid B-tree; unlogged ones are empty after a recovery.
    private static let indexes = """
        select x.indexrelid, x.indrelid, x.indnkeyatts
        from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am a on a.oid = c.relam
        where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence = 'p' and x.indisvalid and x.indisready
            and x.indpred is null
        """

    /// For each index its name, the count in stored order, and the count in its own. `offset 0` keeps the order from being
    /// taken for superfluous.
    private static let counts = """
        select indexrelid::regclass, format('select count(*) from only %s', indrelid::regclass),
            format('select count(*) from (select from only %s order by %s offset 0) as o', indrelid::regclass,
                (select string_agg(pg_get_indexdef(indexrelid, n, true)
                    || case when pg_index_column_has_property(indexrelid, n, 'desc') then ' desc' else ' asc' end
                    || case when pg_index_column_has_property(indexrelid, n, 'nulls_first')
                        then ' nulls first' else ' nulls last' end, ', ' order by n)
                from generate_series(1, indnkeyatts) as n))
        from (\(indexes)) as i
        """

    private func walk(_ database: String, _ room: DrillRoom, _ check: String) throws(DrillFault) -> Int {
        let connection = try cluster.connect(room, database: database)
        var walked = 0
        for row in try rows(Self.counts, connection, check) {
            guard row.count == 3, let index = row[0], let stored = row[1], let ordered = row[2] else { continue }
            try setScans(byIndex: true, connection, check)
            // An order that is not the default of its type can be had from the index in no simple way.
            let plan = try rows("explain (costs off) \(ordered)", connection, check)
            guard plan.contains(where: { $0.first??.contains("Index Scan") ?? false }) else { continue }
            let byIndex = try rows(ordered, connection, "\(check): \(database) \(index)")
            try setScans(byIndex: false, connection, check)
            let inOrder = try rows(stored, connection, "\(check): \(database) \(index)")
            guard byIndex == inOrder else {
                let found = [byIndex, inOrder].map { ($0.first?.first ?? nil) ?? "" }.joined(separator: " ≠ ")
                throw .checkFailed(check: check, output: "\(database): \(index): \(found)")
            }
            walked += 1
        }
        return walked
    }

    private func setScans(
        byIndex: Bool, _ connection: PostgreSQLConnection, _ check: String
    ) throws(DrillFault) {
        _ = try rows(
            """
            select set_config('enable_seqscan', $1, false), set_config('enable_sort', $1, false),
                set_config('enable_indexscan', $2, false), set_config('enable_indexonlyscan', 'off', false),
                set_config('enable_bitmapscan', 'off', false), set_config('max_parallel_workers_per_gather', '0', false)
            """, connection, check, [byIndex ? "off" : "on", byIndex ? "on" : "off"])
    }

    private func databases(_ room: DrillRoom, _ check: String) throws(DrillFault) -> [String] {
        try ask("select datname from pg_database where datallowconn order by 1", room, "postgres", check: check)
    }

    /// The first column of the answer.
    func ask(
        _ statement: String, _ room: DrillRoom, _ database: String, check: String
    ) throws(DrillFault) -> [String] {
        try rows(statement, try cluster.connect(room, database: database), check).compactMap { $0.first ?? nil }
    }

    private func rows(
        _ statement: String, _ connection: PostgreSQLConnection, _ check: String, _ arguments: [String] = []
    ) throws(DrillFault) -> [[String?]] {
        do throws(PostgreSQLError) { return try connection.rows(statement, arguments) } catch {
            throw .checkFailed(check: check, output: error.message)
        }
    }
}
