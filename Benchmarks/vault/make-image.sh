#!/bin/bash
# Fills an ext4 image with what real disks hold: programs, logs, PostgreSQL after pgbench, SQLite, random data; 7/8 of it
# used. Usage: make-image.sh IMAGE GIBIBYTES. As root in a mount namespace of its own.
set -eu -o pipefail
image=$1 gibibytes=$2
# Mebibytes of a part of the content, given for an image of 4 GiB.
part() { echo $(($1 * gibibytes / 4)); }

place=$(mktemp -d /var/lib/remanso-bench.XXXXXX)
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
# shellcheck disable=SC2317
finish() {
    cd /
    [ ! -d "$place/pg" ] || as_postgres "$bin/pg_ctl" -D "$place/pg" -m immediate stop > /dev/null 2>&1 || true
    umount "$place" 2> /dev/null || true
    rmdir "$place" 2> /dev/null || true
}
trap finish EXIT

rm -f "$image"
truncate -s "${gibibytes}G" "$image"
mkfs.ext4 -q -F -m 0 "$image"
mount -o loop "$image" "$place"

mkdir "$place/usr" "$place/log" "$place/sqlite" "$place/random"
# tar complains that its input ends early: that is meant.
(tar -C / -c --one-file-system usr/lib usr/bin usr/share usr/include 2> /dev/null || true) |
    head -c "$(part 1450)M" | tar -C "$place" -x 2> /dev/null || true

python3 - "$place" "$(part 450)" "$(part 250)" << 'END'
import random, sqlite3, sys
place, logs, rows = sys.argv[1], int(sys.argv[2]) << 20, int(sys.argv[3]) << 20
random.seed(7)
hosts = [f"db{n}" for n in range(1, 9)]
words = ["checkpoint complete", "connection received", "slow query", "autovacuum of table", "GET /api/orders", "timeout"]
written = second = 0
with open(place + "/log/server.log", "w") as file:
    while written < logs:
        second += random.randrange(3)
        written += file.write(
            f"2026-11-{second // 86400 % 28 + 1:02} {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02} "
            f"{random.choice(hosts)} app[{random.randrange(65536)}]: {random.choice(words)} id={random.getrandbits(64):016x} "
            f"duration={random.random() * 1000:.3f} ms\n")
base = sqlite3.connect(place + "/sqlite/orders.db")
base.execute("create table orders (id integer primary key, customer text, amount real, note text)")
row = lambda: (f"customer {random.randrange(100000)}", random.random() * 500, random.choice(words) * 3)
base.executemany("insert into orders (customer, amount, note) values (?, ?, ?)", (row() for _ in range(rows // 90)))
base.commit()
END

head -c "$(part 450)M" /dev/urandom > "$place/random/data"

mkdir "$place/pg"
chown postgres "$place/pg"
cd "$place/pg"
as_postgres "$bin/initdb" -D "$place/pg" -A trust > /dev/null
as_postgres "$bin/pg_ctl" -D "$place/pg" -w -l "$place/pg/log.txt" -o "-c listen_addresses= -c max_wal_size=128MB -k $place/pg" start > /dev/null
as_postgres "$bin/pgbench" -h "$place/pg" -i -q -s "$(part 45)" postgres > /dev/null 2>&1
as_postgres "$bin/pgbench" -h "$place/pg" -c 4 -T 10 postgres > /dev/null 2>&1
as_postgres "$bin/pg_ctl" -D "$place/pg" -w stop > /dev/null
cd /
sync -f "$place"
df --output=used -BM "$place" | tail -n 1 >&2
