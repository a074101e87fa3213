internal import CImageVault
internal import Glibc
public import Linux
public import Messages

/// Where an image is restored to. Several threads write side by side.
public protocol ImageTarget: Sendable {
    /// Whether it holds nothing but zeros before the restore.
    var isBlank: Bool { get }

    /// Reads what is there; fewer bytes than asked for only at the end.
    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) -> Int

    /// Writes all of `bytes`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Failure)

    /// Makes this part zero, where it can without taking up room.
    func writeZeros(_ extent: Extent) throws(Failure)

    /// Makes what was written survive a power cut.
    func finish() throws(Failure)
}

/// A file, or a block device that nobody has mounted.
public struct FileImageTarget: ImageTarget {
    /// Whether it was made anew.
    public let isBlank: Bool
    private let file: Descriptor
    /// The same for direct writes.
    private let direct: Descriptor?

    /// A new file, sparse where the image is zero.
    /// - Throws: `.restoreTargetUnusable`, also when something stands there.
    public static func create(_ path: String, size: UInt64) throws(Failure) -> FileImageTarget {
        try naming(path) { () throws(SystemError) in
            let file = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            do throws(SystemError) {
                try resize(file, to: size)
            } catch {
                unlink(path)
                throw error
            }
            return FileImageTarget(file, isBlank: true)
        }
    }

    /// A file that exists and becomes as long as the image, or a device that is large enough.
    /// - Throws: `.restoreTargetUnusable`, also when somebody uses it.
    public static func overwrite(_ path: String, size: UInt64) throws(Failure) -> FileImageTarget {
        try naming(path) { () throws(SystemError) in
            // On a block device O_EXCL fails while it is mounted.
            let status = try Descriptor.open(path, O_RDONLY).status()
            let isFile = status.st_mode & S_IFMT == S_IFREG
            let file = try Descriptor.open(path, O_RDWR | (isFile ? 0 : O_EXCL))
            if let loop = LoopDevice.showing(file) { throw SystemError("open", loop, code: EBUSY) }
            let end = lseek(file.number, 0, SEEK_END)
            if isFile, end != off_t(size) { try resize(file, to: size) }
            if !isFile, end < 0 || UInt64(end) < size { throw SystemError("lseek", path, code: ENOSPC) }
            return FileImageTarget(file, isBlank: false)
        }
    }

    static func resize(_ file: Descriptor, to size: UInt64) throws(SystemError) {
        try check("ftruncate", file.path) { ftruncate(file.number, off_t(size)) }
    }

    init(_ file: Descriptor, isBlank: Bool) {
        self.file = file
        direct = try? Descriptor.open("/proc/self/fd/\(file.number)", O_WRONLY | remanso_direct_flag())
        self.isBlank = isBlank
    }

    /// Reads through the page cache.
    public func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(Failure) -> Int {
        try naming { () throws(SystemError) in try file.read(into: bytes, at: offset) }
    }

    /// Writes past the page cache what it can: an image is larger than what anybody will read of it soon.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(Failure) {
        try naming { () throws(SystemError) in
            let done = try writeDirectly(bytes, at: offset)
            try file.write(UnsafeRawBufferPointer(rebasing: bytes[done...]), at: offset + UInt64(done))
        }
    }

    /// - Returns: bytes written.
    private func writeDirectly(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemError) -> Int {
        let alignment = 4096, whole = bytes.count & ~(alignment - 1)
        guard let direct, whole > 0, Int(offset) % alignment == 0, Int(bitPattern: bytes.baseAddress) % alignment == 0
        else { return 0 }
        do throws(SystemError) {
            try direct.write(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), at: offset)
            return whole
        } catch {
            // Not every file system that lets a file be opened so writes to it so.
            if error.code == EINVAL { return 0 }
            throw error
        }
    }

    /// Punches a hole where the file system or device can.
    public func writeZeros(_ extent: Extent) throws(Failure) {
        if remanso_punch_hole(file.number, extent.offset, extent.length) == 0 { return }
        let memory = try Memory(capacity: Int(extent.length))
        defer { memory.keepAlive() }
        let zeros = memory.bytes(Int(extent.length))
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        try write(UnsafeRawBufferPointer(zeros), at: extent.offset)
    }

    /// Waits until all is on the disk.
    public func finish() throws(Failure) {
        try naming { () throws(SystemError) in _ = try check("fsync", file.path) { fsync(file.number) } }
    }

    private func naming<Value>(_ body: () throws(SystemError) -> Value) throws(Failure) -> Value {
        try Self.naming(file.path, body)
    }

    /// Turns the system's reason into the failure that a user is told.
    static func naming<Value>(_ path: String, _ body: () throws(SystemError) -> Value) throws(Failure) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            let other = error.subject == path ? "" : " (\(error.subject))"
            throw Failure(.restoreTargetUnusable(path: path, reason: error.reason + other))
        }
    }
}
