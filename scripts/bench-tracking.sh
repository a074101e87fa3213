#!/bin/bash
# What the tracker costs an application: fio on ext4 on a plain loop device, paired runs with the tracker off and on, at
# 20,000 IOPS and at full speed. Prints the median of the pairs' ratios, and how much two runs without the tracker differ:
# a target smaller than that cannot be judged. Called through as-root.sh. PAIRS=5 SECONDS_EACH=5 RATES="20000 0"
# FOLDER=/dev/shm puts the loop device's file into memory, where a run differs least from the next.
set -u -o pipefail
repository=$(cd "$(dirname "$0")/.." && pwd) || exit 1
tool=${TOOL:-$repository/.build/release/tracking-tool}
PATH=$PATH:/usr/sbin:/sbin
pairs=${PAIRS:-7} seconds=${SECONDS_EACH:-4} rates=${RATES:-20000 0}
base='' holder=''

# shellcheck disable=SC2317
finish() {
    local status=$?
    trap - EXIT
    stop_tracker
    [ -z "$base" ] || { umount "$base/volume" 2> /dev/null; rm -rf --one-file-system "$base"; }
    exit "$status"
}
fail() {
    echo "bench-tracking: $*" >&2
    exit 2
}
stop_tracker() {
    [ -n "$holder" ] || return 0
    exec 9>&-
    wait "$holder"
    holder=''
}
trap finish EXIT
trap 'exit 2' INT TERM HUP
[ "$(id -u)" = 0 ] || fail "must run as root"
[ -x "$tool" ] || fail "$tool is missing"
command -v fio > /dev/null || fail "fio is missing"

base=$(mktemp -d "${FOLDER:-/var/lib}/remanso-bench.XXXXXX") || fail "no folder"
mkdir "$base/volume" && truncate -s 1G "$base/image" || fail "no image"
mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$base/image" || fail "no file system"
mount -o loop "$base/image" "$base/volume" || fail "no volume"
mkfifo "$base/pipe"

start_tracker() {
    "$tool" hold "$base/volume" < "$base/pipe" > "$base/said" &
    holder=$!
    exec 9> "$base/pipe"
    for _ in $(seq 200); do
        grep -q ready "$base/said" && return 0
        sleep 0.05
    done
    fail "the tracker does not start: $(cat "$base/said")"
}

# IOPS of one run.
run() { # run RATE, 0 for full speed
    fio --name=w --filename="$base/volume/file" --size=512M --rw=randwrite --bs=4k --ioengine=libaio --direct=1 \
        --iodepth=16 --time_based --runtime="$seconds" "--rate_iops=$1" --randseed=7 --output-format=json 2> /dev/null |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["jobs"][0]["write"]["iops"])'
}
run 0 > /dev/null

for rate in $rates; do
    : > "$base/results"
    for pair in $(seq "$pairs"); do
        # The order alternates, so that a machine that warms up or tires favours neither.
        if [ $((pair % 2)) = 0 ]; then
            start_tracker; on=$(run "$rate"); stop_tracker
            off=$(run "$rate")
        else
            off=$(run "$rate")
            start_tracker; on=$(run "$rate"); stop_tracker
        fi
        echo "$off $on $(run "$rate")" >> "$base/results"
    done
    python3 - "$base/results" "$rate" << 'END'
import statistics, sys
rows = [list(map(float, line.split())) for line in open(sys.argv[1])]
ratio = statistics.median(on / off for off, on, _ in rows)
noise = statistics.median(abs(again / off - 1) for off, _, again in rows)
print(f"{'full speed' if sys.argv[2] == '0' else sys.argv[2]:>10}: off {statistics.median(r[0] for r in rows):8.0f} IOPS, on {statistics.median(r[1] for r in rows):8.0f}, "
      f"ratio {ratio:.3f} ({(1 - ratio) * 100:+.1f} % less), two runs without it differ by {noise * 100:.1f} %")
END
done

# What one event costs, by the kernel's own count: it does not depend on what else the machine does.
before=$(cat /proc/sys/kernel/bpf_stats_enabled)
echo 1 > /proc/sys/kernel/bpf_stats_enabled
start_tracker
run 0 > /dev/null
stop_tracker
echo "$before" > /proc/sys/kernel/bpf_stats_enabled
grep ' ns, ' "$base/said"
