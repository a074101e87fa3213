#!/bin/bash
# The freeze of a 4 GiB volume under random writes: provider precopy, a bare FIFREEZE and FITHAW, and a copy of the whole
# device inside the freeze, in turns. Run as root in a mount namespace of its own: sudo sh scripts/as-root.sh bash
# scripts/bench-precopy.sh. ROUNDS=3, RATES="20" and KINDS="xfs" make it quick.
set -u -o pipefail
repository=$(cd "$(dirname "$0")/.." && pwd) || exit 1
tool=${TOOL:-$repository/.build/release/precopy-tool}
freezer=${FREEZER:-$repository/.build/release/remanso-freezer}
rounds=${ROUNDS:-5} rates=${RATES:-5 20 50} kinds=${KINDS:-ext4 xfs}
cd / || exit 1
base='' load='' volume=''

stop_load() {
    [ -z "$load" ] || { kill -KILL "$load" && wait "$load"; } 2> /dev/null
    load=''
}
unmount_volume() {
    [ -n "$volume" ] || return 0
    # First of all: should it still be frozen, everything below would wait for ever.
    mountpoint -q "$volume" && timeout 10 fsfreeze -u "$volume" 2> /dev/null
    for _ in $(seq 100); do
        mountpoint -q "$volume" || break
        umount "$volume" 2> /dev/null || sleep 0.1
    done
    rm -f "$base/image"
}
# shellcheck disable=SC2317
finish() {
    local status=$?
    trap '' INT TERM HUP
    trap - EXIT
    stop_load
    unmount_volume
    [ -z "$base" ] || rm -rf --one-file-system "$base"
    exit "$status"
}
fail() {
    echo "bench-precopy: $*" >&2
    exit 2
}
trap finish EXIT
trap 'exit 2' INT TERM HUP

mountpoint -q /run/remanso || fail "must run in a mount namespace of its own: sudo sh scripts/as-root.sh ..."
[ -x "$tool" ] && [ -x "$freezer" ] || fail "build precopy-tool and remanso-freezer first (-c release)"
base=$(mktemp -d /var/lib/remanso-bench.XXXXXX) || fail "no folder"
volume=$base/volume
mkdir "$volume" "$base/state"

make_volume() { # make_volume KIND: 4 GiB, of which 2 hold data
    truncate -s 4G "$base/image" || fail "no image"
    case $1 in
        ext4) mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$base/image" ;;
        *) mkfs.xfs -q -f "$base/image" ;;
    esac || fail "no file system"
    timeout 60 mount -o loop "$base/image" "$volume" || fail "no volume"
    timeout 300 fio --name=fill --directory="$volume" --filename=data --size=1g --rw=write --bs=1m --end_fsync=1 \
        > /dev/null || fail "no data"
    timeout 300 fio --name=fill --directory="$volume" --filename=other --size=1g --rw=write --bs=1m --end_fsync=1 \
        > /dev/null || fail "no data"
}
one() { # one WAY KIND RATE: a line of JSON
    local line
    line=$(timeout --kill-after=10 120 "$tool" "$1" "$volume" "$base/state" "$freezer") || line='{"failed":true}'
    echo "{\"way\":\"$1\",\"kind\":\"$2\",\"rate\":$3,\"result\":$line}"
}

for kind in $kinds; do
    make_volume "$kind"
    for rate in $rates; do
        # One process without children: killed, it is gone.
        fio --thread --name=load --directory="$volume" --filename=data --size=1g --rw=randwrite --bs=4k \
            --rate=,"${rate}m" --time_based --runtime=3600 > /dev/null 2>&1 &
        load=$!
        sleep 3
        for round in $(seq "$rounds"); do
            # In turns, the first one changing, so that what else the machine does meets all alike.
            if [ $((round % 2)) = 1 ]; then ways='freeze image'; else ways='image freeze'; fi
            [ $((round % 3)) = 1 ] && ways="$ways copy"
            for way in $ways; do
                one "$way" "$kind" "$rate"
                sleep 1
            done
        done
        stop_load
    done
    unmount_volume
done > "$base/lines"

[ -z "${RESULTS:-}" ] || cp "$base/lines" "$RESULTS"
python3 - "$base/lines" <<'END'
import json, statistics, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
def pick(kind, rate, way):
    return [l["result"] for l in lines if (l["kind"], l["rate"], l["way"]) == (kind, rate, way)]
def median(values): return statistics.median(values) if values else float("nan")
missed = 0
print("| volume | writes | freeze alone | precopy | ratio | last read | last bytes | rounds | bytes copied | whole copy frozen |")
print("|---|---|---|---|---|---|---|---|---|---|")
for kind in dict.fromkeys(l["kind"] for l in lines):
    for rate in dict.fromkeys(l["rate"] for l in lines):
        image = [r for r in pick(kind, rate, "image") if "failed" not in r]
        bare = median([r["windowMs"] for r in pick(kind, rate, "freeze") if "failed" not in r])
        copy = median([r["windowMs"] for r in pick(kind, rate, "copy") if "failed" not in r])
        failed = len(pick(kind, rate, "image")) - len(image)
        window = median([r["windowMs"] for r in image])
        ratio = window / bare
        if rate == 20 and not ratio <= 1.5: missed += 1
        print(f"| {kind} | {rate} MB/s | {bare:.0f} ms | {window:.0f} ms | {ratio:.2f} "
              f"| {median([r['takeMs'] for r in image]):.1f} ms | {median([r['finalBytes'] for r in image]) / 1e6:.1f} MB "
              f"| {median([len(r['rounds']) for r in image]):.0f} | {median([r['bytesRead'] for r in image]) / 1e6:.0f} MB "
              f"| {copy:.0f} ms |" + (f" {failed} failed" if failed else ""))
print("\nTarget: at most 1.5 times the freeze alone at 20 MB/s:", "met" if missed == 0 else "missed")
sys.exit(1 if missed else 0)
END
