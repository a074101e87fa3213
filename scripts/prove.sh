#!/bin/sh
# Runs the long proof, its volumes and vaults in memory when 16 GiB of that are free. Called through as-root.sh, whose mount
# namespace takes the file system in memory away at the end.
set -eu
free=$(awk '$1 == "MemAvailable:" { print int($2 / 1048576) }' /proc/meminfo)
if [ "$free" -ge 16 ]; then
    REMANSO_TESTS_FOLDER=$(mktemp -d /var/lib/remanso-prove.XXXXXX)
    export REMANSO_TESTS_FOLDER
    trap 'umount -l "$REMANSO_TESTS_FOLDER"; rmdir "$REMANSO_TESTS_FOLDER"' EXIT
    mount -t tmpfs -o size=12g,mode=700 tmpfs "$REMANSO_TESTS_FOLDER"
fi
timeout --kill-after=30 7200 "$@"
