// SPDX-License-Identifier: GPL-2.0
// Marks every block of one volume that is written or discarded, in maps that outlive whoever loaded it.
//
// A write is entered in the table of writes in flight first and marked second: whoever clears the marks and then reads
// the table misses nothing, whatever comes between.
#include "layout.h"

typedef uint64_t u64;
typedef uint32_t u32;

#define SEC(name) __attribute__((section(name), used))
#define ALWAYS_INLINE inline __attribute__((always_inline))
// The loader fits the offsets to the running kernel (CO-RE).
#define OF_KERNEL __attribute__((preserve_access_index))

// Helpers of the kernel by their numbers (linux/bpf.h).
static void *(*const map_lookup)(void *map, const void *key) = (void *)1;

enum { MAP_HASH = 1, MAP_ARRAY = 2, MAP_PERCPU_ARRAY = 6, MAP_MMAPABLE = 1 << 10 };
#define MAP(name, kind, entries, flags, key_type, value_type)                                          \
    struct {                                                                                          \
        int (*type)[kind];                                                                            \
        int (*max_entries)[entries];                                                                  \
        int (*map_flags)[flags];                                                                      \
        key_type *key;                                                                                \
        value_type *value;                                                                            \
    } name SEC(".maps")

// The loader sets the sizes of the four maps of bits.
MAP(written, MAP_ARRAY, 1, MAP_MMAPABLE, u32, u64);
MAP(written_coarse, MAP_ARRAY, 1, MAP_MMAPABLE, u32, u64);
MAP(discarded, MAP_ARRAY, 1, MAP_MMAPABLE, u32, u64);
MAP(discarded_coarse, MAP_ARRAY, 1, MAP_MMAPABLE, u32, u64);
MAP(config, MAP_ARRAY, 1, 0, u32, struct remanso_track_config);
MAP(counters, MAP_PERCPU_ARRAY, REMANSO_COUNTERS, 0, u32, u64);
MAP(in_flight, MAP_ARRAY, 1 << REMANSO_IN_FLIGHT_SHIFT, MAP_MMAPABLE, u32, struct remanso_in_flight);
MAP(in_flight_reach, MAP_ARRAY, 1, 0, u32, u64);
MAP(guard, MAP_ARRAY, 1, 0, u32, struct remanso_guard);
MAP(watched, MAP_HASH, REMANSO_WATCHED_ENTRIES, 0, u32, u32);

struct gendisk { int major, first_minor; } OF_KERNEL;
struct block_device { u32 bd_dev; struct gendisk *bd_disk; } OF_KERNEL;
struct bvec_iter { u64 bi_sector; u32 bi_size; } OF_KERNEL;
struct bio {
    struct bio *bi_next;
    struct block_device *bi_bdev;
    u32 bi_opf;
    uint8_t bi_status;
    struct bvec_iter bi_iter;
    void *bi_private;
} OF_KERNEL;
struct request_queue { struct gendisk *disk; } OF_KERNEL;
struct request { struct request_queue *q; struct bio *bio; u32 cmd_flags; } OF_KERNEL;

// The numbers of these have not changed since Linux 4.10; that of zone append has, in 6.9.
enum { READ = 0, WRITE = 1, FLUSH = 2, DISCARD = 3, SECURE_ERASE = 5, WRITE_ZEROES = 9, DRIVER_IN = 34, DRIVER_OUT = 35 };
enum { STATUS_AGAIN = 12 };
enum req_op { REQ_OP_ZONE_APPEND = 7 };
#define ZONE_APPEND ((u32)__builtin_preserve_enum_value(*(enum req_op *)REQ_OP_ZONE_APPEND, 1))

static ALWAYS_INLINE u32 number(int major, int minor) { return (u32)major << 20 | (u32)minor; }

static ALWAYS_INLINE void count(u32 counter, u64 n)
{
    u64 *value = map_lookup(&counters, &counter);
    if (value) __sync_fetch_and_add(value, n);
}

static ALWAYS_INLINE struct remanso_track_config *configuration(void)
{
    u32 zero = 0;
    return map_lookup(&config, &zero);
}

// Sets the bits from `first` to `last`; no more than `most` words are touched, which the verifier has to know.
static ALWAYS_INLINE void set_bits(void *map, u64 first, u64 last, int most)
{
    for (int i = 0; i < most; i++) {
        u32 word = (first >> 6) + i;
        if (word > last >> 6) return;
        u64 mask = ~0ull;
        if (i == 0) mask &= ~0ull << (first & 63);
        if (word == last >> 6) mask &= ~0ull >> (63 - (last & 63));
        u64 *value = map_lookup(map, &word);
        if (!value) {
            count(REMANSO_OUT_OF_RANGE, 1);
            return;
        }
        // A cache line that is not written to stays shared between the processors.
        if ((*(volatile u64 *)value & mask) != mask) __sync_fetch_and_or(value, mask);
    }
    if ((first >> 6) + most <= last >> 6) count(REMANSO_OUT_OF_RANGE, 1);
}

