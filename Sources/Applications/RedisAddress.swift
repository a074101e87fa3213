internal import Glibc
internal import Linux

/// Where a server of Redis listens.
enum RedisAddress: Sendable, Equatable {
    case socket(String)
    case host(String, port: Int)

    /// - Throws: the reason of the last address that was tried.
    func connect(by deadline: Instant) throws(RedisLoss) -> RedisConnection {
        switch self {
        case .socket(let path): RedisConnection(over: try Self.connect(toSocket: path, by: deadline))
        case .host(let host, let port): RedisConnection(over: try Self.connect(to: host, port, by: deadline))
        }
    }

    private static func connect(toSocket path: String, by deadline: Instant) throws(RedisLoss) -> Descriptor {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        // The kernel's limit; a longer path would be cut and lead elsewhere.
        guard path.utf8.count < room else { throw .broken("\(path): \(SystemError.reason(of: ENAMETOOLONG))") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return try withUnsafePointer(to: &address) { pointer throws(RedisLoss) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic throws(RedisLoss) in
                try open(AF_UNIX, generic, socklen_t(MemoryLayout<sockaddr_un>.size), path, deadline)
            }
        }
    }

    private static func connect(to host: String, _ port: Int, by deadline: Instant) throws(RedisLoss) -> Descriptor {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host, "\(port)", &hints, &list)
        guard result == 0 else { throw .broken("\(host): \(String(cString: gai_strerror(result)))") }
        defer { freeaddrinfo(list) }
        var loss = RedisLoss.broken(host)
        var entry = list?.pointee
        while let current = entry {
            do {
                return try open(current.ai_family, current.ai_addr, current.ai_addrlen, "\(host):\(port)", deadline)
            } catch {
                loss = error
            }
            entry = current.ai_next?.pointee
        }
        throw loss
    }

    private static func open(
        _ family: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t, _ name: String, _ deadline: Instant
    ) throws(RedisLoss) -> Descriptor {
        let flags = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = Glibc.socket(family, Int32(flags), 0)
        guard number >= 0 else { throw .broken("\(name): \(SystemError.reason(of: errno))") }
        let descriptor = Descriptor(owning: number, path: name)
        if Glibc.connect(number, address, length) == 0 { return descriptor }
        guard errno == EINPROGRESS || errno == EINTR else { throw .broken("\(name): \(SystemError.reason(of: errno))") }
        try wait(descriptor, for: POLLOUT, until: deadline)
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw .broken("\(name): \(SystemError.reason(of: code))") }
        return descriptor
    }

    /// Waits until a socket can be read or written.
    /// - Throws: `.tooLate`.
    static func wait(_ socket: Descriptor, for event: Int32, until deadline: Instant) throws(RedisLoss) {
        var one = pollfd(fd: socket.number, events: Int16(event), revents: 0)
        while true {
            let ready = poll(&one, 1, deadline.millisecondsLeft)
            if ready > 0 { return }
            if ready == 0 { throw .tooLate }
            if errno != EINTR { throw .broken(SystemError.reason(of: errno)) }
        }
    }
}
