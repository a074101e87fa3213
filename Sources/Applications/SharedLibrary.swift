internal import Glibc
internal import Messages

/// A client library that is loaded when it is needed: a machine without PostgreSQL needs no libpq.
struct SharedLibrary: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private let name: String
    private let package: String

    /// - Parameters:
    ///   - name: such as `libpq.so.5`.
    ///   - package: what Debian calls the package that holds it.
    /// - Throws: `.libraryMissing`.
    init(_ name: String, package: String) throws(ApplicationFault) {
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw .libraryMissing(library: name, package: package)
        }
        self.handle = handle
        self.name = name
        self.package = package
    }

    /// A function of the library.
    /// - Parameter type: its C function type, which must be that of the library's header.
    /// - Throws: `.libraryMissing` for a library that does not have it.
    func function<Function>(_ symbol: String, as type: Function.Type = Function.self) throws(ApplicationFault)
        -> Function
    {
        guard let address = dlsym(handle, symbol) else {
            throw .libraryMissing(library: "\(name) (\(symbol))", package: package)
        }
        return unsafeBitCast(address, to: type)
    }
}
