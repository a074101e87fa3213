#define _GNU_SOURCE
#include "kernel.h"

#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/btrfs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int remanso_freeze(int fd) { return ioctl(fd, FIFREEZE, 0); }
int remanso_thaw(int fd) { return ioctl(fd, FITHAW, 0); }
int remanso_clone_file(int destination, int source) { return ioctl(destination, FICLONE, source); }
int remanso_syncfs(int fd) { return (int)syscall(SYS_syncfs, fd); }

int remanso_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int remanso_pidfd_open_thread(int tid) { return (int)syscall(SYS_pidfd_open, tid, O_EXCL /* PIDFD_THREAD */); }
int remanso_thread_id(void) { return (int)syscall(SYS_gettid); }
int remanso_become_user(uint32_t user, uint32_t group) {
    if (syscall(SYS_setgroups, 0, NULL) != 0 || syscall(SYS_setresgid, -1, group, -1) != 0) return -1;
    return (int)syscall(SYS_setresuid, -1, user, -1);
}
int remanso_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
}
int remanso_ignores_signal(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}
int remanso_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
int remanso_unshare_mounts(void) { return unshare(CLONE_NEWNS); }
int remanso_enter_mounts(int fd) {
    // A thread that shares its root with others may not enter.
    return unshare(CLONE_FS) != 0 ? -1 : setns(fd, CLONE_NEWNS);
}
int remanso_memfd(const char *name) { return (int)syscall(SYS_memfd_create, name, 0); }

int remanso_mount_identity(int fd, struct remanso_mount_identity *out) {
    struct statx s;
    memset(&s, 0, sizeof s);
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | 0x1000u /* STATX_MNT_ID */, &s) != 0) return -1;
    out->mount_id = s.stx_mnt_id;
    out->is_mount_root = (s.stx_attributes & 0x2000u /* STATX_ATTR_MOUNT_ROOT */) != 0;
    out->major = s.stx_dev_major;
    out->minor = s.stx_dev_minor;
    out->inode = s.stx_ino;
    return 0;
}

// The mount interface of Linux 5.2 (fsopen(2), move_mount(2)): glibc 2.35 and older have no wrappers.
int remanso_event_descriptor(void) { return eventfd(0, EFD_CLOEXEC); }
int remanso_timer_descriptor(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC); }
int remanso_timer_start(int timer, int64_t nanoseconds) {
    struct itimerspec once = {.it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000}};
    return timerfd_settime(timer, 0, &once, NULL);
}
int remanso_signal_descriptor(const void *signals) { return signalfd(-1, signals, SFD_CLOEXEC); }
int remanso_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int remanso_block_device(const char *path, uint32_t *major_number, uint32_t *minor_number) {
    struct stat s;
    if (stat(path, &s) != 0) return -1;
    if (!S_ISBLK(s.st_mode)) { errno = ENOTBLK; return -1; }
    *major_number = major(s.st_rdev);
    *minor_number = minor(s.st_rdev);
    return 0;
}

int remanso_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, 1u /* CLOEXEC */); }
int remanso_fsconfig_string(int fd, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, fd, 1u, key, value, 0);
}
int remanso_fsconfig_flag(int fd, const char *key) {
    return (int)syscall(SYS_fsconfig, fd, 0u, key, (const char *)0, 0);
}
int remanso_fsconfig_create(int fd) {
    return (int)syscall(SYS_fsconfig, fd, 6u, (const char *)0, (const char *)0, 0);
}
int remanso_fsmount(int fd, unsigned attributes) {
    return (int)syscall(SYS_fsmount, fd, 1u /* CLOEXEC */, attributes);
}
int remanso_move_mount(int fd, const char *path) {
    return (int)syscall(SYS_move_mount, fd, "", AT_FDCWD, path, 4u /* F_EMPTY_PATH */);
}
int remanso_clone_mount(const char *path) {
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, 1u /* OPEN_TREE_CLONE */ | O_CLOEXEC | AT_RECURSIVE);
}

