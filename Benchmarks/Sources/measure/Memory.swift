internal import Glibc
internal import Synchronization

/// Looks again and again how much memory a process and its child `remanso-freezer` have held at most (VmHWM).
final class MemoryWatch: Sendable {
    struct Sample: Sendable {
        /// Milliseconds of the monotonic clock.
        let time: Double
        let kilobytes: Int
    }

    struct Peaks: Sendable {
        var parent: [Sample] = []
        var freezer = 0
    }

    private let peaks = Mutex(Peaks())
    private let isOver = Mutex(false)
    private let pid: pid_t
    private nonisolated(unsafe) var thread = pthread_t()

    init(_ pid: pid_t) {
        self.pid = pid
        let context = Unmanaged.passRetained(self).toOpaque()
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<MemoryWatch>.fromOpaque(raw).takeRetainedValue().watch() }
                return nil
            }, context)
    }

    func finish() -> Peaks {
        isOver.withLock { $0 = true }
        pthread_join(thread, nil)
        return peaks.withLock { $0 }
    }

    private func watch() {
        var freezer: pid_t?
        while !isOver.withLock({ $0 }) {
            if let peak = Self.peak(of: pid) {
                peaks.withLock { peaks in
                    if peaks.parent.last?.kilobytes != peak {
                        peaks.parent.append(Sample(time: nowMs(), kilobytes: peak))
                    }
                }
            }
            if freezer == nil { freezer = Self.children(of: pid).first(where: Self.isFreezer) }
            if let peak = freezer.flatMap(Self.peak) { peaks.withLock { $0.freezer = max($0.freezer, peak) } }
            usleep(500)
        }
    }

    private static func peak(of pid: pid_t) -> Int? {
        let line = text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    private static func children(of pid: pid_t) -> [pid_t] {
        names("/proc/\(pid)/task").flatMap { task in
            text("/proc/\(pid)/task/\(task)/children").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// By its command line, which it has only once it is no longer a copy of its parent.
    private static func isFreezer(_ pid: pid_t) -> Bool {
        (text("/proc/\(pid)/cmdline").split(separator: "\0").first ?? "").hasSuffix("remanso-freezer")
    }
}

/// A small file's text; empty when it cannot be read.
func text(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    while case let count = read(file, &buffer, buffer.count), count > 0 { result += buffer.prefix(count) }
    return String(decoding: result, as: UTF8.self)
}

private func names(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var result: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if !name.hasPrefix(".") { result.append(name) }
    }
    return result
}
