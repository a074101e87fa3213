#!/bin/sh
# Installs the Debian packages whose commands are missing. Usage: packages.sh build|test|demo|bench|kernels
set -eu

packages=""
need() { # need PACKAGE FILE-OR-COMMAND
    case $2 in
        /*) [ -e "$2" ] || packages="$packages $1" ;;
        *) command -v "$2" > /dev/null 2>&1 || packages="$packages $1" ;;
    esac
}

PATH=$PATH:/usr/sbin:/sbin
# A second judge of the vaults that the tests write, and an S3 server; without them those tests fail and say so.
more_tools() {
    [ "$1" = test ] || return 0
    sh "$(dirname "$0")/newer-restic.sh" || echo "A newer restic could not be fetched: tests will fail." >&2
    sh "$(dirname "$0")/object-store.sh" || echo "No object store could be fetched: tests will fail." >&2
}
need make make
need git git
need libssl-dev /usr/include/openssl/evp.h
need libzstd-dev /usr/include/zstd.h
need libbpf-dev /usr/include/bpf/libbpf.h
need libcurl4-openssl-dev "/usr/include/$(uname -m)-linux-gnu/curl/curl.h"
case ${1:-build} in
    test | demo | bench)
        need restic restic
        need xfsprogs mkfs.xfs
        need btrfs-progs mkfs.btrfs
        need e2fsprogs mkfs.ext4
        need util-linux losetup
        need python3 python3
        need attr setfattr
        need fuse3 fusermount3
        ;;
esac
case ${1:-build} in
    test)
        need rclone rclone
        python3 -c 'import ensurepip' 2> /dev/null || packages="$packages python3-venv"
        need acl getfacl
        need psmisc fuser
        need fio fio
        need openssl openssl
        need dmsetup dmsetup
        need redis-server redis-server
        need redis-tools redis-check-aof
        need libsqlite3-0 "/usr/lib/$(uname -m)-linux-gnu/libsqlite3.so.0"
        need mariadb-server mariadbd
        need mariadb-client mariadb
        need libmariadb3 "/usr/lib/$(uname -m)-linux-gnu/libmariadb.so.3"
        ;;
esac
case ${1:-build} in
    test | demo)
        need sqlite3 sqlite3
        ls /usr/lib/postgresql/*/bin/postgres > /dev/null 2>&1 || packages="$packages postgresql"
        ;;
esac
case ${1:-build} in
    bench)
        need fio fio
        need qemu-utils qemu-img
        need sqlite3 sqlite3
        ls /usr/lib/postgresql/*/bin/postgres > /dev/null 2>&1 || packages="$packages postgresql"
        ;;
    kernels)
        need qemu-system-x86 qemu-system-x86_64
        need seabios /usr/share/seabios/bios-256k.bin
        need busybox-static busybox
        need dmsetup dmsetup
        need xz-utils xz
        need e2fsprogs mkfs.ext4
        ;;
esac
if [ -z "$packages" ]; then
    more_tools "${1:-build}"
    exit 0
fi
if ! command -v apt-get > /dev/null; then
    echo "These packages are missing, and apt-get is not here to install them:$packages" >&2
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing; install them as root: apt-get install$packages" >&2
    exit 1
fi
echo "Installing:$packages" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages > /dev/null
# Tests start servers of their own; one that came with its package only now is nobody's.
for service in redis-server mariadb; do
    case "$packages " in
        *" $service "* | *" $service-server "*) systemctl disable --now $service > /dev/null 2>&1 || true ;;
    esac
done
more_tools "${1:-build}"