int remanso_loop_free_number(int control) { return ioctl(control, LOOP_CTL_GET_FREE); }
int remanso_loop_configure(int loop, int backing, uint64_t offset, uint64_t size_limit, int read_only) {
    struct loop_config config;
    memset(&config, 0, sizeof config);
    config.fd = (uint32_t)backing;
    config.info.lo_offset = offset;
    config.info.lo_sizelimit = size_limit;
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
    return ioctl(loop, LOOP_CONFIGURE, &config);
}
int remanso_loop_shows(int loop, int file) {
    struct loop_info64 info;
    struct stat s;
    memset(&info, 0, sizeof info);
    if (ioctl(loop, LOOP_GET_STATUS64, &info) != 0 || fstat(file, &s) != 0) return -1;
    // A device may have several nodes.
    if (S_ISBLK(s.st_mode)) return info.lo_rdevice == s.st_rdev;
    return info.lo_inode == s.st_ino && info.lo_device == s.st_dev;
}
int remanso_copy_nocow(int destination, int source) {
    int flags = 0, wanted = 0;
    // A file system without such flags has nothing to copy.
    if (ioctl(source, FS_IOC_GETFLAGS, &wanted) != 0 || !(wanted & FS_NOCOW_FL)) return 0;
    if (ioctl(destination, FS_IOC_GETFLAGS, &flags) != 0) return -1;
    flags |= FS_NOCOW_FL;
    return ioctl(destination, FS_IOC_SETFLAGS, &flags);
}

int remanso_btrfs_snapshot_readonly(int directory, int source, const char *name) {
    struct btrfs_ioctl_vol_args_v2 args;
    memset(&args, 0, sizeof args);
    args.fd = source;
    args.flags = BTRFS_SUBVOL_RDONLY;
    if (strlen(name) >= sizeof args.name) { errno = ENAMETOOLONG; return -1; }
    strcpy(args.name, name);
    return ioctl(directory, BTRFS_IOC_SNAP_CREATE_V2, &args);
}
int remanso_btrfs_delete_subvolume(int directory, const char *name) {
    struct btrfs_ioctl_vol_args args;
    memset(&args, 0, sizeof args);
    if (strlen(name) >= sizeof args.name) { errno = ENAMETOOLONG; return -1; }
    strcpy(args.name, name);
    return ioctl(directory, BTRFS_IOC_SNAP_DESTROY, &args);
}
// The id of the subvolume that a descriptor lies in (0 on failure).
uint64_t remanso_btrfs_subvolume_id(int fd) {
    struct btrfs_ioctl_ino_lookup_args args;
    memset(&args, 0, sizeof args);
    args.objectid = 256 /* BTRFS_FIRST_FREE_OBJECTID */;
    return ioctl(fd, BTRFS_IOC_INO_LOOKUP, &args) == 0 ? args.treeid : 0;
}
int remanso_btrfs_path_in_subvolume(int fd, uint64_t inode, char *path, int capacity) {
    struct btrfs_ioctl_ino_lookup_args args;
    memset(&args, 0, sizeof args);
    args.objectid = inode;
    if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &args) != 0) return -1;
    if (snprintf(path, (size_t)capacity, "%s", args.name) >= capacity) { errno = ENAMETOOLONG; return -1; }
    return 0;
}
int remanso_filesystem_uuid(int fd, uint8_t uuid[16]) {
    struct { uint8_t length; uint8_t bytes[16]; } answer;
    memset(&answer, 0, sizeof answer);
    if (ioctl(fd, _IOR(0x15, 0, answer), &answer) == 0 && answer.length == 16) {
        memcpy(uuid, answer.bytes, 16);
        return 0;
    }
    struct btrfs_ioctl_fs_info_args btrfs;
    memset(&btrfs, 0, sizeof btrfs);
    if (ioctl(fd, BTRFS_IOC_FS_INFO, &btrfs) != 0) return -1;
    memcpy(uuid, btrfs.fsid, 16);
    return 0;
}
// How many subvolumes lie directly inside this one (-1 on failure).
int remanso_btrfs_nested_count(int fd) {
    struct btrfs_ioctl_get_subvol_rootref_args args;
    memset(&args, 0, sizeof args);
    int result = ioctl(fd, BTRFS_IOC_GET_SUBVOL_ROOTREF, &args);
    if (result != 0 && errno != EOVERFLOW) return -1;
    return args.num_items;
}

int64_t remanso_monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
