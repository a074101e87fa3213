// The floor that Remanso is measured against: FIFREEZE of the given volumes in order, FITHAW in the reverse order, and
// nothing else. Prints the whole window, the freezing and the thawing in milliseconds as JSON.
//
//     floor [--together] ROUNDS VOLUME...      (--together: all volumes at once, a waiting thread for each)
//
// Only volumes on loop devices, in a mount namespace of its own: a benchmark never freezes what it did not make.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_VOLUMES = 16, MAX_ROUNDS = 1000, GUARD_MS = 5000, LOOP_MAJOR = 7 };

static int volumes[MAX_VOLUMES], volume_count;
static double window[MAX_ROUNDS], freezing[MAX_ROUNDS], thawing[MAX_ROUNDS];

static void refuse(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int parent_of(int pid) {
    char path[64];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    char line[512] = "";
    // The parent stands behind the state, which stands behind the name in parentheses.
    char *name_end = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (name_end) sscanf(name_end + 1, " %*c %d", &parent);
    fclose(file);
    return parent;
}

// Some process that this one descends from lives in another mount namespace. (Not all of them may be looked at.)
static void require_own_namespace(void) {
    char path[64];
    struct stat own, other;
    if (stat("/proc/self/ns/mnt", &own) != 0) refuse("no /proc");
    for (int pid = getpid(); pid > 0; pid = parent_of(pid)) {
        snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
        if (stat(path, &other) == 0 && other.st_ino != own.st_ino) return;
    }
    refuse("must run in a mount namespace of its own");
}

// Opens a volume and proves that it is the root of a mounted loop device.
static int open_volume(const char *path) {
    struct stat own, parent;
    int volume = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (volume < 0 || fstat(volume, &own) != 0 || fstatat(volume, "..", &parent, 0) != 0) refuse("no such volume");
    if (own.st_dev == parent.st_dev) refuse("not a mount point");
    if (major(own.st_dev) != LOOP_MAJOR) refuse("not on a loop device");
    return volume;
}

static void thaw_all(void) {
    for (int index = volume_count - 1; index >= 0; index--) ioctl(volumes[index], FITHAW, 0);
}

// A second process thaws when this one is gone, whatever ended it, or when the round takes too long.
static pid_t start_guard(int *word) {
    int ends[2];
    if (pipe(ends) != 0) refuse("no pipe");
    pid_t guard = fork();
    if (guard < 0) refuse("no process");
    if (guard == 0) {
        char done = 0;
        struct pollfd one = {ends[0], POLLIN, 0};
        setsid();
        close(ends[1]);
        poll(&one, 1, GUARD_MS);
        if (!(one.revents & POLLIN) || read(ends[0], &done, 1) != 1) thaw_all();
        _exit(0);
    }
    close(ends[0]);
    *word = ends[1];
    return guard;
}

static int note(int round, double start, double middle, double end) {
    window[round] = end - start;
    freezing[round] = middle - start;
    thawing[round] = end - middle;
    return 1;
}

static int measure_in_order(int round) {
    int frozen = 0, failed = 0;
    double start = now_ms();
    while (frozen < volume_count && ioctl(volumes[frozen], FIFREEZE, 0) == 0) frozen++;
    double middle = now_ms();
    for (int index = frozen - 1; index >= 0; index--) failed |= ioctl(volumes[index], FITHAW, 0) != 0;
    return note(round, start, middle, now_ms()) && frozen == volume_count && !failed;
}

static pthread_barrier_t barrier;

static void *freeze_and_thaw(void *volume) {
    pthread_barrier_wait(&barrier);  // go
    long failed = ioctl(*(int *)volume, FIFREEZE, 0) != 0;
    pthread_barrier_wait(&barrier);  // all are frozen
    pthread_barrier_wait(&barrier);  // and the time is noted
    if (!failed) failed = ioctl(*(int *)volume, FITHAW, 0) != 0;
    pthread_barrier_wait(&barrier);  // all are thawed
    return (void *)failed;
}

static int measure_together(int round) {
    pthread_t threads[MAX_VOLUMES];
    void *result;
    int failed = 0;
    pthread_barrier_init(&barrier, NULL, volume_count + 1);
    for (int index = 0; index < volume_count; index++)
        if (pthread_create(&threads[index], NULL, freeze_and_thaw, &volumes[index]) != 0) refuse("no thread");
    double start = now_ms();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    double middle = now_ms();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    double end = now_ms();
    for (int index = 0; index < volume_count; index++) {
        pthread_join(threads[index], &result);
        failed |= result != NULL;
    }
    return note(round, start, middle, end) && !failed;
}

static void print_list(const char *name, const double *values, int count, const char *ending) {
    printf("\"%s\": [", name);
    for (int index = 0; index < count; index++) printf("%s%.4f", index ? ", " : "", values[index]);
    printf("]%s", ending);
}

int main(int count, char **words) {
    int first = 1, together = 0;
    if (first < count && strcmp(words[first], "--together") == 0) together = first++;
    int rounds = first < count ? atoi(words[first++]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS || first >= count || count - first > MAX_VOLUMES)
        refuse("floor [--together] ROUNDS VOLUME...");
    require_own_namespace();
    while (first < count) volumes[volume_count++] = open_volume(words[first++]);
    sigset_t signals;
    sigfillset(&signals);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    for (int round = 0; round < rounds; round++) {
        int word;
        pid_t guard = start_guard(&word);
        int succeeded = together ? measure_together(round) : measure_in_order(round);
        if (succeeded && write(word, "d", 1) != 1) succeeded = 0;
        close(word);
        waitpid(guard, NULL, 0);
        if (!succeeded) refuse("a volume could not be frozen and thawed");
    }
    printf("{");
    print_list("windowMs", window, rounds, ", ");
    print_list("freezeMs", freezing, rounds, ", ");
    print_list("thawMs", thawing, rounds, "}\n");
    return 0;
}