enum { FINE_WORDS = (1 << REMANSO_COARSE_SHIFT) / 64 + 1, COARSE_WORDS = 6 };

// Marks sectors that lie within the volume, counted from its start; `last` is included.
static ALWAYS_INLINE void mark(u64 first, u64 last, int is_discard)
{
    u32 shift = (is_discard ? REMANSO_DISCARDED_SHIFT : REMANSO_WRITTEN_SHIFT) - 9;
    first >>= shift;
    last >>= shift;
    if (last - first < 1 << REMANSO_COARSE_SHIFT) {
        if (is_discard) set_bits(&discarded, first, last, FINE_WORDS);
        else set_bits(&written, first, last, FINE_WORDS);
    } else {
        first >>= REMANSO_COARSE_SHIFT;
        last >>= REMANSO_COARSE_SHIFT;
        if (is_discard) set_bits(&discarded_coarse, first, last, COARSE_WORDS);
        else set_bits(&written_coarse, first, last, COARSE_WORDS);
    }
}

// The table of writes in flight. Every event of the disk passes here, so it takes no lock and calls nothing: a write is
// entered at the place that its bio's address leads to, or at the next one that is free.
static ALWAYS_INLINE u32 place(u64 bio, u32 distance)
{
    u64 home = bio * 0x9e3779b97f4a7c15 >> (64 - REMANSO_IN_FLIGHT_SHIFT);
    return (home + distance) & ((1 << REMANSO_IN_FLIGHT_SHIFT) - 1);
}

// How far from its own place a write was ever entered: a bit for each distance. Who looks for one stops there.
static ALWAYS_INLINE u64 *reach(void)
{
    u32 zero = 0;
    return map_lookup(&in_flight_reach, &zero);
}

// Takes a free place. A function that the verifier looks at once, not once for each distance at which it may end. It lets
// such a function be given numbers and memory, and an address is neither to it: hence a pointer to that.
__attribute__((noinline)) u32 claim(const u64 *key)
{
    u64 *distances = reach();
    if (!key || !distances) return REMANSO_NO_PLACE;
    u64 bio = *key;
    for (u32 distance = 0; distance < REMANSO_IN_FLIGHT_REACH; distance++) {
        u32 index = place(bio, distance);
        struct remanso_in_flight *write = map_lookup(&in_flight, &index);
        if (!write) break;
        // Its last completion was not seen.
        if (write->bio == bio) return index;
        if (write->bio || __sync_val_compare_and_swap(&write->bio, 0, bio)) continue;
        u64 bit = 1ull << distance;
        if (!(*(volatile u64 *)distances & bit)) __sync_fetch_and_or(distances, bit);
        return index;
    }
    return REMANSO_NO_PLACE;
}

// Finds where a bio was entered.
__attribute__((noinline)) u32 find(const u64 *key)
{
    u64 *distances = reach();
    if (!key || !distances) return REMANSO_NO_PLACE;
    u64 bio = *key;
    u64 left = *(volatile u64 *)distances;
    for (u32 distance = 0; distance < REMANSO_IN_FLIGHT_REACH && left; distance++, left >>= 1) {
        u32 index = place(bio, distance);
        struct remanso_in_flight *write = map_lookup(&in_flight, &index);
        if (!write) break;
        if (write->bio == bio) return index;
    }
    return REMANSO_NO_PLACE;
}

static ALWAYS_INLINE struct remanso_in_flight *found(u64 bio)
{
    u32 index = find(&bio);
    return index == REMANSO_NO_PLACE ? 0 : map_lookup(&in_flight, &index);
}

static ALWAYS_INLINE void enter(struct bio *bio, u64 sector, u32 bytes, int is_discard, int is_own)
{
    u64 key = (u64)bio;
    u32 index = claim(&key);
    struct remanso_in_flight *write = index == REMANSO_NO_PLACE ? 0 : map_lookup(&in_flight, &index);
    if (!write) {
        count(REMANSO_TABLE_FULL, 1);
        return;
    }
    write->serial++;
    write->sector = sector;
    write->bytes = bytes;
    write->is_discard = is_discard;
    write->is_own = is_own;
    // A full barrier: the bits are looked at when all processors see the entry.
    __sync_lock_test_and_set(&write->left, bytes);
}

