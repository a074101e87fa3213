#!/bin/bash
# Runs all tests and ends with one line: N passed, N failed. Called through as-root.sh. Arguments go to `swift test`.
#
# Two groups run side by side, one a core, each in a mount namespace and with a /run/remanso of its own; inside a group one
# test follows the other, because they freeze, kill and measure. The first group adopts orphans and leaves them as zombies
# until its end; Swift's exit tests, which are in the second, would wait beside those for ever.
set -u
cd "$(dirname "$0")/.." || exit 1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

swift build --build-tests || exit 1

group() { # group NAME [ARGUMENT...]: output to a file, results as XML
    local name=$1
    shift
    sh scripts/as-root.sh timeout --signal=TERM --kill-after=30 3000 \
        swift test --skip-build --ignore-lock --disable-xctest --no-parallel \
        --xunit-output "$results/$name.xml" "$@" > "$results/$name.log" 2>&1
}

if [ $# -gt 0 ]; then
    group chosen "$@"
    status=$?
    cat "$results/chosen.log"
else
    live='Privileged|FreezingTests|LinuxTests'
    group live --filter "$live" &
    first=$!
    # The long proof is `make prove`.
    group rest --skip "$live|SnapshotsTests.ProofTests" &
    second=$!
    wait $first
    status=$?
    wait $second || status=$?
    cat "$results/live.log" "$results/rest.log"
fi

# What failed and why, once more at the end, where it is found.
grep --no-filename --after-context=8 '^✘ .* recorded an issue' "$results"/*.log | grep '^[✘↳]' | cut -c 1-2000 || true

python3 - "$results" "$status" <<'END'
import glob, sys, xml.etree.ElementTree as tree
folder, status = sys.argv[1], int(sys.argv[2])
passed = failed = skipped = 0
for file in glob.glob(folder + "/*.xml"):
    try: cases = list(tree.parse(file).getroot().iter("testcase"))
    except tree.ParseError:  # it was killed before its end
        failed += 1
        continue
    for case in cases:
        if case.find("skipped") is not None: skipped += 1
        elif case.find("failure") is not None or case.find("error") is not None: failed += 1
        else: passed += 1
if status != 0 and failed == 0: failed = 1
if passed == 0: failed = max(failed, 1)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed else status)
END
