#define _GNU_SOURCE
#include "CImageVault.h"

#include <fcntl.h>

int remanso_direct_flag(void) { return O_DIRECT; }

int remanso_punch_hole(int file, uint64_t offset, uint64_t length) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, (off_t)offset, (off_t)length);
}
