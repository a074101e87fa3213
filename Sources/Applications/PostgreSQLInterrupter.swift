internal import Glibc
internal import Linux

/// Ends what a connection does, from another thread, at any time: also when the connection is being closed.
final class PostgreSQLInterrupter: @unchecked Sendable {
    private let library: PostgreSQLLibrary
    private let request: OpaquePointer
    /// A descriptor of its own for the same socket: the connection's own number may already stand for something else.
    private let socket: Descriptor

    init?(_ library: PostgreSQLLibrary, _ connection: OpaquePointer) {
        let copy = fcntl(library.socket(connection), F_DUPFD_CLOEXEC, 0)
        guard copy >= 0, let request = library.makeCancel(connection) else {
            if copy >= 0 { Glibc.close(copy) }
            return nil
        }
        self.library = library
        self.request = request
        socket = Descriptor(owning: copy, path: "libpq")
    }

    deinit { library.freeCancel(request) }

    /// Takes the socket away, so that whoever waits for an answer stops waiting, and asks the server to stop the statement: it
    /// would notice the missing client only at the statement's end. Asking needs a connection of its own and waits for the
    /// server, so a thread of its own does it, which nobody waits for.
    func interrupt() {
        shutdown(socket.number, Int32(SHUT_RDWR))
        _ = Thread { [self] in
            var reason = [CChar](repeating: 0, count: 256)
            _ = library.cancel(request, &reason, Int32(reason.count))
        }
    }
}
