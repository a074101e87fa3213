#include "cgroup.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int remanso_cgroup_identity(int fd, uint64_t *inode) {
    struct statfs filesystem;
    struct stat file;
    if (fstatfs(fd, &filesystem) != 0 || fstat(fd, &file) != 0) return -1;
    *inode = file.st_ino;
    return filesystem.f_type == CGROUP2_SUPER_MAGIC;
}

int remanso_cgroup_is_asked(int control) {
    char value = 0;
    ssize_t count = pread(control, &value, 1, 0);
    return count < 0 ? -1 : count == 1 && value == '1';
}

int remanso_cgroup_is_frozen(int events) {
    char text[256];
    ssize_t count = pread(events, text, sizeof text - 1, 0);
    if (count < 0) return -1;
    text[count] = 0;
    return strstr(text, "frozen 1") != NULL;
}

int remanso_cgroup_freeze(int control) { return pwrite(control, "1", 1, 0) == 1 ? 0 : -1; }

int remanso_cgroup_thaw(int control) {
    int asked = remanso_cgroup_is_asked(control);
    int result = asked == 1 && pwrite(control, "0", 1, 0) == 1 ? 0 : -1;
    // A group that is gone has no process that could stand still.
    if (asked == 0 || (result != 0 && errno == ENODEV)) errno = EINVAL;
    return result;
}
