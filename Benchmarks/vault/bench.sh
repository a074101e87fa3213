#!/bin/bash
# What images in the vault cost, next to restic and qemu-img: makes an image with real content, changes 2 % of it, lets the
# programs take turns, and removes all it made. Usage: bench.sh [GIBIBYTES [ROUNDS]] (4 and 3), as root in a mount namespace
# of its own (scripts/as-root.sh). Takes some ten minutes and three times the image's size in room below FOLDER, /var/lib.
set -eu -o pipefail
gibibytes=${1:-4} rounds=${2:-3}
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
cd "$repository"
swift build -c release --static-swift-stdlib --product image-vault-tool > /dev/null

folder=$(mktemp -d "${FOLDER:-/var/lib}/remanso-bench.XXXXXX")
trap 'rm -rf --one-file-system "$folder"' EXIT
trap 'exit 2' INT TERM HUP
tool=$repository/.build/release/image-vault-tool

bash "$here/make-image.sh" "$folder/day0.img" "$gibibytes"
cp --sparse=never "$folder/day0.img" "$folder/day1.img"
echo
echo "2 % of the blocks changed, in runs of 4 to 256 KiB anywhere:"
python3 "$here/change-image.py" "$folder/day1.img" runs > "$folder/changed.txt"
python3 "$here/measure.py" "$tool" "$folder" "$rounds"
echo
echo "The same change against the volume's size:"
python3 "$here/flat.py" "$tool" "$folder" 1 4 16
