internal import Glibc
internal import Linux

/// Reads lines from a pipe.
struct LineReader {
    enum Event {
        case line([UInt8])
        case end
        /// The other descriptor has something to read.
        case other
        case timeout
    }

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    /// So many bytes of the buffer are known to hold no line end: a line may be megabytes long.
    private var searched = 0

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Waits for a line.
    /// - Parameters:
    ///   - other: a second descriptor to watch; -1 for none.
    ///   - deadline: `nil` waits for ever.
    mutating func next(other: Int32, until deadline: Instant?) -> Event {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                searched = 0
                return .line(line)
            }
            searched = buffer.count
            var polls = [descriptor, other].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = poll(&polls, 2, deadline.map(\.millisecondsLeft) ?? -1)
            if count == 0 { return .timeout }
            if polls[0].revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 64 << 10)
                let count = read(descriptor, &bytes, bytes.count)
                if count == 0 || count < 0 && errno != EINTR { return .end }
                if count > 0 { buffer += bytes[..<count] }
            } else if polls[1].revents != 0 {
                return .other
            }
        }
    }
}
