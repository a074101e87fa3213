// What Swift cannot say about memory that the kernel writes too: atomic operations on single words.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "layout.h"

// Takes what is set in `live` and nothing that is set later: adds each word to `taken` (if there is one) and to `result`
// before its bits are cleared, so that whoever is killed in between has lost nothing.
void remanso_take_bits(uint64_t *live, uint64_t *taken, uint64_t *result, size_t words);
// Sets bits that the kernel may set at the same time.
void remanso_set_bits(uint64_t *words, size_t word, uint64_t bits);
// How many bits are set.
uint64_t remanso_count_bits(const uint64_t *words, size_t count);
// Copies words that the kernel writes.
void remanso_copy_bits(const uint64_t *from, uint64_t *to, size_t words);

// Finds the first write in flight from a place of the table on; the number of places when there is none. The entry may be
// half of one write and half of the next: then neither was there during the whole call.
size_t remanso_write_in_flight(const struct remanso_in_flight *table, size_t place, struct remanso_in_flight *out);
// Frees every place of the table.
void remanso_forget_writes(struct remanso_in_flight *table);

// The type of the file system that a path lies in, as in linux/magic.h; -1 on failure.
int64_t remanso_filesystem_magic(const char *path);
// An open file, and the device and type of its file system.
struct remanso_file_identity { uint64_t inode; uint32_t major, minor; int64_t magic; };
int remanso_file_identity(int file, struct remanso_file_identity *out);
enum { REMANSO_BPF_MAGIC = 0xcafe4a11, REMANSO_EXT4_MAGIC = 0xef53, REMANSO_XFS_MAGIC = 0x58465342 };

// What device mapper maps a device to, as a hash of its table; -1 when it does not say.
int remanso_mapping(uint32_t major, uint32_t minor, uint64_t *hash);

// Keeps what libbpf says instead of printing it; the last sentences are given back, for the thread that calls.
void remanso_bpf_quiet(void);
const char *remanso_bpf_last_words(void);
