internal import Glibc
public import Images
public import Linux
public import Messages

/// An image in a plain file, as the first consumer of what a provider of images gives.
public final class PlainImage: ImageSink {
    /// The image's file.
    public let file: Descriptor
    /// Bytes.
    public let size: UInt64
    /// Whether it began as another image.
    public let hasParent: Bool
    /// Bytes that are stored at once, as those of a vault's blobs: more than was asked for is read.
    private let blob: UInt64

    /// A new image. Without a parent it is full of garbage, so that whatever was forgotten is seen.
    public init(_ path: String, size: UInt64, parent: PlainImage? = nil, blob: UInt64 = 16 << 10) throws {
        if let parent { try Shell.run("cp", "--sparse=always", parent.file.path, path) }
        file = try Descriptor.open(path, O_RDWR | O_CREAT)
        self.size = size
        self.blob = blob
        hasParent = parent != nil
        if parent == nil { try fill(Extent(offset: 0, length: size), with: Buffer(0xA5)) }
    }

    /// Reads and writes whole blobs.
    public func store(_ extents: [Extent], from source: any ImageSource) throws(Failure) {
        let buffer = Buffer(0)
        for extent in extents {
            var offset = extent.offset / blob * blob
            let end = min(size, (extent.end + blob - 1) / blob * blob)
            while offset < end {
                let part = buffer.bytes(Int(min(end - offset, UInt64(Buffer.size))))
                try source.read(at: offset, into: part)
                try write(UnsafeRawBufferPointer(part), at: offset)
                offset += UInt64(part.count)
            }
        }
        withExtendedLifetime(buffer) {}
    }

    /// Writes zeros.
    public func storeZeros(_ extents: [Extent]) throws(Failure) {
        let zeros = Buffer(0)
        for extent in extents { try fill(extent, with: zeros) }
    }

    /// Writes the bytes.
    public func overlay(_ pieces: [ImagePiece]) throws(Failure) {
        for piece in pieces { try write(piece.bytes, at: piece.offset) }
    }

    private func fill(_ extent: Extent, with buffer: Buffer) throws(Failure) {
        var offset = extent.offset
        while offset < extent.end {
            let part = buffer.bytes(Int(min(extent.end - offset, UInt64(Buffer.size))))
            try write(UnsafeRawBufferPointer(part), at: offset)
            offset += UInt64(part.count)
        }
        withExtendedLifetime(buffer) {}
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Failure) {
        if pwrite(file.number, bytes.baseAddress, bytes.count, off_t(offset)) != bytes.count {
            let error = SystemError("pwrite", file.path)
            throw Failure(.systemCall(operation: error.operation, subject: error.subject, reason: error.reason))
        }
    }

    private final class Buffer {
        static let size = 1 << 20
        private let memory: UnsafeMutableRawPointer

        init(_ byte: UInt8) {
            memory = .allocate(byteCount: Self.size, alignment: 4096)
            memset(memory, Int32(byte), Self.size)
        }

        deinit { memory.deallocate() }

        func bytes(_ count: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(start: memory, count: count)
        }
    }
}
