internal import CLinux
internal import Glibc

/// What a process inherits from whoever starts it, and what must not change what it does.
public enum Inheritance {
    /// Makes it what the program relies on. Call before anything is opened or started.
    public static func settle() {
        openStandardStreams()
        // Where the starter ignores it, the kernel forgets how children end, and each script would seem to succeed.
        _ = Glibc.signal(SIGCHLD, SIG_DFL)
    }

    /// A stream that is closed would become the number of the next file: what is printed would go into that one.
    private static func openStandardStreams() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is just this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Whether a signal is ignored now, as nohup(1) does with SIGHUP.
    static func ignores(_ number: Int32) -> Bool { remanso_ignores_signal(number) != 0 }
}
