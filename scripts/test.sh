#!/bin/bash
# Runs all tests in a private mount namespace and ends with one line: N passed, N failed.
set -u
cd "$(dirname "$0")/.." || exit 1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

swift build --build-tests || exit 1
timeout --signal=TERM --kill-after=30 3600 \
    swift test --skip-build --disable-xctest --no-parallel --xunit-output "$results/tests.xml" "$@"
status=$?

python3 - "$results" "$status" <<'END'
import glob, sys, xml.etree.ElementTree as tree
folder, status = sys.argv[1], int(sys.argv[2])
passed = failed = skipped = 0
for file in glob.glob(folder + "/*.xml"):
    for case in tree.parse(file).getroot().iter("testcase"):
        if case.find("skipped") is not None: skipped += 1
        elif case.find("failure") is not None or case.find("error") is not None: failed += 1
        else: passed += 1
if status != 0 and failed == 0: failed = 1
if passed == 0: failed = max(failed, 1)
print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed else status)
END