static ALWAYS_INLINE void leave(struct remanso_in_flight *write, u64 bio)
{
    __sync_val_compare_and_swap(&write->bio, bio, 0);
}

SEC("tp_btf/block_bio_queue") int on_queue(u64 *arguments)
{
    struct bio *bio = (struct bio *)arguments[0];
    struct remanso_track_config *c = configuration();
    if (!c) return 0;
    struct gendisk *disk = bio->bi_bdev->bd_disk;
    if (number(disk->major, disk->first_minor) != c->disk) return 0;
    u32 operation = bio->bi_opf & 0xff;
    if (operation == READ || operation == FLUSH) return 0;
    if (operation == ZONE_APPEND) count(REMANSO_ZONE_APPEND, 1);
    else if (operation != WRITE && operation != WRITE_ZEROES && operation != DISCARD && operation != SECURE_ERASE)
        count(REMANSO_UNKNOWN_OPERATION, 1);

    u64 sector = bio->bi_iter.bi_sector;
    u32 bytes = bio->bi_iter.bi_size;
    if (!bytes) return 0;
    int is_own = bio->bi_bdev->bd_dev == c->device;
    // The kernel's statistics count a secure erase among the writes.
    if (operation == DISCARD) count(is_own ? REMANSO_OWN_DISCARDED : REMANSO_OTHER_DISCARDED, bytes >> 9);
    else count(is_own ? REMANSO_OWN_WRITTEN : REMANSO_OTHER_WRITTEN, bytes >> 9);

    u64 end = sector + (bytes >> 9);
    if (end > c->end) end = c->end;
    u64 start = sector < c->start ? c->start : sector;
    if (start >= end) return 0;
    int is_discard = operation == DISCARD || operation == SECURE_ERASE;
    enter(bio, sector, bytes, is_discard, is_own);
    if (is_discard) mark(start - c->start, end - 1 - c->start, 1);
    else mark(start - c->start, end - 1 - c->start, 0);
    return 0;
}

// So many bios of one request are looked at. What lies behind stays in the table and is copied once more.
enum { LONGEST_CHAIN = 1024 };

SEC("tp_btf/block_rq_complete") int on_request_complete(u64 *arguments)
{
    struct request *request = (struct request *)arguments[0];
    u32 bytes = arguments[2];
    struct remanso_track_config *c = configuration();
    if (!c) return 0;
    struct gendisk *disk = request->q->disk;
    if (number(disk->major, disk->first_minor) != c->disk) return 0;
    u32 operation = request->cmd_flags & 0xff;
    if (operation == DRIVER_OUT || (operation == DRIVER_IN && c->is_nvme)) count(REMANSO_PASSTHROUGH, 1);
    if (operation == READ || operation == FLUSH) return 0;

    struct bio *bio = request->bio;
    for (int i = 0; i < LONGEST_CHAIN && bio && bytes; i++) {
        u32 n = bio->bi_iter.bi_size;
        if (n > bytes) n = bytes;
        u64 queued = (u64)bio;
        struct remanso_in_flight *write = found(queued);
        if (!write) {
            // The front of a write that was split; its parent is the one that was queued.
            queued = (u64)bio->bi_private;
            write = found(queued);
        }
        if (write && __sync_fetch_and_sub(&write->left, n) == n) leave(write, queued);
        bytes -= n;
        bio = bio->bi_next;
    }
    return 0;
}

// Of a driver without requests: every end. Of others: only what came back before it became a request.
SEC("tp_btf/block_bio_complete") int on_bio_complete(u64 *arguments)
{
    struct bio *bio = (struct bio *)arguments[1];
    // The device is not asked: a remapping driver has changed it.
    struct remanso_in_flight *write = found((u64)bio);
    if (!write) return 0;
    if (bio->bi_status == STATUS_AGAIN && write->is_own && write->left == write->bytes)
        count((bio->bi_opf & 0xff) == DISCARD ? REMANSO_REFUSED_DISCARDED : REMANSO_REFUSED_WRITTEN, write->bytes >> 9);
    leave(write, (u64)bio);
    return 0;
}

