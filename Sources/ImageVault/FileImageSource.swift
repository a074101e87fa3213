internal import CImageVault
internal import Glibc
public import Images
public import Linux
public import Messages

/// An image in a file or on a block device. It is read past the page cache where that is possible: the copy would cost
/// CPU time, and a volume's content would push out what applications use.
public struct FileImageSource: ImageSource {
    /// Bytes of the file or device.
    public let size: UInt64
    private let file: Descriptor
    /// The same for direct reads.
    private let direct: Descriptor?
    private let isRegular: Bool

    /// O_DIRECT, which is another number on other processors.
    private static let directFlag = remanso_direct_flag()
    /// Bytes: where direct reads begin and how long they are, for every usual device.
    private static let alignment: UInt64 = 4096
    // lseek(2); Swift's Glibc module lacks them.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4

    /// Takes the whole of an open file or device.
    public init(_ file: Descriptor) throws(Failure) {
        self.file = file
        direct = try? Descriptor.open("/proc/self/fd/\(file.number)", O_RDONLY | Self.directFlag)
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
            let aligned = offset % Self.alignment == 0 ? bytes.count & ~(Int(Self.alignment) - 1) : 0
            var count = 0
            if let direct, aligned > 0, UInt(bitPattern: bytes.baseAddress) % UInt(Self.alignment) == 0 {
                // What a device cannot read directly, such as sectors that are larger, is read through the page cache.
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<aligned])
                count = (try? direct.read(into: part, at: offset)) ?? 0
            }
            let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[count...])
            count += try file.read(into: rest, at: offset + UInt64(count))
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
