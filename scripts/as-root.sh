#!/bin/sh
# Runs a command as root in a mount namespace of its own, with a /run/remanso and a /sys/fs/bpf of its own: nothing that
# it mounts, freezes or pins is seen outside, and it meets no other run's lock.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo "This must run as root, because it mounts and freezes volumes of its own: sudo make ..." >&2
    exit 1
fi
# shellcheck disable=SC2016
exec unshare --mount --propagation private \
    sh -c 'mkdir -p /run/remanso && mount -t tmpfs -o mode=700,size=64m tmpfs /run/remanso || exit
        mount -t bpf -o mode=700 bpf /sys/fs/bpf || echo "no BPF file system: no tracking" >&2
        exec "$@"' as-root "$@"