// The guard over what lies under the volume: the file of a loop device, the disks under LVM or dm-crypt. Whoever writes
// there changes the volume without its device knowing.
enum { FILE_MAY_WRITE = 2, TYPE_MASK = 0170000, BLOCK_DEVICE = 0060000, ATTRIBUTE_SIZE = 1 << 3 };
typedef struct { int counter; } atomic_t;
struct super_block { u32 s_dev; } OF_KERNEL;
struct inode {
    uint16_t i_mode;
    u32 i_rdev;
    atomic_t i_writecount;
    unsigned long i_ino;
    struct super_block *i_sb;
} OF_KERNEL;
struct file { u32 f_mode; struct inode *f_inode; } OF_KERNEL;
struct dentry { struct inode *d_inode; } OF_KERNEL;
struct iattr { u32 ia_valid; } OF_KERNEL;

static ALWAYS_INLINE struct remanso_guard *guard_of(struct inode *inode)
{
    u32 zero = 0;
    struct remanso_guard *g = map_lookup(&guard, &zero);
    return g && g->inode && inode->i_ino == g->inode && inode->i_sb->s_dev == g->filesystem ? g : 0;
}

// The first kind of guard sees every opening for writing.
SEC("?fentry/security_file_open") int on_open(u64 *arguments)
{
    struct file *file = (struct file *)arguments[0];
    struct inode *inode = file->f_inode;
    int writes = file->f_mode & FILE_MAY_WRITE;
    struct remanso_guard *g = guard_of(inode);
    if (g) {
        g->writers = inode->i_writecount.counter;
        __sync_fetch_and_add(&g->looks, 1);
        if (writes) count(REMANSO_OTHER_WRITER, 1);
    } else if (writes && (inode->i_mode & TYPE_MASK) == BLOCK_DEVICE) {
        u32 device = inode->i_rdev;
        if (map_lookup(&watched, &device)) count(REMANSO_OTHER_WRITER, 1);
    }
    return 0;
}

// truncate(2) opens nothing.
SEC("?fentry/notify_change") int on_attributes(u64 *arguments)
{
    struct dentry *dentry = (struct dentry *)arguments[1];
    struct iattr *attributes = (struct iattr *)arguments[2];
    if ((attributes->ia_valid & ATTRIBUTE_SIZE) && guard_of(dentry->d_inode)) count(REMANSO_OTHER_WRITER, 1);
    return 0;
}

// Another table puts other blocks under the volume, and afterwards the old one may be back: a snapshot that was merged.
// Whose table it is stands in the caller's memory, in one of three ways; loads are rare enough to take each for ours.
enum { DEVICE_MAPPER_LOAD = 0xfd09, COMMAND_MASK = 0xffff };
SEC("?fentry/security_file_ioctl") int on_table_load(u64 *arguments)
{
    if (((u32)arguments[1] & COMMAND_MASK) == DEVICE_MAPPER_LOAD) count(REMANSO_TABLE_LOADED, 1);
    return 0;
}

// The second kind, where the kernel lets nobody look at its functions: it sees every write to a file on ext4 and xfs. The
// loop device's own come from a thread of the kernel, and then nobody else has the file open for writing.
struct task_struct { u32 flags; } OF_KERNEL;
static struct task_struct *(*const current_task)(void) = (void *)158;
enum { KERNEL_THREAD = 0x00200000, IOMAP_WRITE = 1 };

static ALWAYS_INLINE int file_is_written(struct inode *inode)
{
    if (guard_of(inode) && (!(current_task()->flags & KERNEL_THREAD) || inode->i_writecount.counter != 1))
        count(REMANSO_OTHER_WRITER, 1);
    return 0;
}

struct iomap_iter { struct inode *inode; u32 flags; } OF_KERNEL;
SEC("?tp_btf/iomap_iter") int on_iomap(u64 *arguments)
{
    struct iomap_iter *iter = (struct iomap_iter *)arguments[0];
    return iter->flags & IOMAP_WRITE ? file_is_written(iter->inode) : 0;
}
SEC("?tp_btf/ext4_write_begin") int on_ext4_write(u64 *arguments) { return file_is_written((struct inode *)arguments[0]); }
SEC("?tp_btf/ext4_da_write_begin") int on_ext4_delayed_write(u64 *arguments)
{
    return file_is_written((struct inode *)arguments[0]);
}
// Truncation and mapped pages.
enum { DIRTY_DATASYNC = 2, DIRTY_PAGES = 4 };
SEC("?tp_btf/writeback_mark_inode_dirty") int on_dirty(u64 *arguments)
{
    struct inode *inode = (struct inode *)arguments[0];
    if (arguments[1] & (DIRTY_DATASYNC | DIRTY_PAGES)) return file_is_written(inode);
    // Only a time stamp: a reader's, or that of a write to a page that is dirty already.
    if (guard_of(inode) && inode->i_writecount.counter != 1) count(REMANSO_OTHER_WRITER, 1);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
