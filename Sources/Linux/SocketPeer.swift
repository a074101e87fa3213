internal import Glibc

/// Who is at the other end of a local socket, as the kernel knows it (unix(7), SO_PEERCRED).
public enum SocketPeer {
    /// The process at the other end of a connected socket; of a server, the one that called listen(2). `nil` over TCP.
    public static func process(of socket: Int32) -> Int32? {
        // Of the pid, the user and the group.
        var credentials: [Int32] = [0, 0, 0]
        var length = socklen_t(12)
        guard getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        return credentials[0] > 0 ? credentials[0] : nil
    }

    /// The process that listens at a path, found out by connecting to it and saying nothing.
    public static func listener(at path: String) throws(SystemError) -> Int32? {
        let number = try check("socket", path) { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
        let connection = Descriptor(owning: number, path: path)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The path must end with a zero, which is there already.
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("connect", path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try check("connect", path) {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(connection.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        return process(of: connection.number)
    }
}
