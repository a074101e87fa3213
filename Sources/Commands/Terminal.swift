internal import Glibc

/// Standard output and standard error.
enum Terminal {
    /// Whether standard error is a terminal, where progress may overwrite itself.
    static let hasProgressLine = isatty(STDERR_FILENO) == 1

    /// A line on standard output.
    static func print(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }
    /// A line on standard error.
    static func note(_ line: String) {
        clearProgress()
        write(line + "\n", to: STDERR_FILENO)
    }

    static func print(json: [UInt8]) { write(json, to: STDOUT_FILENO) }

    /// Replaces the progress line; without a terminal, a line of its own.
    static func step(_ line: String) {
        if hasProgressLine { return progress(line + " …") }
        if takesProgress { write(line + "\n", to: STDERR_FILENO) }
    }

    /// Replaces the progress line; nothing without a terminal, or when it is stopped.
    static func progress(_ line: String) {
        guard hasProgressLine, takesProgress else { return }
        write("\r\u{1B}[K" + line, to: STDERR_FILENO)
    }

    static func clearProgress() { progress("") }

    /// Nobody waits for a terminal that is stopped, or for a reader who does not read: an application may be waiting for
    /// what comes next.
    private static var takesProgress: Bool {
        var one = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return poll(&one, 1, 0) == 1 && one.revents & Int16(POLLOUT) != 0
    }

    /// Red on a terminal, unless `NO_COLOR` is set.
    static func red(_ text: String) -> String {
        isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil ? "\u{1B}[31m\(text)\u{1B}[0m" : text
    }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A reader that went away (`remanso list | head`) is no error of ours.
            if count < 0 && errno != EINTR { return }
            done += max(0, count)
        }
    }

    /// The terminal's width in columns; 100 without a terminal.
    static var width: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 100 }
        return Int(size.ws_col)
    }
}
