#define _GNU_SOURCE
#include "volumes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fsmap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

int remanso_open_direct(const char *path) { return open(path, O_RDONLY | O_DIRECT | O_CLOEXEC); }
uint64_t remanso_device_size(int device) {
    uint64_t size = 0;
    return ioctl(device, BLKGETSIZE64, &size) == 0 ? size : 0;
}
int remanso_ext4_checkpoint(int fd) {
    uint32_t flags = 0;
    return ioctl(fd, _IOW('f', 43, uint32_t), &flags);
}

struct remanso_free_map {
    int is_last;
    struct fsmap_head head;
};

struct remanso_free_map *remanso_free_map_new(uint32_t capacity) {
    struct remanso_free_map *map = calloc(1, sizeof *map + capacity * sizeof(struct fsmap));
    if (!map) return NULL;
    map->head.fmh_count = capacity;
    remanso_free_map_rewind(map);
    return map;
}
void remanso_free_map_free(struct remanso_free_map *map) { free(map); }
void remanso_free_map_rewind(struct remanso_free_map *map) {
    map->is_last = 0;
    map->head.fmh_entries = 0;
    memset(map->head.fmh_keys, 0, sizeof map->head.fmh_keys);
    struct fsmap *end = &map->head.fmh_keys[1];
    end->fmr_device = UINT32_MAX;
    end->fmr_flags = UINT32_MAX;
    end->fmr_physical = end->fmr_owner = end->fmr_offset = UINT64_MAX;
}
int remanso_free_map_next(struct remanso_free_map *map, int fd) {
    if (map->is_last) return 0;
    if (map->head.fmh_entries > 0) fsmap_advance(&map->head);
    if (ioctl(fd, FS_IOC_GETFSMAP, &map->head) != 0) return -1;
    uint32_t count = map->head.fmh_entries;
    map->is_last = count == 0 || (map->head.fmh_recs[count - 1].fmr_flags & FMR_OF_LAST);
    return (int)count;
}
int remanso_free_map_record(
    const struct remanso_free_map *map, int index, uint32_t major_number, uint32_t minor_number, uint64_t *offset,
    uint64_t *length) {
    const struct fsmap *record = &map->head.fmh_recs[index];
    if (!(record->fmr_flags & FMR_OF_SPECIAL_OWNER) || record->fmr_owner != FMR_OWN_FREE) return 0;
    // The device's number as the kernel gives it to user space (new_encode_dev); without the flag it is a mere cookie.
    if (!(map->head.fmh_oflags & FMH_OF_DEV_T)) return 0;
    uint32_t device =
        (minor_number & 0xff) | (major_number << 8) | ((minor_number & ~0xffu) << 12);
    if (record->fmr_device != device) return 0;
    *offset = record->fmr_physical;
    *length = record->fmr_length;
    return 1;
}
