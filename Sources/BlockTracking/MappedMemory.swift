internal import Glibc
internal import Linux

/// The memory of a BPF array that the kernel's program and this process share.
final class MappedMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    private let length: Int

    /// Maps so many bytes from the array's beginning.
    init(_ descriptor: Descriptor, bytes: Int) throws(SystemError) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        length = (bytes + page - 1) / page * page
        let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number, 0)
        guard let address, address != MAP_FAILED else { throw SystemError("mmap", descriptor.path) }
        start = address
    }

    deinit { munmap(start, length) }
}
