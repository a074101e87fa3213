#include "CBlockTracking.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

// FNV-1a: tells two tables apart, and does not keep the key of a dm-crypt that stands in one.
static uint64_t mix(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) hash = (hash ^ byte[i]) * 0x100000001b3ull;
    return hash;
}

static uint64_t hash_of(const struct dm_ioctl *answer)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    const char *first = (const char *)answer + answer->data_start;
    const char *end = (const char *)answer + answer->data_size;
    const char *place = first;
    for (uint32_t i = 0; i < answer->target_count; i++) {
        struct dm_target_spec target;
        if (place < first || place + sizeof target > end) break;
        memcpy(&target, place, sizeof target);
        hash = mix(hash, &target.sector_start, sizeof target.sector_start);
        hash = mix(hash, &target.length, sizeof target.length);
        hash = mix(hash, target.target_type, strnlen(target.target_type, sizeof target.target_type));
        const char *parameters = place + sizeof target;
        hash = mix(hash, parameters, strnlen(parameters, (size_t)(end - parameters)));
        place = first + target.next;
    }
    return hash;
}

int remanso_mapping(uint32_t major, uint32_t minor, uint64_t *hash)
{
    int control = open("/dev/" DM_DIR "/" DM_CONTROL_NODE, O_RDWR | O_CLOEXEC);
    if (control < 0) return -1;
    int result = -1;
    // A table is rarely longer than a page; one with many snapshots or stripes may be.
    for (size_t room = 16 << 10; result != 0 && room <= 16 << 20; room *= 4) {
        struct dm_ioctl *request = calloc(1, room);
        if (!request) break;
        // The kernel takes any version that begins with its own first number.
        request->version[0] = DM_VERSION_MAJOR;
        request->data_size = (uint32_t)room;
        request->data_start = sizeof *request;
        request->dev = makedev(major, minor);
        request->flags = DM_STATUS_TABLE_FLAG | DM_SECURE_DATA_FLAG;
        int failed = ioctl(control, DM_TABLE_STATUS, request);
        int is_whole = !failed && !(request->flags & DM_BUFFER_FULL_FLAG);
        if (is_whole) *hash = hash_of(request);
        explicit_bzero(request, room);
        free(request);
        if (failed) break;
        if (is_whole) result = 0;
    }
    close(control);
    return result;
}
