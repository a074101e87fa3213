// A place of its own for a program: namespaces that it cannot leave, and that die with it.
#pragma once

struct remanso_room {
    int wants_user_namespace;  // all user ids as they are, but root in it has no power over the kernel outside
};

// Like fork(2), but the child is the first process of new mount, process, network, IPC and host name namespaces. It may
// call nothing but what is safe after fork in a process with threads.
int remanso_fork_into_room(void);
// In that child: mounts its own /proc, brings its loopback up, enters the user namespace, and gives up the capabilities
// that no application needs. -1 with errno set on failure.
int remanso_furnish_room(const struct remanso_room *room);
// Makes every mount of the calling thread's namespace read-only and without device files (Linux 5.12 and later).
int remanso_protect_mounts(void);
