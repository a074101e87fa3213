import Fixtures
import Glibc
import Linux

/// Everything that writes to a volume at once: random, sequential, direct and mapped writes with fsync, files that come and
/// go, discards, SQLite, PostgreSQL.
final class HeavyLoad {
    private let pid: pid_t
    private let process: Descriptor
    private let log: String

    /// Runs `body` while all of it writes to the volume.
    /// - Parameters:
    ///   - megabytesPerSecond: of each of fio's jobs.
    ///   - withPostgreSQL: it takes three seconds to start.
    static func with<Value>(
        _ volume: Volume, in sandbox: Sandbox, megabytesPerSecond: Int = 8, withPostgreSQL: Bool = true,
        _ body: () throws -> Value
    ) throws -> Value {
        let load = try HeavyLoad(volume, sandbox, megabytesPerSecond, withPostgreSQL)
        defer { load.stop() }
        try load.waitUntilReady()
        return try body()
    }

    private init(_ volume: Volume, _ sandbox: Sandbox, _ rate: Int, _ withPostgreSQL: Bool) throws {
        // PostgreSQL refuses to run as root.
        chmod(Files.parent(of: sandbox.path), 0o711)
        chmod(sandbox.path, 0o711)
        chmod(volume.mountPoint, 0o755)
        let script = try sandbox.write("load.sh", Self.source)
        log = sandbox.path("load.log")
        unlink(log)
        let sink = try Descriptor.open(log, O_WRONLY | O_CREAT | O_APPEND)
        guard let unshare = Program.find("unshare") else { throw FixtureError("unshare is not installed") }
        // In a process namespace, which ends with its first process: some of these programs leave their session.
        var program = Program(
            .path(unshare),
            [
                "--pid", "--ipc", "--fork", "--kill-child", "bash", script, volume.mountPoint, "\(rate)",
                withPostgreSQL ? "yes" : "no",
            ])
        program.umask = 0o022
        (pid, process) = try ChildProcess.spawn(program, output: sink, errors: sink)
    }

    private func waitUntilReady() throws {
        let isReady = Wait.until(seconds: 240) { Files.text(log)?.contains("ready") ?? false }
        if !isReady { throw FixtureError("the load does not start: \(Files.text(log) ?? "")") }
    }

    private func stop() {
        let children = Files.line("/proc/\(pid)/task/\(pid)/children") ?? ""
        children.split(separator: " ").compactMap { pid_t($0) }.forEach { kill($0, SIGKILL) }
        // It ends when all of its namespace have ended.
        if !Wait.forEnd(of: process, seconds: 30) { kill(pid, SIGKILL) }
        ChildProcess.wait(for: pid)
    }

    private static let source = """
        set -u
        volume=$1 rate=$2 postgresql=$3
        cd /
        # A client that ends with its server is no news.
        quietly() { "$@" > /dev/null 2>&1; }

        if [ "$postgresql" = yes ]; then
            programs=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
            as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
            install -d -o postgres -m 700 "$volume/pg" "$volume/pg/socket"
            quietly as_postgres "$programs/initdb" -D "$volume/pg/data" --no-sync -A trust || echo "initdb failed"
            setpriv --reuid=postgres --regid=postgres --clear-groups "$programs/postgres" -D "$volume/pg/data" \\
                -k "$volume/pg/socket" -c listen_addresses= -c dynamic_shared_memory_type=mmap \\
                -c max_wal_size=64MB -c checkpoint_timeout=30s -c shared_buffers=16MB > /dev/null 2>&1 &
            for _ in $(seq 600); do
                quietly as_postgres "$programs/pg_isready" -h "$volume/pg/socket" && break
                sleep 0.1
            done
            quietly as_postgres "$programs/createdb" -h "$volume/pg/socket" bench
            quietly as_postgres "$programs/pgbench" -h "$volume/pg/socket" -i -s 1 bench || echo "pgbench failed"
            quietly as_postgres "$programs/pgbench" -h "$volume/pg/socket" -c 2 -T 3600 bench &
        fi

        mkdir -p "$volume/fio" "$volume/files"
        quietly fio --directory="$volume/fio" --size=16m --time_based --runtime=3600 --rate=,"${rate}m" \\
            --name=random --ioengine=psync --rw=randwrite --bs=4k-32k --fsync=64 \\
            --name=sequential --ioengine=psync --rw=write --bs=256k --fsync=16 \\
            --name=direct --ioengine=libaio --iodepth=16 --direct=1 --rw=randwrite --bs=4k \\
            --name=mapped --ioengine=mmap --rw=randwrite --bs=4k --fsync=256 &
        files() {
            local count=0 number
            while :; do
                count=$((count + 1)) number=$((count % 20))
                head -c $((RANDOM * 60)) /dev/urandom > "$volume/files/$number" 2> /dev/null
                [ $((number % 3)) = 0 ] && rm -f "$volume/files/$(((number + 7) % 20))"
                [ $((number % 4)) = 0 ] && fallocate -l 1M "$volume/files/preallocated-$number"
                [ $((count % 100)) = 50 ] && fstrim "$volume"
                sleep 0.05
            done
        }
        quietly files &
        database() {
            while :; do
                echo "INSERT INTO t(x) VALUES(randomblob(2000)); DELETE FROM t WHERE n < (SELECT max(n) FROM t) - 500;"
            done | sqlite3 -cmd 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;' "$volume/sqlite.db"
        }
        sqlite3 "$volume/sqlite.db" 'CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, x BLOB);'
        quietly database &
        sleep 0.5
        echo ready
        wait
        """
}
