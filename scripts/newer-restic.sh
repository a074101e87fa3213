#!/bin/sh
# Unpacks a newer restic than this Debian's own below .build-tools/, as a second judge of the repositories that Remanso
# writes. It comes from the mirror that apt uses here; the system's own package lists and packages stay as they are.
# Usage: newer-restic.sh [SUITE]   (trixie unless named)
set -eu
suite=${1:-trixie}
tools=$(cd "$(dirname "$0")/.." && pwd)/.build-tools
ls "$tools/restic-$suite"/usr/bin/restic > /dev/null 2>&1 && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# 'http://MIRROR/pool/main/r/restic/restic_….deb' …: the mirror is what stands before /pool/.
mirror_of_restic() { apt-get download --print-uris restic 2> /dev/null | sed -n "s|^'\(.*\)/pool/.*|\1|p" | head -n 1; }
mirror=$(mirror_of_restic)
if [ -z "$mirror" ]; then
    apt-get update -qq
    mirror=$(mirror_of_restic)
fi
[ -n "$mirror" ] || { echo "apt knows no mirror that has restic." >&2; exit 1; }
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$tools"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"
apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false "$@"
}
apt update
(cd "$work" && apt download restic)
dpkg-deb --extract "$work"/restic_*.deb "$work/restic"
rm -rf "$tools/restic-$suite"
mv "$work/restic" "$tools/restic-$suite"
