#define _GNU_SOURCE
#include "kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scan {
    const struct remanso_scan *request;
    dev_t device;
    char *example;
    int capacity;
    int64_t count;
};

static int is_left_out(const struct scan *scan, const struct stat *s) {
    for (int i = 0; i < scan->request->left_out_count; i++)
        if (scan->request->left_out[i].device == s->st_dev && scan->request->left_out[i].inode == s->st_ino) return 1;
    return 0;
}

static void look(struct scan *scan, const struct stat *s, const char *folder, const char *name) {
    const struct timespec *changed = &s->st_ctim;
    const struct remanso_scan *request = scan->request;
    if (changed->tv_sec < request->seconds) return;
    if (changed->tv_sec == request->seconds && changed->tv_nsec < request->nanoseconds) return;
    if (scan->count++ == 0) snprintf(scan->example, (size_t)scan->capacity, "%s%s%s", folder, *name ? "/" : "", name);
}

// One descriptor a level and no list of names: any number of files in constant memory. `path` is for people only, and
// may be cut.
static int walk(struct scan *scan, int fd, char *path, size_t length) {
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        close(fd);
        return -1;
    }
    int result = 0;
    errno = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(folder)) != NULL; errno = 0) {
        struct stat s;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (fstatat(dirfd(folder), entry->d_name, &s, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
            // Gone since: after the copy, so it does not matter.
            result = errno == ENOENT ? 0 : -1;
            continue;
        }
        if (s.st_dev != scan->device || is_left_out(scan, &s)) continue;
        look(scan, &s, path, entry->d_name);
        if (!S_ISDIR(s.st_mode)) continue;
        int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOATIME;
        int child = openat(dirfd(folder), entry->d_name, flags);
        if (child < 0) {
            result = errno == ENOENT ? 0 : -1;
            continue;
        }
        int more = snprintf(path + length, (size_t)scan->capacity - length, "/%s", entry->d_name);
        size_t end = length + (size_t)more;
        result = walk(scan, child, path, end < (size_t)scan->capacity ? end : (size_t)scan->capacity - 1);
        path[length] = 0;
    }
    if (errno != 0) result = -1;
    closedir(folder);
    return result;
}

int64_t remanso_changes_since(const char *folder, const struct remanso_scan *request, char *example, int capacity) {
    struct stat s;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -1;
    if (fstat(fd, &s) != 0 || (int)strlen(folder) >= capacity) {
        close(fd);
        return -1;
    }
    struct scan scan = {.request = request, .device = s.st_dev, .example = example, .capacity = capacity};
    char path[capacity];
    snprintf(path, sizeof path, "%s", strcmp(folder, "/") == 0 ? "" : folder);
    look(&scan, &s, folder, "");
    return walk(&scan, fd, path, strlen(path)) == 0 ? scan.count : -1;
}
