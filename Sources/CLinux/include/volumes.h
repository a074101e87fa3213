// What imaging a volume's block device needs of the kernel.
#pragma once
#include <stdint.h>

// Opens a block device for reading past the page cache, which does not show what a file system has written.
int remanso_open_direct(const char *path);
// Bytes of a block device; 0 on failure.
uint64_t remanso_device_size(int device);
// Writes back what an ext4 journal still holds (EXT4_IOC_CHECKPOINT, Linux 5.14 and later).
int remanso_ext4_checkpoint(int fd);

// A query of FS_IOC_GETFSMAP and its answer, `capacity` records at a time.
struct remanso_free_map;
struct remanso_free_map *remanso_free_map_new(uint32_t capacity);
void remanso_free_map_free(struct remanso_free_map *map);
// Begins anew, at the file system's first block.
void remanso_free_map_rewind(struct remanso_free_map *map);
// Asks for the next records of the file system that `fd` lies on, which is on the device `major:minor`.
// Returns how many came, 0 at the end, -1 on failure.
int remanso_free_map_next(struct remanso_free_map *map, int fd);
// Whether the record is free space on this device, and where.
int remanso_free_map_record(
    const struct remanso_free_map *map, int index, uint32_t major_number, uint32_t minor_number, uint64_t *offset,
    uint64_t *length);
