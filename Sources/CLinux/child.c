#define _GNU_SOURCE
#include "child.h"

#include "kernel.h"
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void reset_signals(void) {
    // The kernel's own call, all zero for SIG_DFL: glibc's refuses the two signals that it keeps for itself, and one of
    // them may have been inherited as ignored.
    const unsigned long standard[8] = {0};
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, standard, NULL, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void keep_only(const struct remanso_spawn *request, int report) {
    for (int i = 0; i < request->kept_count; i++) fcntl(request->kept[i], F_SETFD, 0);
    int low = 3, program = request->program_fd >= 0 ? request->uses_program_number : -1;
    for (;;) {
        int next = -1;
        for (int i = 0; i < request->kept_count; i++)
            if (request->kept[i] >= low && (next < 0 || request->kept[i] < next)) next = request->kept[i];
        if (report >= low && (next < 0 || report < next)) next = report;
        if (program >= low && (next < 0 || program < next)) next = program;
        if (next < 0) break;
        if (next > low) syscall(SYS_close_range, low, next - 1, 0);
        low = next + 1;
    }
    syscall(SYS_close_range, low, ~0u, 0);
}

static void execute(const struct remanso_spawn *request) {
    if (request->program_fd < 0) {
        execve(request->program_path, request->arguments, request->environment);
        return;
    }
    syscall(SYS_execveat, request->uses_program_number, "", request->arguments, request->environment, AT_EMPTY_PATH);
    if (errno != ENOEXEC || request->shell == NULL) return;
    int count = 0;
    while (request->arguments[count] != NULL) count++;
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", request->uses_program_number);
    const char *arguments[count + 2];
    arguments[0] = request->shell;
    arguments[1] = path;
    for (int i = 1; i <= count; i++) arguments[i + 1] = request->arguments[i];
    execve(request->shell, (char *const *)arguments, request->environment);
}

// dup2 onto the same number would leave close-on-exec set, and an interpreter could not open its script.
static int place(int from, int to) { return from == to ? fcntl(to, F_SETFD, 0) : dup2(from, to); }

// Whether the one who started the child still waits for its report.
static int is_awaited(int report) {
    struct pollfd one = {.fd = report};
    return poll(&one, 1, 0) >= 0 && !(one.revents & POLLERR);
}

static void run_child(const struct remanso_spawn *request, int report, pid_t parent) {
    if (request->new_session) setsid();
    // First, because it changes the credentials, which makes the kernel forget the signal.
    if (request->room != NULL && remanso_furnish_room(request->room) != 0) return;
    if (request->parent_death_signal) {
        prctl(PR_SET_PDEATHSIG, request->parent_death_signal);
        // The first process of a room sees no parent.
        if (request->room != NULL ? !is_awaited(report) : getppid() != parent) _exit(126);
    }
    if (request->umask_value >= 0) umask((mode_t)request->umask_value);
    if (request->directory != NULL && chdir(request->directory) != 0) return;
    if (place(request->stdin_fd, 0) < 0 || place(request->stdout_fd, 1) < 0 || place(request->stderr_fd, 2) < 0) return;
    if (request->program_fd >= 0 && place(request->program_fd, request->uses_program_number) < 0) return;
    keep_only(request, report);
    reset_signals();
    execute(request);
}

int remanso_spawn(const struct remanso_spawn *request, int *pidfd) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    // High numbers, so that dup2 in the child never overwrites the pipe or an inherited descriptor.
    int writer = fcntl(report[1], F_DUPFD_CLOEXEC, 200);
    close(report[1]);
    if (writer < 0) { close(report[0]); return -1; }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid(), child = request->room != NULL ? remanso_fork_into_room() : fork();
    if (child == 0) {
        close(report[0]);
        run_child(request, writer, parent);
        int code = errno;
        if (write(writer, &code, sizeof code) < 0) _exit(125);
        _exit(127);
    }
    int saved = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(writer);
    if (child > 0) {
        int code = 0;
        ssize_t count;
        do count = read(report[0], &code, sizeof code); while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof code) {
            waitpid(child, NULL, 0);
            child = -1;
            saved = code;
        } else {
            *pidfd = remanso_pidfd_open(child);
            if (*pidfd < 0) {
                // Nobody could tell its end: better not to have started it.
                saved = errno;
                kill(child, SIGKILL);
                waitpid(child, NULL, 0);
                child = -1;
            }
        }
    }
    close(report[0]);
    errno = saved;
    return child;
}
