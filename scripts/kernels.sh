#!/bin/bash
# Proves the tracker on other kernels than this machine's: boots Debian's 6.1 and 6.12 in an emulated machine (no KVM needed)
# with a RAM disk of our own, and there tracks a plain disk, LVM's device mapper, md raid and a loop device,
# with and without lockdown. `make kernels`. Usage: kernels.sh [6.1|6.12]...
set -u -o pipefail
repository=$(cd "$(dirname "$0")/.." && pwd) || exit 1
tool=${TOOL:-$repository/.build/release/tracking-tool}
cache=${CACHE:-$repository/.build/kernels}
PATH=$PATH:/usr/sbin:/sbin
# In the order in which they need each other.
modules="virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk loop dm-mod md-mod raid0 raid1 raid10"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

fail() {
    echo "kernels: $*" >&2
    exit 1
}
[ -x "$tool" ] || fail "$tool is missing"

# kernel SERIES: downloads and unpacks the newest kernel of that series, once.
kernel() {
    local series=$1 package
    [ "$(cat "$cache/$series/order" 2> /dev/null)" != "$modules" ] || return 0
    package=$(apt-cache search --names-only "^linux-image-${series/./[.]}[.][.0-9+deb-]*cloud-amd64\$" |
        cut -d' ' -f1 | sort -V | tail -1)
    [ -n "$package" ] || fail "no kernel $series among the packages: apt-get update"
    mkdir -p "$work/$series" "$cache/$series"
    (cd "$work/$series" && apt-get download -qq "$package" 2> /dev/null && dpkg-deb -x ./*.deb .) || fail "$package"
    for module in $modules; do
        file=$(find "$work/$series/lib/modules" -name "$module.ko*" | head -1)
        case $file in
            *.xz) xz -dc "$file" > "$cache/$series/$module.ko" ;;
            ?*) cp "$file" "$cache/$series/$module.ko" ;;
        esac
    done
    cp "$work/$series"/boot/vmlinuz-* "$cache/$series/vmlinuz"
    # The last: what a stopped download left is not taken for whole.
    echo "$modules" > "$cache/$series/order"
}

# mdadm, only unpacked: the package brings a service.
raid_program() {
    [ ! -x "$cache/mdadm" ] || return 0
    mkdir -p "$work/mdadm" "$cache"
    (cd "$work/mdadm" && apt-get download -qq mdadm 2> /dev/null && dpkg-deb -x ./*.deb .) || fail mdadm
    cp "$work/mdadm/sbin/mdadm" "$cache/"
}

# A program with the libraries that it needs, at their own paths.
add_program() {
    local path
    path=$(command -v "$1") || fail "$1 is missing"
    cp "$path" "$work/root/bin/"
    ldd "$path" 2> /dev/null | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$work/root$(dirname "$library")"
        cp -L "$library" "$work/root$library"
    done
}

ram_disk() {
    rm -rf "$work/root"
    mkdir -p "$work/root"/{bin,dev,proc,sys,run,mnt,modules}
    add_program "$tool"
    add_program dmsetup
    add_program "$cache/mdadm"
    add_program mkfs.ext4
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    cp "$cache/$1"/*.ko "$cache/$1/order" "$work/root/modules/"
    cat > "$work/root/init" << 'END'
#!/bin/busybox sh
export PATH=/bin
# A real root: the kernel's first one is not one that things are mounted on elsewhere.
if [ ! -e /started ]; then
    /bin/busybox --install -s /bin
    mount -t tmpfs -o mode=755 root /mnt
    mkdir -p /mnt/mnt/a /mnt/mnt/b /mnt/mnt/c /mnt/mnt/d /mnt/dev /mnt/proc /mnt/sys /mnt/run
    for folder in bin lib lib64 usr modules init; do [ ! -e /$folder ] || cp -a /$folder /mnt/; done
    touch /mnt/started
    exec switch_root /mnt /init
fi
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t securityfs security /sys/kernel/security
for module in $(cat /modules/order); do
    [ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vdb ] && break; sleep 1; done
echo "RESULT kernel $(uname -r) lockdown $(cat /sys/kernel/security/lockdown)"
step() { # step NAME EXPECTED COMMAND...
    local name=$1 expected=$2
    shift 2
    "$@" > /run/out 2>&1
    if grep -q "$expected" /run/out; then echo "RESULT pass $name: $(tail -2 /run/out | head -1)"
    else echo "RESULT FAIL $name: $(tail -3 /run/out | tr '\n' ' ')"; fi
}
verify() { step "$1" '^TRACKED' tracking-tool verify $2 $3 /run/t; }
doubt() { step "$1" "$2" tracking-tool doubt $3 /run/t; }

mount /dev/vda /mnt/a
verify disk /mnt/a /dev/vda

dmsetup create linear --table "0 65536 linear /dev/vdb 2048" > /run/out 2>&1 || cat /run/out
dmsetup mknodes
mkfs.ext4 -q -F /dev/mapper/linear
mount /dev/mapper/linear /mnt/b
verify 'device mapper' /mnt/b /dev/mapper/linear
doubt 'device mapper, untouched' 'DOUBT none' /mnt/b
dd if=/dev/zero of=/dev/vdb bs=512 count=1 seek=70000 conv=notrunc 2> /dev/null
doubt 'device mapper, disk below written' 'opened for writing' /mnt/b
verify 'device mapper, again' /mnt/b /dev/mapper/linear
# table OFFSET: puts the volume elsewhere on its disk.
table() { dmsetup load linear --table "0 65536 linear /dev/vdb $1" && dmsetup suspend linear && dmsetup resume linear; }
table 4096
table 2048
doubt 'device mapper, another table for a while' 'mapped' /mnt/b
dmsetup load linear --table "0 65536 linear /dev/vdb 4096"
verify 'device mapper, another table waiting' /mnt/b /dev/mapper/linear
doubt 'device mapper, another table only waiting' 'DOUBT none' /mnt/b
dmsetup suspend linear
dmsetup resume linear
doubt 'device mapper, another table' 'mapped' /mnt/b

for level in 0 10 1; do
    mdadm --create /dev/md0 --run --level=$level --raid-devices=2 /dev/vdc /dev/vdd > /run/out 2>&1 || cat /run/out
    # Until its halves are alike, a mirror reads now one, now the other.
    while grep -q 'resync\|recovery' /proc/mdstat; do sleep 1; done
    mkfs.ext4 -q -F /dev/md0
    mount /dev/md0 /mnt/d
    verify "md raid$level" /mnt/d /dev/md0
    doubt "md raid$level, untouched" 'DOUBT none' /mnt/d
    echo 0 > /sys/block/md0/queue/iostats
    step "md raid$level, without statistics" 'missed 0 doubt the kernel counted' tracking-tool verify /mnt/d /dev/md0 /run/t
    if [ $level = 0 ]; then dd if=/dev/zero of=/dev/vdc bs=512 count=1 seek=70000 conv=notrunc 2> /dev/null
    else mdadm /dev/md0 --fail /dev/vdd --remove /dev/vdd > /run/out 2>&1 || cat /run/out; fi
    doubt "md raid$level, disk below changed" 'opened for writing' /mnt/d
    umount /mnt/d
    mdadm --stop /dev/md0 > /run/out 2>&1 || cat /run/out
    mdadm --zero-superblock /dev/vdc /dev/vdd > /run/out 2>&1 || cat /run/out
done

dd if=/dev/zero of=/mnt/a/image bs=1M count=24 2> /dev/null
mkfs.ext4 -q -F /mnt/a/image
losetup /dev/loop0 /mnt/a/image
mount /dev/loop0 /mnt/c
verify loop /mnt/c /dev/loop0
sha256sum /mnt/a/image > /run/out
doubt 'loop, image read' 'DOUBT none' /mnt/c
echo x | dd of=/mnt/a/image bs=512 seek=9000 conv=notrunc 2> /dev/null
doubt 'loop, image written' 'opened for writing' /mnt/c
poweroff -f
END
    chmod 755 "$work/root/init"
    (cd "$work/root" && find . | busybox cpio -o -H newc 2> /dev/null | gzip -1 > "$work/initrd") || fail "no RAM disk"
}

# boot SERIES LOCKDOWN: prints the results; the machine is stopped after five minutes.
boot() {
    for disk in one two three four; do truncate -s 64M "$work/$disk"; done
    mkfs.ext4 -q -F "$work/one"
    timeout --foreground 300 qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m 768 -nodefaults \
        -no-user-config -no-reboot -display none -serial stdio \
        -kernel "$cache/$1/vmlinuz" -initrd "$work/initrd" \
        -append "console=ttyS0 quiet loglevel=3 panic=-1 clearcpuid=cx16 no_timer_check mitigations=off audit=0 ${2:+lockdown=$2}" \
        -drive "file=$work/one,format=raw,if=virtio" -drive "file=$work/two,format=raw,if=virtio" \
        -drive "file=$work/three,format=raw,if=virtio" -drive "file=$work/four,format=raw,if=virtio" \
        < /dev/null > "$work/log" 2>&1
    [ -z "${KEEP_LOG:-}" ] || cp "$work/log" "$KEEP_LOG"
    tr -d '\r' < "$work/log" | grep -o 'RESULT.*' | sed "s/^RESULT //"
    if ! grep -q 'loop, image written' "$work/log"; then
        tail -20 "$work/log"
        return 1
    fi
    ! grep -q 'RESULT FAIL' "$work/log"
}

status=0
raid_program
[ $# -gt 0 ] || set -- 6.1 6.12
for series in "$@"; do
    kernel "$series"
    ram_disk "$series"
    for lockdown in '' integrity confidentiality; do boot "$series" "$lockdown" || status=1; done
done
exit $status
