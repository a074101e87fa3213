#!/bin/bash
# All benchmarks, one after another: a run, the freeze of any disk, the tracker's cost, images in the vault, a backup
# against the volume's size. About 45 minutes on a quiet machine. Each can be run by itself. Called through as-root.sh;
# the status says whether every target was met.
set -u
cd "$(dirname "$0")/.." || exit 1
status=0
for bench in scripts/bench-run.sh scripts/bench-precopy.sh scripts/bench-tracking.sh Benchmarks/vault/bench.sh; do
    printf '\n== %s\n' "$bench"
    bash "$bench" || status=1
done
printf '\n== Benchmarks/vault/backup-size.py\n'
python3 Benchmarks/vault/backup-size.py .build/release/remanso /var/lib || status=1
exit $status
