#!/bin/sh
# Runs a script as root in a mount namespace of its own, so that nothing it mounts is seen outside or outlives it.
set -eu
if [ "$(id -u)" != 0 ]; then
    echo "This must run as root, because it mounts and freezes volumes of its own: sudo make ..." >&2
    exit 1
fi
exec unshare --mount --propagation private "$@"
