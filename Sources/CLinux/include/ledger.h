// The freeze ledger: one page-locked file in /run/remanso, mapped by the freezer and by its parent and read by
// `remanso thaw`. It says, at every instant and after any crash, which file systems and control groups Remanso
// has frozen.
#pragma once
#include <stdatomic.h>
#include <stdint.h>

enum { REMANSO_LEDGER_VERSION = 3, REMANSO_LEDGER_MAX_VOLUMES = 64, REMANSO_LEDGER_PATH = 4096 };
static const uint64_t REMANSO_LEDGER_MAGIC = 0x31524745444c4552ull;  // "RELDGER1"

enum {
    REMANSO_PLANNED = 0,    // not touched yet
    REMANSO_ISSUING = 1,    // FIFREEZE is under way: it may have succeeded
    REMANSO_FROZEN = 2,     // frozen by us
    REMANSO_REFUSED = 3,    // FIFREEZE failed with `error`; EBUSY is a freeze of somebody else
    REMANSO_ABANDONED = 4,  // FIFREEZE is still stuck; whoever sees it return thaws at once
    REMANSO_THAWING = 5,    // FITHAW is under way
    REMANSO_THAWED = 6,     // thawed by us: the freeze held from `frozen_ns` to `thaw_ns`
    REMANSO_LOST = 7,       // FITHAW found it thawed already, or failed with `error`
    REMANSO_CANCELLED = 8,  // whoever undid the freeze came before this volume: it is not frozen any more
};

// What an entry is of. A control group has its path in `mount_point`, and its state by `cgroup.freeze` and not by ioctl.
enum { REMANSO_VOLUME = 0, REMANSO_CGROUP = 1 };

struct remanso_ledger_entry {
    _Atomic uint32_t state;
    int32_t error;
    uint32_t wave;  // frozen in ascending order of waves, thawed in descending order
    uint32_t major, minor;
    uint32_t kind;
    uint64_t mount_id;
    uint64_t inode;  // of a control group's file `cgroup.freeze`
    int64_t issued_ns, frozen_ns, thaw_ns, thawed_ns;  // CLOCK_MONOTONIC
    char mount_point[REMANSO_LEDGER_PATH];
    char device[256];
    char filesystem[32];
};

struct remanso_ledger {
    uint64_t magic;
    uint32_t version, count;
    char boot_id[40];
    int64_t deadline_ns;  // longest freeze, counted from the first FIFREEZE or control group
    _Atomic uint32_t expired;  // the deadline ended the freeze
    int32_t freezer_pid;  // with its start time it names one process for ever
    uint64_t freezer_start;
    int32_t freezer_canary;  // id of a thread of the freezer that never calls into a file system
    struct remanso_ledger_entry entries[REMANSO_LEDGER_MAX_VOLUMES];
};

static inline struct remanso_ledger_entry *remanso_ledger_entry(struct remanso_ledger *ledger, int index) {
    return &ledger->entries[index];
}
static inline uint32_t remanso_entry_state(struct remanso_ledger_entry *entry) {
    return atomic_load(&entry->state);
}
static inline void remanso_entry_set_state(struct remanso_ledger_entry *entry, uint32_t state) {
    atomic_store(&entry->state, state);
}
static inline int remanso_entry_change_state(struct remanso_ledger_entry *entry, uint32_t from, uint32_t to) {
    return atomic_compare_exchange_strong(&entry->state, &from, to);
}
static inline char *remanso_entry_mount_point(struct remanso_ledger_entry *entry) { return entry->mount_point; }
static inline char *remanso_entry_device(struct remanso_ledger_entry *entry) { return entry->device; }
static inline char *remanso_entry_filesystem(struct remanso_ledger_entry *entry) { return entry->filesystem; }
static inline char *remanso_ledger_boot_id(struct remanso_ledger *ledger) { return ledger->boot_id; }
static inline void remanso_ledger_expire(struct remanso_ledger *ledger) { atomic_store(&ledger->expired, 1); }
static inline int remanso_ledger_is_expired(struct remanso_ledger *ledger) {
    return atomic_load(&ledger->expired) != 0;
}
int64_t remanso_monotonic_ns(void);
