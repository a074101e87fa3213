#pragma once

#include <stdint.h>

/// O_DIRECT, which glibc shows only with _GNU_SOURCE.
int remanso_direct_flag(void);

/// Makes a piece of memory larger, or a first one when `start` is NULL, by moving page tables, never bytes. (malloc copies
/// large pieces as well once a larger one has been freed.) NULL when there is no memory. munmap frees it.
void *remanso_map(void *start, uint64_t old_size, uint64_t new_size);

/// Makes a part of a file or block device zero without taking up room; the file's length stays. 0, or -1 with errno.
int remanso_punch_hole(int file, uint64_t offset, uint64_t length);
