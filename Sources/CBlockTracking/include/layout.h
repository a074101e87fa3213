// What the program in the kernel and the tracker share: the values of its maps. Read by both compilers.
#pragma once
#include <stdint.h>

enum {
    // Bytes, as a power of two, that one bit of each map stands for.
    REMANSO_WRITTEN_SHIFT = 12,
    REMANSO_DISCARDED_SHIFT = 16,
    // A larger extent than so many bits goes to a coarse map, one bit for so many bits: the program's loops stay short.
    REMANSO_COARSE_SHIFT = 12,
    // Places in the table of writes in flight, as a power of two, and how far from its own place a write may be entered.
    REMANSO_IN_FLIGHT_SHIFT = 16,
    REMANSO_IN_FLIGHT_REACH = 64,
    REMANSO_NO_PLACE = 1 << REMANSO_IN_FLIGHT_SHIFT,
    REMANSO_WATCHED_ENTRIES = 64,
};

// What is tracked; written once, before the programs are attached. Device numbers as the kernel has them inside
// (major in the bits from 20 on), sectors of 512 bytes on the whole disk.
struct remanso_track_config {
    uint32_t disk;           // the whole disk
    uint32_t device;         // the volume's device: the disk or a partition of it
    uint64_t start, end;     // the volume's sectors
    uint32_t is_bio_based;   // the driver has no request queue
    uint32_t is_nvme;        // a passthrough command that "reads" may write zeros
};

// A write between its queueing and its completion: a place of the table of writes in flight.
struct remanso_in_flight {
    uint64_t bio;          // its address; 0: the place is free
    uint64_t serial;       // how many writes were entered here: tells two writes of the same bio apart
    uint64_t sector;
    uint32_t bytes;
    uint32_t left;         // bytes not completed yet
    uint32_t is_discard;
    uint32_t is_own;       // went through the volume's own device, not through another node of the same disk
};

// The file under a loop device.
struct remanso_guard {
    uint64_t inode;        // its number; 0: nothing is guarded
    uint32_t filesystem;   // the device of its file system
    int32_t writers;       // open files that may write it, when it was last opened by anybody
    uint64_t looks;        // how often that was counted
};

enum remanso_counter {
    REMANSO_OWN_WRITTEN,        // sectors queued through the volume's own device
    REMANSO_OWN_DISCARDED,
    REMANSO_OTHER_WRITTEN,      // sectors queued through other nodes of the same disk
    REMANSO_OTHER_DISCARDED,
    REMANSO_REFUSED_WRITTEN,    // sectors that were queued through the volume's device and came back untried
    REMANSO_REFUSED_DISCARDED,
    // What makes the map unfit to vouch.
    REMANSO_UNKNOWN_OPERATION,
    REMANSO_ZONE_APPEND,
    REMANSO_PASSTHROUGH,
    REMANSO_TABLE_FULL,
    REMANSO_OUT_OF_RANGE,
    REMANSO_OTHER_WRITER,       // what lies under the volume was opened for writing, written or cut by somebody else
    REMANSO_TABLE_LOADED,       // a table of device mapper
    REMANSO_COUNTERS,
};
