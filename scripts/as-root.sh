#!/bin/sh
# Runs a command as root in a mount namespace of its own, with a /run/remanso of its own: nothing that it mounts or
# freezes is seen outside, and it meets no other run's lock.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo "This must run as root, because it mounts and freezes volumes of its own: sudo make ..." >&2
    exit 1
fi
# shellcheck disable=SC2016
exec unshare --mount --propagation private \
    sh -c 'mkdir -p /run/remanso && mount -t tmpfs -o mode=700,size=64m tmpfs /run/remanso && exec "$@"' as-root "$@"
