#!/bin/bash
# The table of docs/benchmarks.md: Remanso against a bare FIFREEZE and FITHAW of the same two volumes. `make bench` runs
# it as root in a mount namespace of its own. ROUNDS=5 makes it quick. Exit status 1: a target was missed.
set -u -o pipefail
repository=$(cd "$(dirname "$0")/.." && pwd) || exit 1
remanso=${REMANSO:-$repository/.build/release/remanso}
cd / || exit 1
PATH=$PATH:/usr/sbin:/sbin

base='' state=''
volumes=()

# shellcheck disable=SC2317
finish() {
    local status=$?
    trap '' INT TERM HUP
    trap - EXIT
    # First of all: should any of these still be frozen, everything below would wait for ever.
    for volume in "${volumes[@]}"; do
        mountpoint -q "$volume" && timeout 10 fsfreeze -u "$volume" 2> /dev/null
    done
    for volume in "${volumes[@]}"; do
        for _ in $(seq 50); do
            mountpoint -q "$volume" || break
            umount "$volume" 2> /dev/null || sleep 0.1
        done
    done
    [ -z "$state" ] || umount /run/remanso 2> /dev/null
    [ "$state" = folder ] && rmdir /run/remanso 2> /dev/null
    [ -z "$base" ] || rm -rf --one-file-system "$base"
    exit "$status"
}
fail() {
    echo "bench: $*" >&2
    exit 2
}
trap finish EXIT
trap 'exit 2' INT TERM HUP

# shellcheck source=scripts/namespace.sh
. "$repository/scripts/namespace.sh"
if [ "$(id -u)" != 0 ] || ! has_own_namespace; then
    fail "must run as root in a mount namespace of its own: sudo make bench"
fi
[ -x "$remanso" ] || fail "$remanso is missing: run make"
swift build -c release --package-path "$repository/Benchmarks" > /dev/null || fail "the benchmarks cannot be built"

# Scripts that root runs must lie where nobody else can write: not below /tmp.
base=$(mktemp -d /var/lib/remanso-bench.XXXXXX) || fail "no folder"
for name in one two; do
    mkdir "$base/$name" && truncate -s 128M "$base/$name.img" || fail "no image"
    timeout 60 mkfs.ext4 -q -F -E lazy_itable_init=0,lazy_journal_init=0 "$base/$name.img" || fail "no file system"
    volumes+=("$base/$name")
    timeout 30 mount -o loop "$base/$name.img" "$base/$name" || fail "no volume"
done
if [ -d /run/remanso ]; then state=mount; else mkdir -m 700 /run/remanso && state=folder; fi
timeout 10 mount -t tmpfs -o mode=700 remanso-bench /run/remanso || fail "no state folder"

for phase in pre post; do
    printf '#!/bin/sh\nexit 0\n' > "$base/$phase.sh"
    chmod 700 "$base/$phase.sh"
done
cat > "$base/VMSnapshotScriptPluginConfig.json" << END
{
    "pluginName": "ScriptRunner",
    "preScriptLocation": "$base/pre.sh",
    "postScriptLocation": "$base/post.sh",
    "preScriptParams": [],
    "postScriptParams": [],
    "preScriptNoOfRetries": 0,
    "postScriptNoOfRetries": 0,
    "timeoutInSeconds": 30,
    "continueBackupOnFailure": true,
    "fsFreezeEnabled": true,
    "ScriptsExecutionPollTimeSeconds": 1
}
END
printf 'freeze:\n  deadline: 5s\n' > "$base/remanso.yaml"
head -c 32 /dev/urandom | base64 > "$base/vault.key"
chmod 600 "$base/VMSnapshotScriptPluginConfig.json" "$base/remanso.yaml" "$base/vault.key"

timeout --foreground --kill-after=20 900 "$repository/Benchmarks/.build/release/measure" \
    "$remanso" "$base" "$repository/Benchmarks/results.json" "${ROUNDS:-20}" "${volumes[@]}"
