internal import Glibc
public import Images
public import Linux
public import Messages

/// An image in a file or on a block device, through the page cache.
public struct FileImageSource: ImageSource {
    /// Bytes of the file or device.
    public let size: UInt64
    private let file: Descriptor
    private let isRegular: Bool

    // lseek(2); Swift's Glibc module lacks them.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    /// Takes the whole of an open file or device.
    public init(_ file: Descriptor) throws(Failure) {
        self.file = file
        do throws(SystemError) {
            isRegular = try file.status().st_mode & S_IFMT == S_IFREG
            let end = lseek(file.number, 0, SEEK_END)
            if end < 0 { throw SystemError("lseek", file.path) }
            size = UInt64(end)
        } catch {
            throw Failure(.systemCall(error))
        }
    }

    /// - Throws: `.systemCall`, also when the file has become shorter.
    public func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) {
        do throws(SystemError) {
            let count = try file.read(into: bytes, at: offset)
            // It has become shorter: what is missing must not be taken for zeros.
            if count < bytes.count { throw SystemError("read", file.path, code: EIO) }
        } catch {
            throw Failure(.systemCall(error))
        }
    }

    /// The holes of a sparse file; none on a device.
    /// - Throws: `.systemCall` when the file has become shorter: what is missing is no hole.
    public func holes() throws(Failure) -> [Extent] {
        guard isRegular else { return [] }
        let found = foundHoles()
        do throws(SystemError) {
            if UInt64(try file.status().st_size) < size { throw SystemError("lseek", file.path, code: EIO) }
        } catch {
            throw Failure(.systemCall(error))
        }
        return found
    }

    private func foundHoles() -> [Extent] {
        var holes: [Extent] = []
        var position: off_t = 0
        while position < off_t(size) {
            let data = lseek(file.number, position, Self.seekData)
            if data < 0 && errno != ENXIO { return [] }
            let start = data < 0 ? off_t(size) : min(data, off_t(size))
            if start > position { holes.append(Extent(offset: UInt64(position), length: UInt64(start - position))) }
            if start == off_t(size) { break }
            position = lseek(file.number, start, Self.seekHole)
            if position < 0 { return [] }
        }
        return holes
    }
}
