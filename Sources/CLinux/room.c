#define _GNU_SOURCE
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The system call itself: glibc's fork waits for locks that another thread may have held.
static pid_t plain_fork(unsigned long flags) { return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0); }

int remanso_fork_into_room(void) {
    return plain_fork(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS);
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t length = (ssize_t)strlen(text), count = write(file, text, (size_t)length);
    int saved = errno;
    close(file);
    errno = saved;
    return count == length ? 0 : -1;
}

// What lies below is the machine's: a file's owner may write there, with or without capabilities.
static int protect(const char *path) {
    if (access(path, F_OK) != 0) return 0;
    if (mount(path, path, NULL, MS_BIND, NULL) != 0) return -1;
    return mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int mount_own_proc(void) {
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0) return -1;
    // Of this network namespace alone: an application may listen where it always does.
    write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
    static const char *const machine[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"};
    for (unsigned i = 0; i < sizeof machine / sizeof *machine; i++)
        if (protect(machine[i]) != 0) return -1;
    return 0;
}

static int bring_loopback_up(void) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    int number = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (number < 0) return -1;
    int result = ioctl(number, SIOCGIFFLAGS, &request);
    request.ifr_flags |= IFF_UP;
    if (result == 0) result = ioctl(number, SIOCSIFFLAGS, &request);
    int saved = errno;
    close(number);
    errno = saved;
    return result;
}

static int write_maps(void) {
    static const char all[] = "0 0 4294967295";
    return write_file("/proc/1/uid_map", all) != 0 || write_file("/proc/1/gid_map", all) != 0 ? errno : 0;
}

// Only a process outside a user namespace may map all its ids: a child that stays outside does it.
static int enter_user_namespace(void) {
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    pid_t mapper = plain_fork(0);
    if (mapper < 0) return -1;
    if (mapper == 0) {
        char byte;
        close(ends[1]);
        ssize_t count;
        do count = read(ends[0], &byte, 1); while (count < 0 && errno == EINTR);
        _exit(count == 1 ? write_maps() : 0);
    }
    close(ends[0]);
    int result = unshare(CLONE_NEWUSER), saved = errno;
    if (result == 0 && write(ends[1], "m", 1) != 1) result = -1;
    close(ends[1]);
    while (waitpid(mapper, &status, 0) < 0 && errno == EINTR) {}
    if (result == 0 && status != 0) {
        result = -1;
        saved = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
    }
    errno = saved;
    return result;
}

static int give_up_capabilities(void) {
    static const int kept[] = {CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,  CAP_FSETID,           CAP_KILL,    CAP_SETGID,
                               CAP_SETUID, CAP_SETPCAP,      CAP_IPC_LOCK, CAP_NET_BIND_SERVICE, CAP_SYS_NICE, CAP_SYS_RESOURCE};
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        int is_kept = 0;
        for (unsigned i = 0; i < sizeof kept / sizeof *kept; i++) is_kept |= kept[i] == capability;
        if (!is_kept && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return -1;
    }
    return 0;
}

int remanso_furnish_room(const struct remanso_room *room) {
    if (mount_own_proc() != 0 || bring_loopback_up() != 0) return -1;
    if (room->wants_user_namespace && enter_user_namespace() != 0) return -1;
    return give_up_capabilities();
}

int remanso_protect_mounts(void) {
    // struct mount_attr of linux/mount.h: attr_set, attr_clr, propagation, userns_fd.
    uint64_t attributes[4] = {1 /* RDONLY */ | 4 /* NODEV */, 0, 0, 0};
    return (int)syscall(442 /* mount_setattr */, AT_FDCWD, "/", 0x8000 /* AT_RECURSIVE */, attributes, sizeof attributes);
}
