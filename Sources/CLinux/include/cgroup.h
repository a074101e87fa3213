// The freezer of control groups, version 2 (cgroups(7), Documentation/admin-guide/cgroup-v2.rst). All work on descriptors
// that are open already: `control` is a group's `cgroup.freeze`, `events` its `cgroup.events`.
#pragma once
#include <stdint.h>

// Whether a descriptor lies in a file system of version 2; gives the number of its file, which no other file ever has.
// 1, 0, or -1 with errno set.
int remanso_cgroup_identity(int fd, uint64_t *inode);
// Whether a freeze was asked of this very group: 1, 0, or -1 with errno set.
int remanso_cgroup_is_asked(int control);
// Whether every process of the group stands still, by whose wish ever: 1, 0, or -1 with errno set.
int remanso_cgroup_is_frozen(int events);
// Asks the group to freeze; -1 with errno set.
int remanso_cgroup_freeze(int control);
// Lets the group go; -1 with errno set, and EINVAL when it is not asked to freeze any more or is gone.
int remanso_cgroup_thaw(int control);
