#include "CBlockTracking.h"
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

int64_t remanso_filesystem_magic(const char *path)
{
    struct statfs status;
    return statfs(path, &status) == 0 ? (int64_t)status.f_type : -1;
}

int remanso_file_identity(int file, struct remanso_file_identity *out)
{
    struct stat status;
    struct statfs filesystem;
    if (fstat(file, &status) != 0 || fstatfs(file, &filesystem) != 0) return -1;
    out->inode = status.st_ino;
    out->major = major(status.st_dev);
    out->minor = minor(status.st_dev);
    out->magic = filesystem.f_type;
    return 0;
}
