#pragma once

#include <stdint.h>

/// O_DIRECT, which glibc shows only with _GNU_SOURCE.
int remanso_direct_flag(void);

/// Makes a piece of memory larger, or a first one when `start` is NULL, by moving page tables, never bytes. (malloc copies
/// large pieces as well once a larger one has been freed.) NULL when there is no memory. munmap frees it.
void *remanso_map(void *start, uint64_t old_size, uint64_t new_size);

/// Tells the kernel that mapped memory is used all over: with huge pages, where there are any, finding a page costs less.
void remanso_advise_scattered(void *start, uint64_t size);

/// Begins to bring the memory at this address into the processor's cache.
static inline void remanso_prefetch(const void *address) { __builtin_prefetch(address, 1); }

/// Makes a part of a file or block device zero without taking up room; the file's length stays. 0, or -1 with errno.
int remanso_punch_hole(int file, uint64_t offset, uint64_t length);
