// Calls and constants of the Linux kernel that Swift's Glibc module lacks. Each returns what the call returns,
// with errno set, so that Swift sees the plain system interface. No system header is included here: its types would then
// belong to this module and no longer to Glibc. `pid_t` is an int, and a `sigset_t` is passed by its address.
#pragma once
#include <stdint.h>

int remanso_freeze(int fd);
int remanso_thaw(int fd);
int remanso_clone_file(int destination, int source);
int remanso_syncfs(int fd);
int remanso_pidfd_open(int pid);
// Of one thread: readable as soon as that thread has ended, whatever the others do (Linux 6.9 and later). Not of a main
// thread, whose end the kernel tells only with the last of the others (Linux 6.15 and later).
int remanso_pidfd_open_thread(int tid);
int remanso_pidfd_signal(int pidfd, int signal);
// Whether SIG_IGN is set for it: Swift cannot compare handlers.
int remanso_ignores_signal(int signal);
int remanso_thread_id(void);
// Gives the calling thread alone another effective user and group, and takes its further groups: the calls of glibc would
// change every thread. What the thread connects to sees the new user. -1 on failure; nothing takes it back.
int remanso_become_user(uint32_t user, uint32_t group);
int remanso_become_subreaper(void);
int remanso_unshare_mounts(void);
// Enters another mount namespace with the calling thread alone.
int remanso_enter_mounts(int fd);
int remanso_memfd(const char *name);
// Close-on-exec descriptors: a counter (eventfd), a timer that fires once (timerfd), signals (signalfd), a pipe.
int remanso_event_descriptor(void);
int remanso_timer_descriptor(void);
int remanso_timer_start(int timer, int64_t nanoseconds);
int remanso_signal_descriptor(const void *signals);
int remanso_pipe(int ends[2]);
// The device numbers of a block special file; -1 with ENOTBLK when the path is none.
int remanso_block_device(const char *path, uint32_t *major_number, uint32_t *minor_number);
// The mount a descriptor stands on: its id, whether the descriptor is the mount's root, and the device's numbers.
struct remanso_mount_identity {
    uint64_t mount_id;
    int is_mount_root;
    uint32_t major, minor;
    uint64_t inode;
};
int remanso_mount_identity(int fd, struct remanso_mount_identity *out);

// The mount interface of Linux 5.2 (fsopen(2), move_mount(2)): glibc 2.35 and older have no wrappers.
int remanso_fsopen(const char *type);
int remanso_fsconfig_string(int fd, const char *key, const char *value);
int remanso_fsconfig_flag(int fd, const char *key);
int remanso_fsconfig_create(int fd);
int remanso_fsmount(int fd, unsigned attributes);
int remanso_move_mount(int fd, const char *path);
int remanso_clone_mount(const char *path);
enum { REMANSO_MOUNT_RDONLY = 1, REMANSO_MOUNT_NOSUID = 2, REMANSO_MOUNT_NODEV = 4, REMANSO_MOUNT_NOATIME = 0x10 };

int remanso_loop_free_number(int control);
int remanso_loop_configure(int loop, int backing, uint64_t offset, uint64_t size_limit, int read_only);
// Whether a loop device shows just this file or block device: 1 or 0, and -1 on failure.
int remanso_loop_shows(int loop, int file);
// Gives an empty file the attribute "no copy-on-write" if the other one has it: btrfs clones only between equals.
int remanso_copy_nocow(int destination, int source);
int remanso_btrfs_snapshot_readonly(int directory, int source, const char *name);
int remanso_btrfs_delete_subvolume(int directory, const char *name);
// The id of the subvolume that a descriptor lies in (0 on failure).
uint64_t remanso_btrfs_subvolume_id(int fd);
// The path of a folder within its subvolume, with a slash at its end; empty for the subvolume's own root.
int remanso_btrfs_path_in_subvolume(int fd, uint64_t inode, char *path, int capacity);
// The UUID of the file system that a descriptor lies in (Linux 6.9 and later).
int remanso_filesystem_uuid(int fd, uint8_t uuid[16]);
struct remanso_file { uint64_t device, inode; };
struct remanso_scan {
    int64_t seconds, nanoseconds;  // of the calendar clock
    const struct remanso_file *left_out;
    int left_out_count;
};
// How many files of one file system changed their status at or after an instant; the first one's path goes to
// `example`. What is left out is left out with all below it. -1 when anything could not be looked at.
int64_t remanso_changes_since(const char *folder, const struct remanso_scan *request, char *example, int capacity);
// How many subvolumes lie directly inside this one (-1 on failure).
int remanso_btrfs_nested_count(int fd);
