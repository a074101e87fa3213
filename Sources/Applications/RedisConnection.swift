internal import Glibc
internal import Linux

/// A client of Redis with what Remanso needs. Redis's own library (hiredis) would be linked for everybody, or its
/// structures would have to be copied here; the protocol itself is a page.
final class RedisConnection {
    let socket: Descriptor
    private var buffer: [UInt8] = []
    private var next = 0
    private var deadline = Instant.now
    /// A reply that came too late would be taken for the next one's.
    private var loss: RedisLoss?
    private static let largestText = 64 << 20

    init(over socket: Descriptor) { self.socket = socket }

    /// Sends one command and waits for its reply.
    func call(_ words: [String], by deadline: Instant) throws(RedisLoss) -> RedisReply {
        if let loss { throw loss }
        self.deadline = deadline
        var bytes = Array("*\(words.count)\r\n".utf8)
        for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        do {
            try write(bytes)
            return try reply(depth: 0)
        } catch {
            loss = error
            throw error
        }
    }

    // MARK: Replies

    private func reply(depth: Int) throws(RedisLoss) -> RedisReply {
        let line = try line()
        let rest = String(line.dropFirst())
        switch line.first {
        case "+": return .text(rest)
        case "-": return .error(rest)
        case ":": return .integer(try number(rest))
        case "$":
            let count = try number(rest)
            if count < 0 { return .nothing }
            guard count <= Self.largestText else { throw garbled }
            return .text(String(decoding: try bytes(count + 2).dropLast(2), as: UTF8.self))
        case "*" where depth < 8:
            let count = try number(rest)
            if count < 0 { return .nothing }
            var elements: [RedisReply] = []
            for _ in 0..<count { elements.append(try reply(depth: depth + 1)) }
            return .list(elements)
        default: throw garbled
        }
    }

    private var garbled: RedisLoss { .broken("this is not Redis") }

    private func number(_ text: String) throws(RedisLoss) -> Int {
        guard let number = Int(text) else { throw garbled }
        return number
    }

    private func line() throws(RedisLoss) -> String {
        var end = next
        while true {
            while end < buffer.count, buffer[end] != UInt8(ascii: "\n") { end += 1 }
            if end < buffer.count { break }
            guard buffer.count - next < 1 << 16 else { throw garbled }
            let before = next
            try fill()
            end -= before - next
        }
        defer { next = end + 1 }
        let line = buffer[next..<end]
        return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }

    private func bytes(_ count: Int) throws(RedisLoss) -> ArraySlice<UInt8> {
        while buffer.count - next < count { try fill() }
        defer { next += count }
        return buffer[next..<next + count]
    }

    // MARK: Bytes

    private func fill() throws(RedisLoss) {
        buffer.removeFirst(next)
        next = 0
        var piece = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(socket.number, &piece, piece.count, 0)
            if count > 0 {
                buffer += piece[0..<count]
                return
            }
            if count == 0 { throw .broken("the server closed the connection") }
            try waitAfterError(for: POLLIN)
        }
    }

    private func write(_ bytes: [UInt8]) throws(RedisLoss) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 { rest = rest.dropFirst(count) } else { try waitAfterError(for: POLLOUT) }
        }
    }

    private func waitAfterError(for event: Int32) throws(RedisLoss) {
        if errno == EINTR { return }
        guard errno == EAGAIN else { throw .broken(SystemError.reason(of: errno)) }
        try RedisAddress.wait(socket, for: event, until: deadline)
    }
}
