internal import CCurl
internal import Glibc
internal import Linux
internal import Messages

/// The bytes of one request while libcurl moves them.
final class HTTPTransfer {
    private let request: HTTPRequest
    private(set) var received = 0
    private(set) var text: [UInt8] = []
    private var sent = 0
    private var handle: UnsafeMutableRawPointer?

    init(_ request: HTTPRequest) { self.request = request }

    func attach(to handle: UnsafeMutableRawPointer) {
        self.handle = handle
        remanso_curl_callbacks(
            handle,
            { bytes, size, count, context in
                HTTPTransfer.of(context)?.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
            },
            { bytes, size, count, context in
                HTTPTransfer.of(context)?.send(
                    into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
            },
            { context, offset, origin in
                guard origin == SEEK_SET, let transfer = HTTPTransfer.of(context) else { return CURL_SEEKFUNC_FAIL }
                transfer.sent = Int(offset)
                return CURL_SEEKFUNC_OK
            },
            { context, _, _, _, _ in
                // Anything but 0 ends the transfer.
                HTTPTransfer.of(context)?.request.isInterruptible == true && Interruption.signal != nil ? 1 : 0
            },
            Unmanaged.passUnretained(self).toOpaque())
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer? {
        context.map { Unmanaged<HTTPTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// - Returns: how many bytes were taken; fewer than given ends the transfer.
    private func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        let isContent = handle.map { (200..<300).contains(remanso_curl_status($0)) } ?? false
        guard isContent, let target = request.target else {
            let limit = isContent ? 256 << 20 : 4096
            if text.count + bytes.count <= limit { text.append(contentsOf: bytes) } else if isContent { return 0 }
            return bytes.count
        }
        guard received + bytes.count <= target.count else { return 0 }
        UnsafeMutableRawBufferPointer(rebasing: target[received..<received + bytes.count]).copyMemory(from: bytes)
        received += bytes.count
        return bytes.count
    }

    private func send(into bytes: UnsafeMutableRawBufferPointer) -> Int {
        let count = request.body?.copy(from: sent, into: bytes) ?? 0
        sent += count
        return count
    }
}

/// Bytes that grow at their end, in pieces, so that growing copies nothing.
final class ChunkedBytes {
    private static let chunkSize = 1 << 20
    private var chunks: [Memory] = []
    private(set) var count = 0

    func append(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            let place = count % Self.chunkSize
            if place == 0 { chunks.append(try Memory(capacity: Self.chunkSize)) }
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.chunkSize - place))
            chunks[chunks.count - 1].bytes(part.count, at: place).copyMemory(from: part)
            count += part.count
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
        }
    }

    /// Copies what begins at `start`, as much as one piece holds and `target` takes.
    /// - Returns: bytes copied; 0 at the end.
    func copy(from start: Int, into target: UnsafeMutableRawBufferPointer) -> Int {
        guard start < count else { return 0 }
        let place = start % Self.chunkSize
        let length = min(target.count, Self.chunkSize - place, count - start)
        let chunk = chunks[start / Self.chunkSize]
        target.copyMemory(from: UnsafeRawBufferPointer(chunk.bytes(length, at: place)))
        chunk.keepAlive()
        return length
    }
}
