#pragma once

#include <stdint.h>

/// O_DIRECT, which glibc shows only with _GNU_SOURCE.
int remanso_direct_flag(void);

/// Makes a part of a file or block device zero without taking up room; the file's length stays. 0, or -1 with errno.
int remanso_punch_hole(int file, uint64_t offset, uint64_t length);
