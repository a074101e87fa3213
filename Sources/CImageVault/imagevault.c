#define _GNU_SOURCE
#include "CImageVault.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>

int remanso_direct_flag(void) { return O_DIRECT; }

void *remanso_map(void *start, uint64_t old_size, uint64_t new_size) {
    void *map = start ? mremap(start, old_size, new_size, MREMAP_MAYMOVE)
                      : mmap(NULL, new_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

void remanso_advise_scattered(void *start, uint64_t size) { madvise(start, size, MADV_HUGEPAGE); }

int remanso_punch_hole(int file, uint64_t offset, uint64_t length) {
    return fallocate(file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, (off_t)offset, (off_t)length);
}
