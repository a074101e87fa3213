internal import CLinux
internal import Glibc

/// A user of this machine.
public struct Account: Sendable, Equatable {
    /// Its number.
    public let user: UInt32
    /// The number of its group.
    public let group: UInt32

    /// The user of this name; `nil` when there is none.
    public init?(named name: String) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        user = entry.pw_uid
        group = entry.pw_gid
    }

    /// The user that a file belongs to; `nil` when it cannot be looked at.
    public init?(owning path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        user = status.st_uid
        group = status.st_gid
    }

    /// Runs `body` with this user's rights, on a thread that ends with it: whoever the thread connects to sees this user
    /// at the other end (unix(7), SO_PEERCRED), and no other thread is touched.
    /// - Throws: `SystemError` when the rights cannot be taken on.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) throws(SystemError) -> Value {
        let account = self
        let outcome = Shared<Result<Value, SystemError>>(.failure(SystemError("pthread_create", "", code: EAGAIN)))
        let thread = Thread {
            guard remanso_become_user(account.user, account.group) == 0 else {
                let error = SystemError("setresuid", "\(account.user)")
                return outcome.withLock { $0 = .failure(error) }
            }
            let value = body()
            outcome.withLock { $0 = .success(value) }
        }
        thread?.join()
        return try outcome.withLock { $0 }.get()
    }
}
