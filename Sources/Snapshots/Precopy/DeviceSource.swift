internal import BlockTracking
internal import CLinux
internal import Glibc
internal import Images
internal import Linux
internal import Messages

/// The bytes of a block device, read past the page cache: what the cache holds of a device may be older than what the
/// file system on it has written.
final class DeviceSource: ImageSource {
    /// Bytes of the device.
    let size: UInt64
    private let device: Descriptor
    private let spare = Shared<[AlignedMemory]>([])
    private let done = Shared<UInt64>(0)
    private let onRead: @Sendable (UInt64) -> Void

    /// Bytes of a buffer for reads that the device does not take as they are.
    private static let bufferSize = 1 << 20

    /// - Parameters:
    ///   - path: the device's node.
    ///   - onRead: told the bytes of every read.
    init(_ path: String, onRead: @escaping @Sendable (UInt64) -> Void = { _ in }) throws(SystemError) {
        let number = try check("open", path) { remanso_open_direct(path) }
        device = Descriptor(owning: number, path: path)
        size = remanso_device_size(number)
        if size == 0 { throw SystemError("BLKGETSIZE64", path) }
        self.onRead = onRead
    }

    /// Bytes that were read so far.
    var bytesRead: UInt64 { done.withLock { $0 } }

    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) {
        do throws(SystemError) {
            if isAligned(offset, bytes) {
                try readAligned(at: offset, into: bytes)
            } else {
                try readThroughBuffer(at: offset, into: bytes)
            }
        } catch {
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
        done.withLock { $0 += UInt64(bytes.count) }
        onRead(UInt64(bytes.count))
    }

    /// Whether the device takes the read as it is; its end need not lie on a whole block.
    private func isAligned(_ offset: UInt64, _ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        let block = BlockSet.blockSize
        let end = offset + UInt64(bytes.count)
        return offset % UInt64(block) == 0 && UInt(bitPattern: bytes.baseAddress) % UInt(block) == 0
            && (end % UInt64(block) == 0 || end == size)
    }

    /// Reads whole blocks, without a lock or an allocation.
    func readAligned(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) {
        var count = 0
        while count < bytes.count {
            let part = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
            let result = pread(device.number, part.baseAddress, part.count, off_t(offset) + off_t(count))
            if result < 0 && errno == EINTR { continue }
            if result < 0 { throw SystemError("pread", device.path) }
            // The device has become smaller.
            if result == 0 { throw SystemError("pread", device.path, code: EIO) }
            count += result
        }
    }

    private func readThroughBuffer(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) {
        let buffer = try takeBuffer()
        defer { spare.withLock { $0.append(buffer) } }
        let block = UInt64(BlockSet.blockSize)
        var count = 0
        while count < bytes.count {
            let position = offset + UInt64(count)
            let start = position / block * block
            let end = min((offset + UInt64(bytes.count) + block - 1) / block * block, start + UInt64(buffer.capacity))
            let part = buffer.bytes(Int(min(end, size) - start))
            try readAligned(at: start, into: part)
            let skipped = Int(position - start)
            let wanted = min(part.count - skipped, bytes.count - count)
            let target = UnsafeMutableRawBufferPointer(rebasing: bytes[count..<count + wanted])
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: part[skipped..<skipped + wanted]))
            count += wanted
        }
    }

    private func takeBuffer() throws(SystemError) -> AlignedMemory {
        if let buffer = spare.withLock({ $0.popLast() }) { return buffer }
        return try AlignedMemory(capacity: Self.bufferSize)
    }
}
