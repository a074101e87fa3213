// Starting a program. The child runs only async-signal-safe code between fork and exec, which Swift cannot promise.
#pragma once
struct remanso_room;
struct remanso_spawn {
    int program_fd;               // executed from this descriptor when >= 0 …
    const char *program_path;     // … else from this path
    const char *shell;            // runs program_fd when the kernel knows no format for it (no shebang); may be NULL
    char *const *arguments;       // argv, NULL-terminated
    char *const *environment;     // envp, NULL-terminated
    const char *directory;        // working directory, NULL to keep
    int stdin_fd, stdout_fd, stderr_fd;
    const int *kept;              // further descriptors the child inherits, each under its own number
    int kept_count;
    int new_session;              // setsid()
    int umask_value;              // -1 to keep
    int parent_death_signal;      // sent to the child when the spawning thread ends; 0 for none
    const struct remanso_room *room;  // the place of its own that the child is started in; NULL for none
    int uses_program_number;      // the descriptor number under which the program's file is visible to an interpreter
};

// Returns the child's pid, or -1 with errno set, also when it was the exec that failed. The child has no signal
// blocked or ignored. `pidfd` receives a process descriptor.
int remanso_spawn(const struct remanso_spawn *request, int *pidfd);
