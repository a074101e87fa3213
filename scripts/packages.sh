#!/bin/sh
# Installs the Debian packages whose commands are missing. Usage: packages.sh build|test|demo|bench
set -eu

packages=""
need() { # need PACKAGE FILE-OR-COMMAND
    case $2 in
        /*) [ -e "$2" ] || packages="$packages $1" ;;
        *) command -v "$2" > /dev/null 2>&1 || packages="$packages $1" ;;
    esac
}

PATH=$PATH:/usr/sbin:/sbin
need make make
need git git
need libssl-dev /usr/include/openssl/evp.h
need libzstd-dev /usr/include/zstd.h
need libbpf-dev /usr/include/bpf/libbpf.h
case ${1:-build} in
    test | demo | bench)
        need restic restic
        need xfsprogs mkfs.xfs
        need btrfs-progs mkfs.btrfs
        need e2fsprogs mkfs.ext4
        need util-linux losetup
        need python3 python3
        need attr setfattr
        need fio fio
        ;;
esac
case ${1:-build} in
    test | demo)
        need sqlite3 sqlite3
        ls /usr/lib/postgresql/*/bin/postgres > /dev/null 2>&1 || packages="$packages postgresql"
        ;;
esac
[ -n "$packages" ] || exit 0
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
